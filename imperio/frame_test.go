package imperio_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

func TestAppendFrame(t *testing.T) {
	for _, test := range []struct{ name, path, message, want string }{
		{"plain", "my/data", "hello", "my/data; hello\n"},
		{"no message", "my/data", "", "my/data; \n"},
		{"no path", "", "hello", "; hello\n"},
		{"blank in front", "p", " x", "p;  x\n"},
		{"semicolons", "a;b", "c;d", "a\\;b; c;d\n"},
		{"backslashes", `a\b`, `c\d`, `a\\b; c\\d` + "\n"},
		{"line ends", "a\r\nb", "c\r\nd", `a\r\nb; c\r\nd` + "\n"},
		{"what looks escaped", `\n`, `\x41`, `\\n; \\x41` + "\n"},
		{"a terminal escape", "p", "\x1b[2J", `p; \x1b[2J` + "\n"},
		{"one of eight bits", "p", "\u009b2J", `p; \xc2\x9b2J` + "\n"},
		{"NUL and DEL", "p", "\x00\x7f", `p; \x00\x7f` + "\n"},
		{"a tab stays", "p", "a\tb", "p; a\tb\n"},
		{"text of the world", "äöü/日本", "🦉", "äöü/日本; 🦉\n"},
		{"not UTF-8", "p", "a\xffb\xc3", `p; a\xffb\xc3` + "\n"},
		{"the replacement character", "p", "\ufffd", "p; \ufffd\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			frame := string(imperio.AppendFrame([]byte("before\n"), test.path, test.message))
			if want := "before\n" + test.want; frame != want {
				t.Errorf("frame is %q, want %q", frame, want)
			}
			roundTrip(t, test.path, test.message)
		})
	}
}

func TestParseFrame(t *testing.T) {
	for _, test := range []struct{ name, line, path, message string }{
		{"with a line feed", "tasks; hello\n", "tasks", "hello"},
		{"with CRLF", "tasks; hello\r\n", "tasks", "hello"},
		{"without a line end", "tasks; hello", "tasks", "hello"},
		{"without a blank", "tasks;hello", "tasks", "hello"},
		{"one blank is dropped", "tasks;  hello", "tasks", " hello"},
		{"a tab is no blank", "tasks;\thello", "tasks", "\thello"},
		{"no semicolon", "nosemicolon", "nosemicolon", ""},
		{"no message", "tasks;", "tasks", ""},
		{"nothing", "", "", ""},
		{"nothing is trimmed", " tasks ; hello ", " tasks ", "hello "},
		{"a carriage return inside", "a\rb;c\rd", "a\rb", "c\rd"},
		{"escaped semicolons", `a\;b; c\;d`, "a;b", "c;d"},
		{"an escaped backslash escapes nothing", `a\\;b`, `a\`, "b"},
		{"numbers", `\x61\x3b;\xC3\xa4`, "a;", "ä"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path, message, err := imperio.ParseFrame(test.line)
			if path != test.path || message != test.message || err != nil {
				t.Errorf("got %q, %q, %v, want %q, %q", path, message, err, test.path, test.message)
			}
		})
	}
}

func TestParseFrameRefuses(t *testing.T) {
	for _, line := range []string{`p; a\`, `p\`, `p; \q`, `\u00e9; m`, `p; \x`, `p; \x4`, `p; \xg0`, `p; \x+1`, `p; \x_1`} {
		if path, message, err := imperio.ParseFrame(line); err == nil || !strings.Contains(err.Error(), "begins no escape") {
			t.Errorf("%q gave %q, %q, %v, want an error about its escape", line, path, message, err)
		}
	}
	for _, line := range []string{"p; a\nq; b", "p; a\n\n", "\n\r\n"} {
		if path, message, err := imperio.ParseFrame(line); err == nil || !strings.Contains(err.Error(), "more than one line") {
			t.Errorf("%q gave %q, %q, %v, want an error about its line feed", line, path, message, err)
		}
	}
}

// TestMaxLine shows that the limit is what its name says: the worst that a path
// and a message can become.
func TestMaxLine(t *testing.T) {
	worst := imperio.AppendFrame(nil, strings.Repeat("\x01", thestral.MaxPath), strings.Repeat("\x01", thestral.MaxMessage))
	if got := len(worst) + len("\r"); got != imperio.MaxLine {
		t.Errorf("the longest frame has %d bytes with CRLF, MaxLine is %d", got, imperio.MaxLine)
	}
}

func FuzzFrame(f *testing.F) {
	for _, seed := range []string{"", "p", "a;b", `\`, `\;`, "\n", "\r", " ", "\x1b[2J", "\u009b", "\xff", "p; m\r\n", `\x3b; \n`, `\q`} {
		f.Add(seed, "m")
		f.Add("p", seed)
	}
	f.Fuzz(func(t *testing.T, path, message string) {
		roundTrip(t, path, message)
		reading(t, path)
	})
}

// roundTrip holds guarantees 1 and 2 of the package.
func roundTrip(t *testing.T, path, message string) {
	t.Helper()
	frame := string(imperio.AppendFrame(nil, path, message))
	if strings.IndexByte(frame, '\n') != len(frame)-1 {
		t.Errorf("frame %q has a line feed before its end", frame)
	}
	if !utf8.ValidString(frame) || control.MatchString(strings.TrimSuffix(frame, "\n")) {
		t.Errorf("frame %q could rule a terminal", frame)
	}
	gotPath, gotMessage, err := imperio.ParseFrame(frame)
	if gotPath != path || gotMessage != message || err != nil {
		t.Errorf("%q, %q came back as %q, %q, %v", path, message, gotPath, gotMessage, err)
	}
}

var control = regexp.MustCompile("[\x00-\x08\x0a-\x1f\x7f\u0080-\u009f]")

// reading parses any line: without a backslash it must read as in 2009.
func reading(t *testing.T, line string) {
	t.Helper()
	path, message, err := imperio.ParseFrame(line)
	if strings.ContainsAny(line, "\\\n\r") {
		return
	}
	wantPath, wantMessage, _ := strings.Cut(line, ";")
	wantMessage = strings.TrimPrefix(wantMessage, " ")
	if path != wantPath || message != wantMessage || err != nil {
		t.Errorf("%q read as %q, %q, %v, want %q, %q", line, path, message, err, wantPath, wantMessage)
	}
}

func BenchmarkAppendFrame(b *testing.B) {
	var frame []byte
	for b.Loop() {
		frame = imperio.AppendFrame(frame[:0], "my/data", `{"what":"changed","by":"Käthe"}`)
	}
}
