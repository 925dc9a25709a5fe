package bustle

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rootspush/roots/thestral"
)

// places are those that have a phrase of their own.
var places = map[string]string{
	"chat": "you hear faint noise in the chat room",
	"bbj":  "some things are knocking around on bbj",
	"ttbp": "there is a rattling sound in ttbp",
}

// phrase returns how an event is told. It is vague on purpose: no file has a name.
func phrase(e event) string {
	switch {
	case e.Kind == shout && e.Anon:
		return fmt.Sprintf("someone shouts, '%s'", e.Text)
	case e.Kind == shout:
		return fmt.Sprintf("~%s shouts, '%s'", e.name(), e.Text)
	case strings.HasPrefix(e.Path, placePath):
		if known := places[e.name()]; known != "" {
			return known
		}
		return "something is stirring in " + e.name()
	case strings.HasPrefix(e.Path, htmlPath):
		return fmt.Sprintf("~%s just added to their public_html", e.name())
	case e.Kind == created:
		return fmt.Sprintf("~%s just created a new file", e.name())
	}
	return fmt.Sprintf("~%s is moving around in their home directory", e.name())
}

// printable escapes what could rule the terminal that shows it, or make one line
// look like two or like another: control characters, those that turn the direction
// of text around, and bytes that are no UTF-8.
func printable(text string) string {
	var safe strings.Builder
	for len(text) > 0 {
		char, size := utf8.DecodeRuneInString(text)
		switch {
		case char == utf8.RuneError && size == 1:
			fmt.Fprintf(&safe, `\x%02x`, text[0])
		case unicode.IsControl(char):
			fmt.Fprintf(&safe, `\x%02x`, char)
		case unicode.In(char, unicode.Bidi_Control, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&safe, `\u%04x`, char)
		default:
			safe.WriteString(text[:size])
		}
		text = text[size:]
	}
	return safe.String()
}

// A teller turns events into phrases, for the one behind.
type teller struct{ next thestral.Thestral }

var _ thestral.Prompt = teller{}

// Update tells an event on the path bustle. What was refused says nothing.
func (t teller) Update(sender thestral.Thestral, path, message string) {
	if e := readEvent(path, message); e.Kind != refused {
		t.next.Update(sender, Path, phrase(e))
	}
}

func (t teller) Next() []thestral.Thestral { return []thestral.Thestral{t.next} }
