// Package pig is the owl of Roots: a dispatcher that knows who hears which
// path, and hands each update to them.
//
// Who hears what is told to Pig by updates, like everything else:
//
//	path           message      what happens
//	::connect      id->path     id hears path, and gets an empty message on it so that it knows
//	::disconnect   id->path     id no longer does, and gets ::+::disconnect with the path
//	::match        id->a/*/b    the same for a pattern: * is one segment
//	::unmatch      id->a/**     and ** as the last segment is one or more
//	::gone         id           id is forgotten with all that it heard
//	anything else               whoever hears this path or a matching pattern gets the message
//
// A message that is none of these, or that names an id which nobody knows,
// changes nothing; it is counted and logged. ::gone counts only once the
// directory no longer knows the id, so it can't be forged. Go programs may call
// Connect and its kin instead, and [Pig.On] for receivers without an id.
//
// # Guarantees
//
//   - Update does not wait, and takes no lock unless a pattern that an id is
//     matched with fits the path, or messages are remembered.
//   - What one goroutine sends on one path arrives at each receiver in order.
//   - A receiver that is connected gets the empty message first, then what is
//     remembered, then everything later: no gap, no double, nothing overtakes.
//   - An id gets each update once, however many patterns of its own match it.
//     Each On is a receiver of its own.
//   - A receiver that panics or never returns costs the others nothing: see
//     package thestral on how.
//   - A receiver that is added while an update is handed out may miss it; one
//     that is removed gets nothing that is begun after its removal. To change a
//     path for a pattern, wait for the empty message of the new one before giving
//     up the old: then only what was being handed out already can be missed.
//   - Patterns never match control paths, and nobody connects to those by id,
//     or they could read everybody's ids. A Go program watches them with On.
//
// # Hedwig
//
// With [Options.Remember] Pig keeps the last messages of each path for a short
// while and gives them to whoever connects to it. This was to be an owl named
// Hedwig once. Patterns are not given anything remembered. What is too old
// is let go at the next update or connection.
//
// # Costs
//
// An update costs one look-up and a walk over the receivers of its path; nothing
// is allocated, and neither the number of paths nor those who connect meanwhile
// slow it down. Each level of a path at which patterns exist costs one look-up
// more. Connecting costs the same for the second receiver and the 100,001st.
package pig

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rootspush/roots/thestral"
)

// MaxConnections is how many paths and patterns one id may hear. It keeps the
// memory bounded that a client can ask for.
const MaxConnections = 1000

// Directory knows Thestrals by their ids; *dolores.Dolores is one. Lookup is
// called from many goroutines and must not wait.
type Directory interface {
	Lookup(id string) (thestral.Thestral, bool)
}

// Options are what may be chosen about a Pig. The zero value is good.
type Options struct {
	// Remember is how many of the last messages are kept of each path. 0, the
	// default, keeps none.
	Remember int
	// Age is how long they are kept at most. 0 stands for a minute.
	Age time.Duration
}

// Pig hands updates to those who hear their path. All methods may be called
// from many goroutines at once, from inside an Update too, and do not wait.
type Pig struct {
	directory Directory
	memory    *memory // nil where nothing is remembered
	watcher   Watcher // nil if nobody watches

	paths    [shards]table[audience]
	patterns atomic.Int64 // how many connections to patterns there are, so that none cost nothing
	root     node
	refused  atomic.Uint64

	mu     sync.Mutex // guards all writing to the tables, and what is below
	owners table[owner]
	local  map[*conn]struct{}
	mark   uint64
	spare  []*conn // for gatherings

	unheard []Heard // what the watcher is to be told
}

// shards keep the pause short in which a table of many paths grows.
const shards = 64

var _ thestral.Prompt = (*Pig)(nil)

// New returns a Pig that finds the Thestrals behind ids in directory. With nil
// it knows no ids, and only local receivers hear anything.
func New(directory Directory, options Options) *Pig {
	p := &Pig{directory: directory, local: map[*conn]struct{}{}}
	if options.Remember > 0 {
		age := options.Age
		if age <= 0 {
			age = time.Minute
		}
		p.memory = &memory{count: options.Remember, age: age, past: map[string][]update{}}
	}
	return p
}

// Update hands the update to whoever hears path, after doing what it says if
// path is a control path.
func (p *Pig) Update(sender thestral.Thestral, path, message string) {
	if thestral.IsControl(path) && !p.obey(path, message) {
		return
	}
	seq := p.remember(sender, path, message)
	once := p.patterns.Load() > 0 && p.match(&update{sender, path, message, seq})
	t, hash := p.table(path)
	if a := t.get(hash, path); a != nil {
		a.deliver(sender, path, message, seq, once)
	}
	if once {
		p.dispatchOnce(&update{sender, path, message, seq})
	}
}

