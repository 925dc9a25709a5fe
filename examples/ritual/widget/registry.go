package widget

import (
	"encoding/json"
	"fmt"
	"io/fs"
)

// A Kind makes the widgets of one name.
type Kind struct {
	// New makes a widget from the terms of its page, the page's JSON as it is in
	// the script; unknown names in it are ignored.
	New func(ritual Ritual, terms json.RawMessage) (Widget, error)
	// Preload, if there is one, tells what clients are to load when the ritual
	// begins, and finds what is wrong with the terms before anybody comes.
	Preload func(script fs.FS, terms json.RawMessage) (Preload, error)
}

// A Preload is what every client loads before the page is shown.
type Preload struct {
	VideoURL string
	Captions string // a file of the script, or ""
}

var kinds = map[string]Kind{}

// Register adds a kind of widget. It is called from the init function of the
// widget's file, and panics when the name is taken.
func Register(name string, kind Kind) {
	if _, taken := kinds[name]; taken {
		panic(fmt.Sprintf("widget: %q is registered twice", name))
	}
	kinds[name] = kind
}

// Find gives the kind of a name, and whether there is one.
func Find(name string) (Kind, bool) {
	kind, found := kinds[name]
	return kind, found
}
