package pig

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rootspush/roots/thestral"
)

// An update is what is being handed on, with its place in what is remembered.
type update struct {
	sender        thestral.Thestral
	path, message string
	seq           uint64 // 0 where nothing is remembered
}

// A conn is one receiver of one path or pattern. It fills one cache line.
type conn struct {
	to    thestral.Prompt
	gate  atomic.Pointer[gate] // nil if there is nothing to hold back
	owner *owner               // nil for a receiver without an id

	list    *list // guarded, with index, by the lock of the Pig
	index   int32
	pattern bool // text is one; else it is a path, where a star is a star
	text    string
}

// An owner is a Thestral that is known by its id, with all that it hears.
type owner struct {
	to    thestral.Prompt
	conns []*conn
	mark  uint64 // the last gathering that it was found in
}

// find returns where in conns the one for a path or pattern is, or -1.
func (o *owner) find(text string, pattern bool) int {
	return slices.IndexFunc(o.conns, func(c *conn) bool { return c.text == text && c.pattern == pattern })
}

// deliver is for one who has no neighbours to go on with when it panics.
func (c *conn) deliver(sender thestral.Thestral, path, message string, seq uint64) {
	if g := c.gate.Load(); g != nil && g.hold(&update{sender, path, message, seq}) {
		return
	}
	defer thestral.Recover(path)
	c.to.Update(sender, path, message)
}

// close sees to it that no later update is begun, by walks under way either.
func (c *conn) close() { c.gate.Store(closed) }

// A gate holds updates back until a new receiver has had the empty message and
// what was remembered. So these come first, and nothing overtakes them.
type gate struct {
	from uint64 // earlier updates are among the remembered ones

	mu   sync.Mutex // guards what is below
	held []update
	open bool
}

// latest is the seq of what is no part of what is remembered.
const latest = math.MaxUint64

// closed is the gate of those who were disconnected: nothing is late enough.
var closed = &gate{from: latest}

// hold says that u must not be delivered now: it comes later, or came before.
func (g *gate) hold(u *update) bool {
	if u.seq < g.from || g == closed {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.open {
		g.held = append(g.held, *u)
	}
	return !g.open
}

// pass delivers first and then all that is held back by then, and opens the
// gate when nothing is left. It stays where something is remembered, because an
// update from before may still be under way.
func (c *conn) pass(g *gate, first []update) {
	for batch, more := first, true; more; batch, more = g.next() {
		for _, u := range batch {
			if c.gate.Load() != closed {
				thestral.Deliver(c.to, u.sender, u.path, u.message)
			}
		}
	}
	if g.from == 0 {
		c.gate.CompareAndSwap(g, nil)
	}
}

// next returns what is held back, or opens the gate if that is nothing.
func (g *gate) next() (batch []update, more bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	batch, g.held = g.held, nil
	g.open = len(batch) == 0
	return batch, !g.open
}
