package main

import (
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// A replica takes the part of the server that made a recording: it has the ids of
// that server, and a Pig that finds them and knows what they hear. One goroutine
// uses it.
type replica struct {
	pig  *pig.Pig
	ids  map[string]*place
	told []delivery // by the update that is going on
	tell func(delivery)
}

func newReplica(tell func(delivery)) *replica {
	r := &replica{ids: map[string]*place{}, tell: tell}
	r.pig = pig.New(r, pig.Options{})
	return r
}

// Lookup finds the place of an id.
func (r *replica) Lookup(id string) (thestral.Thestral, bool) {
	p, ok := r.ids[id]
	return p, ok
}

// Update does what the server did, and tells who was told what.
func (r *replica) Update(_ thestral.Thestral, path, message string) {
	switch path {
	case thestral.Register:
		r.ids[message] = &place{r, message}
	case thestral.Gone:
		delete(r.ids, message)
	}
	r.pig.Update(nil, path, message)
	for _, d := range r.told {
		r.tell(d)
	}
	r.told = r.told[:0]
}

// A place is where a session was.
type place struct {
	replica *replica
	id      string
}

var _ thestral.Prompt = (*place)(nil)

func (p *place) Update(_ thestral.Thestral, path, message string) {
	p.replica.told = append(p.replica.told, delivery{p.id, thestral.Update{Path: path, Message: message}})
}

// Next returns nil: nobody is behind a place.
func (p *place) Next() []thestral.Thestral { return nil }
