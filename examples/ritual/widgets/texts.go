package widgets

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// maxEntries is how many things a widget takes, and how many are kept under one
// name: two for each of a thousand people.
const maxEntries = 2000

// checkRoom says that no more of these things are taken, or nil.
func checkRoom(have int, things string) error {
	if have >= maxEntries {
		return fmt.Errorf("there are %d %s already, no more are taken", have, things)
	}
	return nil
}

// readText gives the text that was posted in a field, with single blanks between
// its words. It refuses what is blank, longer than most characters, or no text.
func readText(post widget.Post, field string, most int) (string, error) {
	text := strings.Join(strings.Fields(post.Fields.Get(field)), " ")
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return "", errors.New("this is no text, or has control characters in it")
	case text == "":
		return "", errors.New("the text is blank, please write something")
	case utf8.RuneCountInString(text) > most:
		return "", fmt.Errorf("the text is %d characters long, at most %d are taken", utf8.RuneCountInString(text), most)
	}
	return text, nil
}

// keptTexts gives the list that is kept under a name.
func keptTexts(ritual widget.Ritual, name string) []string {
	texts, _ := ritual.Kept(name).([]string)
	return texts
}

// keepText adds to the list that is kept under a name; "" keeps nothing.
func keepText(ritual widget.Ritual, name, text string) {
	if name == "" {
		return
	}
	ritual.Keep(name, append(keptTexts(ritual, name), text))
}
