package thestral_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rootspush/roots/thestral"
)

func TestIsControl(t *testing.T) {
	for path, want := range map[string]bool{
		"::": true, "::connect": true, "::+::disconnect": true, "::unknown": true, ":::": true, "::/a": true,
		"": false, ":": false, ":x": false, "a::": false, " ::connect": false, ": :": false, "/::": false,
		"：：connect": false, "\u200b::connect": false,
	} {
		if got := thestral.IsControl(path); got != want {
			t.Errorf("IsControl(%q) = %v", path, got)
		}
	}
}

func TestCheckPath(t *testing.T) {
	for _, c := range []struct{ path, wrong string }{
		{"a", ""},
		{"/", ""},
		{" a b ", ""},
		{"a//b/", ""},
		{"größe/日本語/🦉", ""},
		{"a\u2028b", ""},
		{"::connect", ""},
		{"a->b;c*", ""},
		{strings.Repeat("a", thestral.MaxPath), ""},
		{strings.Repeat("a", thestral.MaxPath+1), "is 256 bytes long, at most 255 are allowed"},
		{strings.Repeat("ä", 127) + "a", ""},
		{strings.Repeat("ä", 128), "is 256 bytes long, at most 255 are allowed"},
		{"", "the path is empty"},
		{"\xff", `path "\xff" is not UTF-8 text`},
		{"a\xc3", "is not UTF-8 text"},
		{"a\nb", `path "a\nb" has a control character in it`},
		{"a\x00", "control character"},
		{"\x7f", "control character"},
		{"a\u0085", "control character"},
		{"\t", "control character"},
	} {
		checkError(t, thestral.CheckPath(c.path), c.wrong)
	}
}

func TestCheckMessage(t *testing.T) {
	for _, c := range []struct{ message, wrong string }{
		{"", ""},
		{"a\nb\x00", ""},
		{strings.Repeat("a", thestral.MaxMessage), ""},
		{strings.Repeat("a", thestral.MaxMessage+1), "the message is 65537 bytes long, at most 65536 are allowed"},
		{"a\xff", `message "a\xff" is not UTF-8 text`},
	} {
		checkError(t, thestral.CheckMessage(c.message), c.wrong)
	}
}

func TestSplitConnection(t *testing.T) {
	for _, c := range []struct{ message, id, path, wrong string }{
		{"id->path", "id", "path", ""},
		{"id->a->b", "id", "a->b", ""},
		{"id->->", "id", "->", ""},
		{" id-> path ", " id", " path ", ""},
		{"id->:x", "id", ":x", ""},
		{"a-b->c-d", "a-b", "c-d", ""},
		{"id->" + strings.Repeat("a", 255), "id", strings.Repeat("a", 255), ""},
		{"id->" + strings.Repeat("a", 256), "", "", "at most 255 are allowed"},
		{"", "", "", `"" is no connection, which is written "id->path"`},
		{"id", "", "", "is no connection"},
		{"id-path", "", "", "is no connection"},
		{"id>path", "", "", "is no connection"},
		{"->path", "", "", "is no connection"},
		{"->", "", "", "is no connection"},
		{"id->", "", "", "the path is empty"},
		{"id->a\nb", "", "", "control character"},
		{"id->\xff", "", "", "is not UTF-8 text"},
		{"id->::connect", "", "", `control path "::connect" can't be connected to`},
		{"id->::", "", "", "can't be connected to"},
	} {
		id, path, err := thestral.SplitConnection(c.message)
		if id != c.id || path != c.path {
			t.Errorf("SplitConnection(%q) = %q, %q", c.message, id, path)
		}
		checkError(t, err, c.wrong)
	}
}

func TestErrorsAreShort(t *testing.T) {
	long := strings.Repeat("\x00", 1<<20)
	for _, err := range []error{
		thestral.CheckPath(long),
		thestral.CheckMessage(strings.Repeat("\xff", thestral.MaxMessage)),
		split(long),
	} {
		if len(err.Error()) > 500 {
			t.Errorf("the error is %d bytes long", len(err.Error()))
		}
	}
}

func split(message string) error {
	_, _, err := thestral.SplitConnection(message)
	return err
}

// checkError wants an error that has wrong in it, or none if wrong is empty.
func checkError(t *testing.T, err error, wrong string) {
	t.Helper()
	switch {
	case wrong == "" && err != nil:
		t.Errorf("unexpected: %v", err)
	case wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)):
		t.Errorf("the error is %v, it should say %q", err, wrong)
	}
}

// FuzzSplitConnection: what is taken apart is joined to the same message again,
// and is what it should be.
func FuzzSplitConnection(f *testing.F) {
	for _, seed := range []string{"id->path", "id->a->b", "->", "id->", "id->::gone", "id->a\n", "-->>", "id-> ", "\xff->a", "a->\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, message string) {
		id, path, err := thestral.SplitConnection(message)
		if err != nil {
			if id != "" || path != "" {
				t.Errorf("%q is refused, but gives %q and %q", message, id, path)
			}
			return
		}
		if thestral.JoinConnection(id, path) != message {
			t.Errorf("%q is joined from %q and %q", message, id, path)
		}
		if id == "" || strings.Contains(id, "->") || strings.HasPrefix(path, "::") || path == "" || len(path) > 255 || !utf8.ValidString(path) {
			t.Errorf("%q gives %q and %q", message, id, path)
		}
	})
}
