package pig

import (
	"iter"
	"slices"

	"github.com/rootspush/roots/thestral"
)

// A Heard is a path or a pattern that somebody hears.
type Heard struct {
	Text    string
	Pattern bool // Text is a pattern; in a path a star is a star
}

// A Receiver is somebody who hears something.
type Receiver struct {
	ID    string          // empty for a local receiver; each On is one
	To    thestral.Prompt // who is called
	Heard []Heard         // in no order
}

// Receivers yields whoever hears something, those without an id first. No lock
// is held meanwhile, so the loop may take its time, end early, and call the Pig.
// Those who come or go during it may be yielded or not.
func (p *Pig) Receivers() iter.Seq[Receiver] {
	return func(yield func(Receiver) bool) {
		for _, r := range p.locals() {
			if !yield(r) {
				return
			}
		}
		for id := range p.owners.all {
			if r, ok := p.Receiver(id); ok && !yield(r) {
				return
			}
		}
	}
}

// locals returns the receivers without an id.
func (p *Pig) locals() []Receiver {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Receiver, 0, len(p.local))
	for c := range p.local {
		all = append(all, Receiver{To: c.to, Heard: []Heard{c.heard()}})
	}
	return all
}

// Receiver returns what id hears. It reports false if that is nothing.
func (p *Pig) Receiver(id string) (Receiver, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.owners.get(hashOf(id), id)
	if o == nil {
		return Receiver{}, false
	}
	r := Receiver{ID: id, To: o.to, Heard: make([]Heard, len(o.conns))}
	for i, c := range o.conns {
		r.Heard[i] = c.heard()
	}
	return r, true
}

// Count returns how many receivers a path or pattern has.
func (p *Pig) Count(h Heard) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.list(h); l != nil {
		return int(l.live)
	}
	return 0
}

// list returns the receivers of h, or nil if there are none.
func (p *Pig) list(h Heard) *list {
	if h.Pattern {
		return p.root.at(h.Text, false)
	}
	t, hash := p.table(h.Text)
	if a := t.get(hash, h.Text); a != nil {
		return &a.list
	}
	return nil
}

// Explain returns those of the paths and patterns of id by which an update of
// path would come to it: none if it would not come. It looks into the very
// tables that an update goes through, and changes nothing. That takes time in
// proportion to the receivers of the path.
func (p *Pig) Explain(id, path string) (by []Heard) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.owners.get(hashOf(id), id)
	if o == nil {
		return nil
	}
	look := func(l *list) {
		l.each(func(c *conn) {
			if c.owner == o {
				by = append(by, c.heard())
			}
		})
	}
	if l := p.list(Heard{Text: path}); l != nil {
		look(l)
	}
	if !thestral.IsControl(path) {
		p.root.each(path, look)
	}
	return slices.Clip(by)
}

func (c *conn) heard() Heard { return Heard{c.text, c.pattern} }
