package spool_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rootspush/roots/examples/bustle/spool"
)

func Example() {
	hello, _ := spool.Shout("HI WORLD", false)
	someone, _ := spool.Shout("HELLO BACK", true)
	forum, _ := spool.Noise("bbj")
	fmt.Println(hello)
	fmt.Println(someone)
	fmt.Println(forum)
	_, err := spool.Shout("\a", false)
	fmt.Println(err)
	// Output:
	// HI WORLD
	// {"kind":"shout","text":"HELLO BACK","anon":true}
	// {"kind":"noise","place":"bbj"}
	// the text "\a" has a control character in it, only printable text is allowed
}

func TestShout(t *testing.T) {
	for _, c := range []struct {
		text      string
		anonymous bool
		line      string // "" if it is refused
		wrong     string
	}{
		{"HI", false, "HI", ""},
		{"größe 日本語 🦉", false, "größe 日本語 🦉", ""},
		{"<b>&", true, `{"kind":"shout","text":"<b>&","anon":true}`, ""},
		{`{"kind":"noise","place":"bbj"}`, false, `{"kind":"shout","text":"{\"kind\":\"noise\",\"place\":\"bbj\"}"}`, ""},
		{"{oh", false, `{"kind":"shout","text":"{oh"}`, ""},
		{strings.Repeat("a", 511), false, strings.Repeat("a", 511), ""},
		{strings.Repeat("a", 512), false, "", "its line would have 513 bytes, at most 512 are allowed"},
		{strings.Repeat("ä", 256), false, "", "513 bytes"},
		{strings.Repeat("a", 480), true, "", "too long"},
		{"", false, "", "no text to shout"},
		{"  ", true, "", "no text to shout"},
		{"a\nb", false, "", `"a\nb" has a control character in it`},
		{"a\x1b[31m", true, "", "control character"},
		{"a\u009b31m", false, "", "control character"},
		{"\xff", false, "", "is not UTF-8"},
	} {
		line, err := spool.Shout(c.text, c.anonymous)
		if line.String() != c.line {
			t.Errorf("Shout(%q, %v) = %q", c.text, c.anonymous, line)
		}
		checkError(t, err, c.wrong)
	}
}

func TestNoise(t *testing.T) {
	for place, wrong := range map[string]string{
		"bbj": "", "a-b_9": "", strings.Repeat("a", 32): "",
		"": "is no place", "BBJ": "is no place", "a b": "is no place", "a\n": "is no place", "ä": "is no place",
		strings.Repeat("a", 33): "is no place",
	} {
		line, err := spool.Noise(place)
		if wrong == "" && line.String() != `{"kind":"noise","place":"`+place+`"}` {
			t.Errorf("Noise(%q) = %q", place, line)
		}
		checkError(t, err, wrong)
	}
}

func checkError(t *testing.T, err error, wrong string) {
	t.Helper()
	if (wrong == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), wrong) {
		t.Errorf("the error is %v, it should say %q", err, wrong)
	}
}

// FuzzShout: a line says what was given, is one line, and is never too long.
func FuzzShout(f *testing.F) {
	for _, seed := range []string{"HI", "{", `{"a":1}`, "a\u2028b", "\xff", "\x00", `"\`, "🦉", strings.Repeat("a", 511)} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, anonymous bool) {
		made, err := spool.Shout(text, anonymous)
		if err != nil {
			return
		}
		line := made.String()
		if len(line) >= spool.MaxLine || !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) {
			t.Fatalf("%q is no line", line)
		}
		var read struct {
			Kind, Text string
			Anon       bool
		}
		if json.Unmarshal([]byte(line), &read) != nil || !strings.HasPrefix(line, "{") {
			read.Kind, read.Text = "shout", line
		}
		if read.Kind != "shout" || read.Text != text || read.Anon != anonymous {
			t.Errorf("%q, anonymous %v, is read as %+v", text, anonymous, read)
		}
	})
}
