package stage_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strconv"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// counter is a widget that counts. As a Pager, each number is a page of its own.
type counter struct {
	ritual widget.Ritual
	count  int
}

func (c *counter) FromClient(p widget.Post) error {
	x, err := strconv.Atoi(p.Fields.Get("x"))
	if err != nil {
		return errors.New("x must be a number")
	}
	c.count += x
	return nil
}

func (c *counter) ToClient(string) map[string]any { return map[string]any{"count": c.count} }

func (c *counter) Alike() {}

type pager struct{ counter }

func (p *pager) SubpageSame(subpage, _ string) bool { return subpage == strconv.Itoa(p.count) }

// puppet is what the widget Puppet is in the test that runs.
var puppet func(widget.Ritual, json.RawMessage) (widget.Widget, error)

func init() {
	widget.Register("Counter", widget.Kind{New: func(r widget.Ritual, _ json.RawMessage) (widget.Widget, error) {
		return &counter{ritual: r}, nil
	}})
	widget.Register("Pager", widget.Kind{New: func(r widget.Ritual, _ json.RawMessage) (widget.Widget, error) {
		return &pager{counter{ritual: r}}, nil
	}})
	widget.Register("Picky", widget.Kind{Preload: func(_ fs.FS, terms json.RawMessage) (p widget.Preload, err error) {
		var given struct{ Panic string }
		if err := json.Unmarshal(terms, &given); err != nil {
			return p, err
		}
		if given.Panic != "" {
			panic(given.Panic)
		}
		return p, errors.New("the boxColor is missing")
	}})
	widget.Register("Puppet", widget.Kind{New: func(r widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
		return puppet(r, terms)
	}})
}