// Next lists the receivers that are called from inside Update.
func (p *Pig) Next() []thestral.Thestral {
	p.mu.Lock()
	defer p.mu.Unlock()
	var next []thestral.Thestral
	for c := range p.local {
		next = append(next, c.to)
	}
	for _, o := range p.owners.all {
		next = append(next, o.to)
	}
	return next
}

// Stats are numbers about a Pig.
type Stats struct {
	Paths       int    // that somebody hears
	IDs         int    // that hear something
	Connections int    // of ids, to paths and patterns
	Local       int    // receivers without an id
	Refused     uint64 // control messages that changed nothing
}

// Stats counts what there is now. It takes time in proportion to the ids.
func (p *Pig) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Stats{IDs: p.owners.live, Local: len(p.local), Refused: p.refused.Load()}
	for i := range p.paths {
		s.Paths += p.paths[i].live
	}
	for _, o := range p.owners.all {
		s.Connections += len(o.conns)
	}
	return s
}

// obey does what a control message says. It reports false, after counting and
// logging it, for one that can't be obeyed. Those that are not for Pig are fine:
// somebody may watch them.
func (p *Pig) obey(path, message string) bool {
	err := p.control(path, message)
	if err != nil {
		p.refused.Add(1)
		slog.Warn("pig refuses a control message", "path", path, "error", err)
	}
	return err == nil
}

func (p *Pig) control(path, message string) error {
	var act func(id, path string) error
	switch path {
	case thestral.Connect:
		act = p.Connect
	case thestral.Disconnect:
		act = p.Disconnect
	case thestral.Match:
		act = p.Match
	case thestral.Unmatch:
		act = p.Unmatch
	case thestral.Gone:
		return p.gone(message)
	default:
		return nil
	}
	id, heard, err := thestral.SplitConnection(message)
	if err != nil {
		return err
	}
	return act(id, heard)
}

// gone forgets id, if it is true that it has gone.
func (p *Pig) gone(id string) error {
	if _, known := p.lookup(id); known {
		return fmt.Errorf("id %.120q is still registered, only its own end makes it gone", id)
	}
	p.Forget(id)
	return nil
}

func (p *Pig) lookup(id string) (thestral.Thestral, bool) {
	if p.directory == nil {
		return nil, false
	}
	return p.directory.Lookup(id)
}

// table returns the shard that path belongs to, and its hash.
func (p *Pig) table(path string) (*table[audience], uint64) {
	hash := hashOf(path)
	return &p.paths[hash>>58], hash
}

// remember keeps the update, if there is a memory and it is not a control path,
// and returns its number there.
func (p *Pig) remember(sender thestral.Thestral, path, message string) (seq uint64) {
	if p.memory == nil || thestral.IsControl(path) {
		return 0
	}
	return p.memory.keep(sender, path, message)
}

// match hands u to the local receivers of the patterns that match it, and reports
// whether there are any with an id. Patterns never match control paths.
func (p *Pig) match(u *update) (ids bool) {
	return !thestral.IsControl(u.path) && p.root.match(u, u.path)
}

// dispatchOnce hands u to the ids that hear its path and to those with a pattern
// that matches it, to each once. That takes the lock, so that the gathering sees
// one moment: else an id that moves from one list to another could be met twice
// or not at all.
func (p *Pig) dispatchOnce(u *update) {
	p.mu.Lock()
	p.mark++
	conns := p.spare
	p.spare = nil
	t, hash := p.table(u.path)
	if a := t.get(hash, u.path); a != nil {
		conns = p.gather(&a.list, conns)
	}
	p.root.each(u.path, func(l *list) { conns = p.gather(l, conns) })
	p.mu.Unlock()

	for _, c := range conns {
		c.deliver(u.sender, u.path, u.message, u.seq)
	}

	clear(conns)
	p.mu.Lock()
	p.spare = conns[:0]
	p.mu.Unlock()
}

// gather appends those receivers of l that have an id and are not in the
// gathering yet.
func (p *Pig) gather(l *list, conns []*conn) []*conn {
	l.each(func(c *conn) {
		if c.owner != nil && c.owner.mark != p.mark {
			c.owner.mark = p.mark
			conns = append(conns, c)
		}
	})
	return conns
}
