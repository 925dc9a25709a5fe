package widget_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// A bell tells how often it was rung.
type bell struct{ rung int }

func (b *bell) FromClient(widget.Post) error {
	b.rung++
	return nil
}

func (b *bell) ToClient(string) map[string]any { return map[string]any{"rung": b.rung} }

func newBell(widget.Ritual, json.RawMessage) (widget.Widget, error) { return new(bell), nil }

// ExampleRegister registers a widget, as the init function of its file does.
func ExampleRegister() {
	widget.Register("Bell", widget.Kind{New: newBell})

	kind, found := widget.Find("Bell")
	bell, err := kind.New(nil, json.RawMessage(`{"widget": "Bell"}`))
	fmt.Println(found, err, bell.FromClient(widget.Post{}), bell.ToClient("")["rung"])
	// Output: true <nil> <nil> 1
}

func TestRegister(t *testing.T) {
	widget.Register("Gong", widget.Kind{New: newBell})
	if _, found := widget.Find("Drum"); found {
		t.Error("there is a widget that nobody registered")
	}
	defer func() {
		if recover() == nil {
			t.Error("a name can be taken twice")
		}
	}()
	widget.Register("Gong", widget.Kind{New: newBell})
}
