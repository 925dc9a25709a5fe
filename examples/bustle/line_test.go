package bustle

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rootspush/roots/examples/bustle/hush"
	"github.com/rootspush/roots/examples/bustle/spool"
)

const longest = spool.MaxLine - 1 // without its line feed

func TestCut(t *testing.T) {
	fits := strings.Repeat("x", longest)
	whole := func(text string, begin int) rawLine { return rawLine{text, false, begin, begin + len(text) + 1} }
	for _, c := range []struct {
		name    string
		data    string
		passing bool
		lines   []rawLine
		done    int
		passes  bool
	}{
		{"nothing", "", false, nil, 0, false},
		{"a line", "hi\n", false, []rawLine{whole("hi", 0)}, 3, false},
		{"two, and a part", "a\nb\nc", false, []rawLine{whole("a", 0), whole("b", 2)}, 4, false},
		{"no end", "hi", false, nil, 0, false},
		{"as long as may be", fits + "\n", false, []rawLine{whole(fits, 0)}, 512, false},
		{"that may still be ended", fits, false, nil, 0, false},
		{"too long", fits + "x\nhi\n", false, []rawLine{{fits, true, 0, 513}, whole("hi", 513)}, 516, false},
		{"too long already", fits + "x", false, []rawLine{{fits, true, 0, 512}}, 512, true},
		{"the rest of one", "xx\nhi\n", true, []rawLine{whole("hi", 3)}, 6, false},
		{"more of one", "xx", true, nil, 2, true},
		{"a long rest", fits + fits, true, nil, 2 * longest, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines, done, passes := cut([]byte(c.data), c.passing)
			if len(lines) != len(c.lines) || done != c.done || passes != c.passes {
				t.Fatalf("%d lines, %d bytes, %v", len(lines), done, passes)
			}
			for i, line := range lines {
				if line != c.lines[i] {
					t.Errorf("line %d is %+v, it must be %+v", i, line, c.lines[i])
				}
			}
		})
	}
}

// TestClip: no letter is cut in two, whatever its length.
func TestClip(t *testing.T) {
	for _, letter := range []string{"x", "é", "€", "🌱"} {
		for shift := range 4 {
			text := strings.Repeat("x", shift) + strings.Repeat(letter, spool.MaxLine)
			got := clip([]byte(text))
			if !utf8.ValidString(got) || !strings.HasPrefix(text, got) || len(got) > longest || len(got)+len(letter) <= longest {
				t.Errorf("%q, shifted by %d, is clipped to %d bytes: …%q", letter, shift, len(got), got[len(got)-5:])
			}
		}
	}
	if got := clip([]byte(strings.Repeat("\x80", spool.MaxLine))); len(got) != longest {
		t.Errorf("what is no text is clipped to %d bytes", len(got))
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ line, path, kind, text string }{
		{"HI WORLD", "spool/ann", shout, "HI WORLD"},
		{"  HI \r", "spool/ann", shout, "HI"},
		{"~eve shouts, 'x'", "spool/ann", shout, "~eve shouts, 'x'"},
		{`{"text":"HI"}`, "spool/ann", shout, "HI"},
		{`{"kind":"shout","text":"{}"}`, "spool/ann", shout, "{}"},
		{`{"kind":"shout","text":"a\nb\u001b[2J"}`, "spool/ann", shout, `a\x0ab\x1b[2J`},
		{`{"kind":"noise","place":"bbj"}`, "place/bbj", noise, ""},
		{`{"kind":"noise","place":"bbj","text":"thread 5"}`, "place/bbj", noise, "thread 5"},
		{"{o_o}", "spool/ann", shout, "{o_o}"},
		{`{"kind":3}`, "spool/ann", shout, `{"kind":3}`},
		{`["list"]`, "spool/ann", shout, `["list"]`},
		{"\xff\xfe", "spool/ann", shout, `\xff\xfe`},
		{"\x1b]0;title\x07", "spool/ann", shout, `\x1b]0;title\x07`},
		{`{}`, "spool/ann", refused, "a shout needs a text"},
		{`{"text":" "}`, "spool/ann", refused, "a shout needs a text"},
		{`{"kind":"song","text":"la"}`, "spool/ann", refused, `the kind "song" is neither "shout" nor "noise"`},
	} {
		e, told := parse("ann", rawLine{text: c.line})
		if want := (event{Path: c.path, Kind: c.kind, Who: "ann", Text: c.text}); !told || e != want {
			t.Errorf("%q is %+v, it must be %+v", c.line, e, want)
		}
	}
	for _, place := range []string{"", "../x", "BBJ", "a b", "a/b", "*", strings.Repeat("x", 33)} {
		if e, _ := parse("ann", rawLine{text: `{"kind":"noise","place":"` + place + `"}`}); e.Kind != refused || e.Path != "spool/ann" {
			t.Errorf("the place %q makes %+v", place, e)
		}
	}
	for _, blank := range []string{"", " ", "\t\r", "\u00a0"} {
		if e, told := parse("ann", rawLine{text: blank}); told {
			t.Errorf("the blank line %q says %+v", blank, e)
		}
	}
	if e, _ := parse("ann", rawLine{text: `{"text":"HI"}`}); e.Anon {
		t.Error("who does not want to be anonymous is")
	}
	if e, _ := parse("ann", rawLine{text: `{"text":"HI","anon":true}`}); !e.Anon {
		t.Error("who wants to be anonymous is not")
	}
	if e, _ := parse("ann", rawLine{text: "HI", long: true}); e.Text != "HI…" {
		t.Errorf("a line that was cut says %q", e.Text)
	}
}

