package widgets

import (
	"encoding/json"
	"io/fs"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// check is the Preload of a widget that has nothing loaded: it finds terms that
// are no JSON for a T.
func check[T any](_ fs.FS, terms json.RawMessage) (widget.Preload, error) {
	return widget.Preload{}, json.Unmarshal(terms, new(T))
}
