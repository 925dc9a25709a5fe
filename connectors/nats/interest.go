package nats

import (
	"sync"

	client "github.com/nats-io/nats.go"

	"github.com/rootspush/roots/pig"
)

// A key is what a node listens for: a path or a pattern that somebody hears, or
// an id that another node gave.
type key struct {
	pig.Heard
	isID bool // Text is one
}

// subject is what NATS is asked for.
func (k key) subject() (string, error) {
	switch {
	case k.isID:
		return idSubject(k.Text, "*")
	case k.Pattern:
		return patternSubject(k.Text), nil
	default:
		return pathSubject(k.Text), nil
	}
}

// A hearing is what was done about a key.
type hearing struct {
	sub     *client.Subscription // nil if there is none on this link; belongs to whoever follows
	sure    bool                 // NATS has it
	dirty   bool                 // it is in line to be looked at
	waiting []func()             // are called when NATS has it
}

// Interest follows what is heard, one step behind: what changes is put in line,
// and whoever follows looks then what is so, subscribes or unsubscribes, and asks
// NATS whether it has come so far. So it does not matter in which order changes
// are told, and one question to NATS does for all that came meanwhile.
type interest struct {
	line chan struct{} // has something in it when there is something in line

	mu      sync.Mutex // guards what is below
	linked  bool
	keys    map[key]*hearing
	dirty   []key
	waiting []func() // are called when all that is in line has been done
}

func newInterest() *interest {
	return &interest{line: make(chan struct{}, 1), keys: map[key]*hearing{}}
}

// add puts k in line, unless NATS has it already, and calls then when that is so.
// While there is no link it is called at once: the others keep what they send.
func (i *interest) add(k key, then func()) {
	if i.admits(k, then) {
		then()
	}
}

func (i *interest) admits(k key, then func()) (now bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	h := i.keys[k]
	if h == nil {
		h = new(hearing)
		i.keys[k] = h
	}
	if h.sure {
		return true
	}
	i.enqueue(k, h)
	if !i.linked {
		return true
	}
	h.waiting = append(h.waiting, then)
	return false
}

// review puts k in line, as it may be that nobody needs it any more.
func (i *interest) review(k key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if h := i.keys[k]; h != nil {
		i.enqueue(k, h)
	}
}

func (i *interest) enqueue(k key, h *hearing) {
	if !h.dirty {
		h.dirty = true
		i.dirty = append(i.dirty, k)
	}
	i.wake()
}

func (i *interest) wake() {
	select {
	case i.line <- struct{}{}:
	default:
	}
}

// after calls then when all that was told before has reached NATS. It reports
// false, and does not, if there is no link.
func (i *interest) after(then func()) (linked bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.linked {
		i.waiting = append(i.waiting, then)
		i.wake()
	}
	return i.linked
}

// begin puts all keys in line for a new link.
func (i *interest) begin() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.linked = true
	for k, h := range i.keys {
		h.sub, h.sure = nil, false
		i.enqueue(k, h)
	}
}

// end lets all go on that wait for a link that is no more.
func (i *interest) end() {
	i.mu.Lock()
	i.linked = false
	all := i.waiting
	i.waiting = nil
	for _, h := range i.keys {
		h.sure = false
		all = append(all, h.waiting...)
		h.waiting = nil
	}
	i.mu.Unlock()
	call(all)
}

func call(all []func()) {
	for _, then := range all {
		then()
	}
}

// A batch is what is done in one step.
type batch struct {
	keys    []key
	waiting []func()
}

// stepSize bounds a step, so that none takes long although a million are in line.
const stepSize = 1 << 14

// take returns what is first in line. Whatever is told from then on is in line anew.
func (i *interest) take() batch {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := min(len(i.dirty), stepSize)
	b := batch{keys: i.dirty[:n:n]}
	if i.dirty = i.dirty[n:]; len(i.dirty) > 0 {
		i.wake()
	} else {
		b.waiting, i.waiting, i.dirty = i.waiting, nil, nil
	}
	for _, k := range b.keys {
		h := i.keys[k]
		h.dirty, h.sure = false, false
	}
	return b
}

// of returns the hearing of a key that was taken.
func (i *interest) of(k key) *hearing {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[k]
}

// settle ends a step: NATS has all of it. Keys without a subscription are
// forgotten, unless somebody has come for them meanwhile.
func (i *interest) settle(b batch) {
	for _, then := range append(i.confirm(b.keys), b.waiting...) {
		then()
	}
}

func (i *interest) confirm(keys []key) (waiting []func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, k := range keys {
		h := i.keys[k]
		switch {
		case h.sub != nil:
			h.sure = true
			waiting = append(waiting, h.waiting...)
			h.waiting = nil
		case !h.dirty:
			waiting = append(waiting, h.waiting...) // who came has left again
			delete(i.keys, k)
		}
	}
	return waiting
}

// count is how many keys there are.
func (i *interest) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.keys)
}