// FuzzSpool reads a spool of any bytes, which grows by pieces of any size, and
// compares with what a naive reader makes of the whole. Whatever it says is one
// line of text that rules no terminal.
func FuzzSpool(f *testing.F) {
	for _, seed := range []string{
		"HI WORLD\n", "no end", "\n\n\n", "a\r\nb\r\n", "\x00\x1b[31mred\x07\n", "\xff\xfe\n", "\u202eback\u2028line\n",
		`{"kind":"noise","place":"bbj"}` + "\n" + `{"kind":"shout","text":"x","anon":true}` + "\n{\n",
		strings.Repeat("long ", 200) + "\nshort\n", strings.Repeat("é", 300) + "\n" + strings.Repeat("x", 20_000) + "\nend\n",
	} {
		f.Add([]byte(seed), uint16(7))
		f.Add([]byte(seed), uint16(5000))
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint16) {
		file := filepath.Join(memoryDir(t), "spool")
		s := newSource(file, "ann", anybody)
		defer s.close()
		write(t, file, "")
		var got []event
		step := int(size) + 1
		if len(data) > 20*step {
			step = len(data)/20 + 1
		}
		for rest := data; len(rest) > 0; {
			n := min(step, len(rest))
			add(t, file, string(rest[:n]))
			rest = rest[n:]
			for more := true; more; {
				var err error
				more, err = s.read(hush.Rate{Burst: 1 << 20, Every: 1}, time.Unix(0, 0), func(e event) { got = append(got, e) })
				ok(t, err)
			}
		}
		want := naiveEvents(data)
		if len(got) != len(want) {
			t.Fatalf("%d lines are told, %d were written", len(got), len(want))
		}
		for i, e := range got {
			if begin := e.At; begin > 0 && data[begin-1] != '\n' {
				t.Errorf("line %d does not begin at %d", i, begin)
			}
			e.File, e.At = "", 0
			if e != want[i] {
				t.Errorf("line %d is %+v, it must be %+v", i, e, want[i])
			}
			text := phrase(readEvent(e.Path, e.message()))
			if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || strings.ContainsAny(text, "\u202e\u2028\u2029\u2066") {
				t.Errorf("it says %q", text)
			}
		}
	})
}

// naiveEvents reads a spool that is all there.
func naiveEvents(data []byte) (events []event) {
	whole := bytes.SplitAfter(data, []byte("\n"))
	for _, line := range whole {
		text, ended := bytes.CutSuffix(line, []byte("\n"))
		raw := rawLine{text: string(text)}
		if len(text) > longest {
			raw = rawLine{text: clip(text), long: true}
		} else if !ended {
			continue
		}
		if e, told := parse("ann", raw); told {
			events = append(events, e)
		}
	}
	return events
}

// TestPhrases: these are what the town is known for.
func TestPhrases(t *testing.T) {
	for _, c := range []struct {
		e    event
		want string
	}{
		{event{Path: "home/endorphant", Kind: changed}, "~endorphant is moving around in their home directory"},
		{event{Path: "home/selfsame", Kind: created}, "~selfsame just created a new file"},
		{event{Path: "public_html/vilmibm", Kind: created}, "~vilmibm just added to their public_html"},
		{event{Path: "public_html/vilmibm", Kind: changed}, "~vilmibm just added to their public_html"},
		{event{Path: "place/chat", Kind: noise}, "you hear faint noise in the chat room"},
		{event{Path: "place/bbj", Kind: noise}, "some things are knocking around on bbj"},
		{event{Path: "place/ttbp", Kind: noise}, "there is a rattling sound in ttbp"},
		{event{Path: "place/library", Kind: noise}, "something is stirring in library"},
		{event{Path: "spool/archangelic", Kind: shout, Text: "HELLO BACK"}, "~archangelic shouts, 'HELLO BACK'"},
		{event{Path: "spool/archangelic", Kind: shout, Text: "HI WORLD", Anon: true}, "someone shouts, 'HI WORLD'"},
	} {
		c.e.File, c.e.Who = "/home/secret/file.txt", "secret"
		same(t, "the phrase", c.want, phrase(readEvent(c.e.Path, c.e.message())))
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain, 'quoted' and ünicode 🌱": "plain, 'quoted' and ünicode 🌱",
		"👩‍👩‍👧":                         "👩‍👩‍👧", // the joiners within are no danger
		"a\x00\t\n\r\x1b\x7f":           `a\x00\x09\x0a\x0d\x1b\x7f`,
		"\u0085\u009b":                  `\x85\x9b`,
		"\xff":                          `\xff`,
		"\u202e\u2066\u200f":            `\u202e\u2066\u200f`,
		"\u2028\u2029":                  `\u2028\u2029`,
		"\ufffd":                        "\ufffd",
	} {
		same(t, "what can be shown", want, printable(text))
	}
}
