package widgets

import (
	"encoding/json"

	"github.com/rootspush/roots/examples/ritual/widget"
)

func init() {
	widget.Register("AvatarTester", widget.Kind{New: newAvatarTester, Preload: check[avatarTester]})
}

// An avatarTester has a box in which browsers show all pictures that they know
// of, so that everybody sees whether theirs works.
type avatarTester struct {
	BoxColor string
}

func newAvatarTester(_ widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
	a := new(avatarTester)
	return a, json.Unmarshal(terms, a)
}

// FromClient implements [widget.Widget]: there is nothing to post, and no harm in it.
func (a *avatarTester) FromClient(widget.Post) error { return nil }

// ToClient implements [widget.Widget].
func (a *avatarTester) ToClient(string) map[string]any {
	return map[string]any{"boxColor": a.BoxColor}
}
