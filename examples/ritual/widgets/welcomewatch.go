package widgets

import (
	"encoding/json"

	"github.com/rootspush/roots/examples/ritual/widget"
)

func init() {
	widget.Register("WelcomeWatch", widget.Kind{New: newWelcomeWatch, Preload: check[welcomeWatch]})
}

// A welcomeWatch tells those who are in how many are still being welcomed.
type welcomeWatch struct {
	BoxColor string
	ritual   widget.Ritual
}

func newWelcomeWatch(ritual widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
	w := &welcomeWatch{ritual: ritual}
	return w, json.Unmarshal(terms, w)
}

// FromClient implements [widget.Widget]: there is nothing to post, and no harm in it.
func (w *welcomeWatch) FromClient(widget.Post) error { return nil }

// ToClient implements [widget.Widget].
func (w *welcomeWatch) ToClient(string) map[string]any {
	n := 0
	for _, client := range w.ritual.Clients() {
		if !client.Welcomed {
			n++
		}
	}
	return map[string]any{"boxColor": w.BoxColor, "n": n}
}
