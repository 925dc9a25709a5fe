package feed

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"~ann shouts, 'HI'":        "~ann shouts, 'HI'",
		"größe 日本語 🦉":              "größe 日本語 🦉",
		"👩‍👩‍👧‍👦 ❤️ e\u0301\u00a0": "👩‍👩‍👧‍👦 ❤️ e\u0301\u00a0",
		"\x1b[2J\a\r\x00\x7f":      `\x1b[2J\x07\x0d\x00\x7f`,
		"\u009b31m":                `\u009b31m`,
		"\u202egnirts\u2066":       `\u202egnirts\u2066`,
		"a\u2028b\u200bc\ufeff":    `a\u2028b\u200bc\ufeff`,
		"\U000e0041":               `\U000e0041`,
		"\ue000":                   `\ue000`,
		"\xff\xc3(":                `\xff\xc3(`,
		"\ufffd":                   "\ufffd",
		`\x1b`:                     `\x1b`,
	} {
		if got := Clean(text); got != want {
			t.Errorf("Clean(%q) = %q, want %q", text, got, want)
		}
	}
}

// FuzzClean: nothing is left that rules a terminal, and what is clean stays as it is.
func FuzzClean(f *testing.F) {
	for _, message := range messages {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, text string) {
		clean := Clean(text)
		bad := func(r rune) bool {
			return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
		}
		if !utf8.ValidString(clean) || strings.ContainsFunc(clean, bad) {
			t.Errorf("Clean(%q) = %q", text, clean)
		}
		if again := Clean(clean); again != clean {
			t.Errorf("%q is cleaned again to %q", clean, again)
		}
	})
}
