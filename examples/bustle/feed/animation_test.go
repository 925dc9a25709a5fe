package feed

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"github.com/google/go-cmp/cmp"
)

var animations = []animation{typing, drift, shake, burst, sparkle, footsteps, rattle, murmur, knock}

func (a animation) String() string { return runtime.FuncForPC(reflect.ValueOf(a).Pointer()).Name() }

func textOf(row []cell) string {
	var text strings.Builder
	for _, c := range row {
		text.WriteString(c.text)
	}
	return text.String()
}

// widestOf returns how many columns a text has in whatever terminal: in some an emoji is one, in
// others the sum of its parts.
func widestOf(text string) (columns int) {
	for _, r := range text {
		columns += displaywidth.Rune(r)
	}
	return max(columns, displaywidth.String(text))
}

// withSpacesGone returns text as it is compared: spaces at the end of a row are not shown.
func withSpacesGone(text string) string { return strings.ReplaceAll(text, " ", "") }

// checkMessage checks all that holds for a message, whatever is in it.
func checkMessage(t *testing.T, message string, columns int, seed uint64) {
	t.Helper()
	clean := Clean(message)
	whole := ""
	for _, row := range wrap(paint(clean), columns) {
		if len(row) == 0 {
			t.Fatalf("%q has an empty row in %d columns", message, columns)
		}
		whole += textOf(row)
		for _, a := range animations {
			checkRow(t, a, row, columns, seed)
		}
	}
	if diff := cmp.Diff(withSpacesGone(clean), withSpacesGone(whole)); diff != "" {
		t.Errorf("%q in %d columns is not whole: %s", message, columns, diff)
	}
}

// checkRow checks an animation: no frame is too wide, the end is the row, and it depends on
// what it is given alone, and leaves that as it is.
func checkRow(t *testing.T, a animation, row []cell, columns int, seed uint64) {
	t.Helper()
	given := slices.Clone(row)
	for frame := range frames + 2 {
		shown := a.at(row, columns, frame, seed)
		if width := widestOf(textOf(shown)); width > columns {
			t.Fatalf("%v: frame %d of %q has %d columns of %d", a, frame, textOf(row), width, columns)
		}
		if frame >= frames && !slices.Equal(shown, row) {
			t.Fatalf("%v: %q ends as %q", a, textOf(row), textOf(shown))
		}
		if again := a.at(row, columns, frame, seed); !slices.Equal(shown, again) {
			t.Fatalf("%v: frame %d of %q is %q, and then %q", a, frame, textOf(row), textOf(shown), textOf(again))
		}
	}
	if !slices.Equal(row, given) {
		t.Fatalf("%v changed its row to %q", a, textOf(row))
	}
}

func TestAnimations(t *testing.T) {
	for _, message := range messages {
		for _, columns := range []int{narrow - 1, 79} {
			for seed := range uint64(3) {
				checkMessage(t, message, columns, seed)
			}
		}
	}
}

// FuzzAnimations: the same for whatever is in a log.
func FuzzAnimations(f *testing.F) {
	for i, message := range messages {
		f.Add(message, uint8(i), uint64(i))
	}
	f.Fuzz(func(t *testing.T, message string, columns uint8, seed uint64) {
		if len(message) > maxLine {
			t.Skip() // a Tail cuts it off
		}
		checkMessage(t, message, narrow-1+int(columns), seed)
	})
}

// TestLively: each animation moves, in more than a few different frames, and does not begin
// with the row.
func TestLively(t *testing.T) {
	row := paint("~selfsame just created a new file, and there is a rattling sound")
	for _, a := range animations {
		different := map[string]bool{}
		for frame := range frames {
			different[render(a.at(row, 79, frame, 1), true)] = true
		}
		if len(different) < 8 {
			t.Errorf("%v has %d different frames", a, len(different))
		}
		if slices.Equal(a.at(row, 79, 0, 1), row) {
			t.Errorf("%v begins with the row", a)
		}
	}
}

// TestWays: what is told in a way that suits it, and with every chance in one of several.
func TestWays(t *testing.T) {
	for message, want := range map[string][]animation{
		"someone shouts, 'there is noise, a rattling, moving around'": {shake, burst},
		"~a is moving around in their home directory":                 {footsteps, drift},
		"you hear faint noise in the chat room":                       {murmur},
		"there is a rattling sound in ttbp":                           {rattle},
		"something is stirring in town":                               {rattle},
		"some things are knocking around on bbj":                      {knock, rattle},
		"~a just added to their public_html":                          {sparkle, burst},
		"~a just created a new file":                                  {typing, drift, sparkle},
		"":                                                            {typing, drift, sparkle},
	} {
		for seed, a := range want {
			if got := choose(message, uint64(seed)); got.String() != a.String() {
				t.Errorf("%q with seed %d: %v, want %v", message, seed, got, a)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    []string
	}{
		{"", 10, nil},
		{"short", 10, []string{"short"}},
		{"exactly 10", 10, []string{"exactly 10"}},
		{"this is one word more", 12, []string{"this is one", "word more"}},
		{"ten chars. and more", 10, []string{"ten chars.", "and more"}},
		{"a  b", 10, []string{"a  b"}},
		{"nospacesinthis", 10, []string{"nospacesin", "this"}},
		{"日本語日本語", 10, []string{"日本語日本", "語"}},
		{"日本語日本語", 11, []string{"日本語日本", "語"}},
	} {
		var got []string
		for _, row := range wrap(cells(c.text, ""), c.columns) {
			got = append(got, textOf(row))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q in %d columns: %s", c.text, c.columns, diff)
		}
	}
}

// TestRender: colours stand around what they are for, and without them the text is alone.
func TestRender(t *testing.T) {
	row := paint("someone shouts, 'HI'")
	for colour, want := range map[bool]string{
		true:  "\x1b[0;2msomeone\x1b[0;m shouts, \x1b[0;1m'HI'\x1b[0;m",
		false: "someone shouts, 'HI'",
	} {
		if got := render(row, colour); got != want {
			t.Errorf("colour %v: %q, want %q", colour, got, want)
		}
	}
}

// TestNamesKeepTheirColour, and have not all the same.
func TestNamesKeepTheirColour(t *testing.T) {
	seen := map[style]bool{}
	for i := range 50 {
		name := fmt.Sprint("~person", i)
		one, other := paint(name + " just created a new file")[0].style, paint(name + " shouts, 'HI'")[0].style
		if one != other {
			t.Errorf("%s: %q and %q", name, one, other)
		}
		seen[one] = true
	}
	if len(seen) != len(names) {
		t.Errorf("%d colours of %d", len(seen), len(names))
	}
}
