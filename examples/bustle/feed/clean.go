package feed

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Joiners hold emoji and the letters of some scripts together. They do nothing else.
const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// Clean returns text in which nothing is left that a terminal could take for a command,
// or that would make text look like another: what is no graphic character of Unicode is
// written as \x1b or \u202e, and so are bytes that are not UTF-8. Letters, marks, emoji
// and spaces stay as they are.
func Clean(text string) string {
	var clean strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1 || r < utf8.RuneSelf && !unicode.IsPrint(r):
			fmt.Fprintf(&clean, `\x%02x`, text[0])
		case unicode.IsGraphic(r) || r == zeroWidthJoiner || r == zeroWidthNonJoiner:
			clean.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&clean, `\U%08x`, r)
		default:
			fmt.Fprintf(&clean, `\u%04x`, r)
		}
		text = text[size:]
	}
	return clean.String()
}
