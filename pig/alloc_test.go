package pig_test

import (
	"testing"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// TestUpdatesAllocateNothing, whoever hears them; only what is remembered does.
func TestUpdatesAllocateNothing(t *testing.T) {
	deaf := direct(func(thestral.Thestral, string, string) {})
	for name, wire := range map[string]func(d *dolores.Dolores, p *pig.Pig){
		"nobody":           func(*dolores.Dolores, *pig.Pig) {},
		"one receiver":     func(_ *dolores.Dolores, p *pig.Pig) { p.On("a/b", deaf) },
		"ten receivers":    func(_ *dolores.Dolores, p *pig.Pig) { on(p, 10, "a/b", deaf) },
		"a local pattern":  func(_ *dolores.Dolores, p *pig.Pig) { p.On("a/*", deaf) },
		"several patterns": func(_ *dolores.Dolores, p *pig.Pig) { p.On("a/*", deaf); on(p, 10, "**", deaf); p.On("a/b", deaf) },
		"an id":            func(d *dolores.Dolores, p *pig.Pig) { must(t, p.Connect(d.Register(deaf), "a/b")) },
		"an id's pattern":  func(d *dolores.Dolores, p *pig.Pig) { must(t, p.Match(d.Register(deaf), "a/*")) },
		"one of each": func(d *dolores.Dolores, p *pig.Pig) {
			on(p, 10, "a/b", deaf)
			on(p, 10, "**", deaf)
			id := d.Register(deaf)
			must(t, p.Match(id, "a/*"))
			must(t, p.Connect(id, "a/b"))
		},
	} {
		d, p := wired(pig.Options{})
		wire(d, p)
		if n := testing.AllocsPerRun(1000, func() { d.Update(d, "a/b", "message") }); n != 0 {
			t.Errorf("%s: an update allocates %v times", name, n)
		}
	}
}

func on(p *pig.Pig, count int, text string, r thestral.Thestral) {
	for range count {
		p.On(text, r)
	}
}
