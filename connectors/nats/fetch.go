package nats

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// fetch has sessions come here that holder has. What goes wrong is logged.
func (n *Node) fetch(ctx context.Context, holder string, ids []string) {
	if n.leaving.Load() || n.sessions.Room() < len(ids) {
		slog.Warn("sessions are not fetched from another node, as there is no place for them here", "node", holder, "sessions", len(ids))
		return
	}
	expected := n.arrivals.expect(ids)
	defer n.forgo(expected)
	for range attempts {
		var left []*arrival
		for _, a := range expected {
			if _, here := n.sessions.Session(a.id); !here {
				left = append(left, a)
			}
		}
		if len(left) == 0 {
			return
		}
		if more, err := n.fetchSome(ctx, holder, left); err != nil {
			slog.Warn("sessions can't be fetched from another node", "node", holder, "sessions", len(left), "error", err)
			return
		} else if !more {
			return
		}
	}
}

// fetchSome fetches those that it can. It reports whether there may be more.
func (n *Node) fetchSome(ctx context.Context, holder string, expected []*arrival) (more bool, err error) {
	q := holdsQuestion{}
	for _, a := range expected {
		q.IDs = append(q.IDs, a.id)
	}
	held, err := ask[holdsAnswer](ctx, n, holder, holdsKind, q)
	if err != nil || len(held.Heard) == 0 {
		return false, err
	}
	for _, a := range expected {
		n.listen(a, held.Heard[a.id])
	}
	lost := n.gate.lost.Load()
	if err := n.Flush(ctx); err != nil {
		return false, err
	}
	if err := n.flushOthers(ctx); err != nil { // the holder has all that was sent before this node listened
		return false, err
	}
	r := releaseQuestion{Heard: map[string][]byte{}}
	for id, heard := range held.Heard {
		r.Heard[id] = sumOf(heard)
	}
	got, err := ask[releaseAnswer](ctx, n, holder, releaseKind, r)
	if err != nil {
		return false, err
	}
	return true, n.admit(ctx, got, lost)
}

// listen records from now on what is heard, and has it come here.
func (n *Node) listen(a *arrival, heard []pig.Heard) {
	n.arrivals.mu.Lock()
	_ = a.owl.Resume(a.id, heard) // what the holder's Pig took
	a.recorded, a.bytes = nil, 0  // of an attempt before, and the holder has had it
	n.arrivals.mu.Unlock()
	for _, k := range a.keys() {
		n.heard.add(k, func() {})
	}
}

// keys are what a node listens for because of an arrival.
func (a *arrival) keys() []key {
	r, _ := a.owl.Receiver(a.id)
	keys := []key{{Heard: pig.Heard{Text: a.id}, isID: true}}
	for _, h := range r.Heard {
		keys = append(keys, key{Heard: h})
	}
	return keys
}

// forgo ends the recording. Who was here all the time, as another request was faster
// than the one that expected it, is told what was kept for it.
func (n *Node) forgo(expected []*arrival) {
	n.still(func() {
		for _, a := range n.arrivals.dismiss(expected) {
			if to, here := n.lookup(a.id); here {
				n.catchUp(a, to)
			}
		}
	})
	for _, a := range expected {
		if a.overflows() {
			n.sessions.End(a.id)
		}
		for _, k := range a.keys() {
			n.heard.review(k)
		}
	}
}

// catchUp does what was recorded for one who is here. The caller holds the gate.
func (n *Node) catchUp(a *arrival, to thestral.Thestral) {
	for _, r := range a.recorded {
		if r.obey {
			n.owl.Update(r.sender, r.path, r.message)
		} else {
			thestral.Deliver(thestral.Prompted(to), r.sender, r.path, r.message)
		}
	}
}

// admit puts sessions in that were released. They have nowhere else to go, so it
// takes its time.
func (n *Node) admit(ctx context.Context, got releaseAnswer, lost uint64) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), admitTimeout)
	defer cancel()
	err := n.flushOthers(ctx) // all that the holder had has come here
	if err = cmp.Or(err, n.drain(ctx)); err != nil {
		return fmt.Errorf("%d sessions are over: %w", len(got.Sessions), err)
	}
	var all []admitted
	for _, s := range got.Sessions {
		a := n.arrivals.find(s.ID)
		if a == nil {
			return fmt.Errorf("session %.120q was released, but nobody asked for it", s.ID)
		}
		session, err := n.sessions.TakeUp(s.Snapshot)
		if err != nil {
			slog.Warn("a session can't be taken up", "id", s.ID, "error", err)
			continue
		}
		all = append(all, admitted{session, a, s.Heard})
	}
	var broken []string
	n.still(func() {
		isWhole := lost == n.gate.lost.Load() && n.isWhole()
		if isWhole {
			n.peers.advance(got.Position) // all of that has come here, if it concerned anybody
		}
		n.arrivals.mu.Lock()
		defer n.arrivals.mu.Unlock()
		for _, one := range all {
			if !isWhole || one.overflows() || n.goOn(one, got.Position) != nil {
				broken = append(broken, one.id)
			}
			n.arrivals.remove(one.arrival)
		}
	})
	for _, id := range broken {
		n.sessions.End(id)
	}
	n.counters.taken.Add(uint64(len(all) - len(broken)))
	return nil
}

// admitted is a session that was taken up, and has to learn what came since.
type admitted struct {
	session firenze.Session
	*arrival
	heard []pig.Heard
}

// goOn tells a session what it has not had, and connects it. The caller holds the
// gate.
func (n *Node) goOn(one admitted, had map[string]uint64) error {
	for _, r := range one.recorded {
		if r.number > had[r.origin] && !r.obey {
			one.session.Update(r.sender, r.path, r.message)
		}
	}
	if err := n.owl.Resume(one.id, one.heard); err != nil {
		return err
	}
	for _, r := range one.recorded {
		if r.number > had[r.origin] && r.obey {
			n.owl.Update(r.sender, r.path, r.message)
		}
	}
	return nil
}
