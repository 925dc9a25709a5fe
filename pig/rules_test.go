package pig_test

import (
	"sync/atomic"
	"testing"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// Each way to become a receiver keeps the rules, with and without a memory.
func TestRules(t *testing.T) {
	for way, add := range map[string]func(d *dolores.Dolores, p *pig.Pig, t thestral.Thestral) error{
		"On a path": func(_ *dolores.Dolores, p *pig.Pig, t thestral.Thestral) error {
			p.On(thestraltest.Path, t)
			return nil
		},
		"On a pattern": func(_ *dolores.Dolores, p *pig.Pig, t thestral.Thestral) error {
			p.On("thestraltest/*", t)
			return nil
		},
		"Connect": func(d *dolores.Dolores, p *pig.Pig, t thestral.Thestral) error {
			return p.Connect(d.Register(greeted(t)), thestraltest.Path)
		},
		"Match": func(d *dolores.Dolores, p *pig.Pig, t thestral.Thestral) error {
			return p.Match(d.Register(greeted(t)), "**")
		},
		"Connect and Match": func(d *dolores.Dolores, p *pig.Pig, t thestral.Thestral) error {
			id := d.Register(greeted(greeted(t)))
			if err := p.Connect(id, thestraltest.Path); err != nil {
				return err
			}
			return p.Match(id, "*/*")
		},
	} {
		for name, options := range map[string]pig.Options{"forgetful": {}, "remembering": {Remember: 10}} {
			t.Run(way+", "+name, func(t *testing.T) {
				thestraltest.Run(t, thestraltest.Suite{New: func(receivers ...thestral.Thestral) thestral.Thestral {
					d, p := wired(options)
					for _, r := range receivers {
						if err := add(d, p, r); err != nil {
							t.Error(err)
						}
					}
					return p
				}})
			})
		}
	}
}

// greeted hands on all but the first update, which is the empty message that a
// connection begins with: the suite does not expect it.
func greeted(t thestral.Thestral) thestral.Thestral {
	to := thestral.Prompted(t)
	var begun atomic.Bool
	return direct(func(sender thestral.Thestral, path, message string) {
		if begun.Swap(true) {
			to.Update(sender, path, message)
		}
	})
}
