package nats

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
)

// A session moves from the node that holds it to the one that its client comes to:
//
//	new node                        holder
//	do you hold it?  ────────────▶
//	                 ◀────────────  yes, this is what it hears
//	records what it would hear,
//	waits until NATS has that
//	release it       ────────────▶  waits until it is as far as the new node was,
//	                                stands still, takes the session out
//	                 ◀────────────  this is all of it, and how far the holder was
//	waits until it is as far,
//	stands still, puts it in,
//	with what came since
//
// Standing still makes both sure which updates the session has had, and how far
// they are is told by the numbers that every update has. So none is lost, and none
// comes twice. If anything of this fails once the session was released, the session
// is gone, and its client gets a new one.

// The kinds of questions about sessions.
const (
	holdsKind   = "holds"   // which of these sessions do you hold, and what do they hear?
	releaseKind = "release" // give me these
	takeKind    = "take"    // have these from me
)

const (
	moveTimeout = 10 * time.Second
	mostAtOnce  = 200     // sessions that are handed over together
	answerSize  = 4 << 20 // in bytes, about; what is more is asked for again
	attempts    = 5       // to have sessions that hear something else each time, or are busy
)

type (
	// A holdsQuestion also proves that the client has the key, if one asks for it.
	holdsQuestion struct {
		IDs []string `json:"ids"`
		Key string   `json:"key,omitempty"`
	}
	holdsAnswer struct {
		Heard map[string][]pig.Heard `json:"heard"` // by id; who is not here is not in it
	}
	releaseQuestion struct {
		Heard    map[string][]byte `json:"heard"`    // by id, the sum of what it was said to hear
		Position map[string]uint64 `json:"position"` // how far the new node was
	}
	releaseAnswer struct {
		Sessions []released        `json:"sessions"` // fewer than were asked for, perhaps
		Position map[string]uint64 `json:"position"` // how far the holder was
	}
	released struct {
		firenze.Snapshot
		Heard []pig.Heard `json:"heard"`
	}
)

// Carry lets sessions move between this node and others that do the same: see
// [Node.Fetch] and [Node.HandOver]. It is called once, with the Firenze whose
// registry this node's Dolores is.
func (n *Node) Carry(sessions *firenze.Firenze) {
	n.sessions = sessions
	n.Handle(holdsKind, handler(n.holds))
	n.Handle(releaseKind, handler(n.release))
	n.Handle(takeKind, handler(n.take))
}

// handler decodes a question and encodes the answer.
func handler[Q, A any](do func(ctx context.Context, from string, q Q) (A, error)) Handler {
	return func(ctx context.Context, from string, question []byte) ([]byte, error) {
		var q Q
		if err := json.Unmarshal(question, &q); err != nil {
			return nil, fmt.Errorf("the question is not understood: %w", err)
		}
		ctx, cancel := context.WithTimeout(ctx, moveTimeout)
		defer cancel()
		a, err := do(ctx, from, q)
		if err != nil {
			return nil, err
		}
		return json.Marshal(a)
	}
}

// ask is Ask with what handler does on the other side.
func ask[A any](ctx context.Context, n *Node, node, kind string, q any) (a A, err error) {
	question, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	answer, err := n.Ask(ctx, node, kind, question)
	if err == nil {
		err = json.Unmarshal(answer, &a)
	}
	return a, err
}

// Fetch has a session come here from the node that holds it. It reports false if no
// node does, or not with this key. It is the Fetch of [firenze.Options], and waits
// for ten seconds at most.
func (n *Node) Fetch(ctx context.Context, id, key string) (found bool) {
	if _, ok := NodeOf(id); !ok || key == "" || n.sessions == nil {
		return false
	}
	// Whoever asked may give up, but a session that was released has to arrive.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), moveTimeout)
	defer cancel()
	for range attempts {
		if a := n.arrivals.find(id); a != nil {
			a.wait(ctx)
		}
		if n.sessions.HasKey(id, key) {
			return true
		}
		holder := n.holder(ctx, id, key)
		if holder == "" {
			return false
		}
		n.fetch(ctx, holder, []string{id})
	}
	return n.sessions.HasKey(id, key)
}

// holder returns the name of the node that holds a session, or "". The one that its
// id names is asked first.
func (n *Node) holder(ctx context.Context, id, key string) string {
	name, _ := NodeOf(id)
	if name != n.name && n.isHolder(ctx, name, id, key) {
		return name
	}
	var found string
	var mu sync.Mutex
	var asking sync.WaitGroup
	for _, other := range n.Nodes() {
		if other != name {
			asking.Go(func() {
				if n.isHolder(ctx, other, id, key) {
					mu.Lock()
					defer mu.Unlock()
					found = other
				}
			})
		}
	}
	asking.Wait()
	return found
}

func (n *Node) isHolder(ctx context.Context, node, id, key string) bool {
	a, err := ask[holdsAnswer](ctx, n, node, holdsKind, holdsQuestion{[]string{id}, key})
	return err == nil && a.Heard[id] != nil
}

// holds says what sessions hear that are here. One that is about to come is waited
// for.
func (n *Node) holds(ctx context.Context, _ string, q holdsQuestion) (holdsAnswer, error) {
	answer := holdsAnswer{map[string][]pig.Heard{}}
	for _, id := range q.IDs {
		if a := n.arrivals.find(id); a != nil {
			a.wait(ctx)
		}
		if _, here := n.sessions.Session(id); here && (q.Key == "" || n.sessions.HasKey(id, q.Key)) {
			answer.Heard[id] = n.heardBy(id)
		}
	}
	return answer, nil
}

// heardBy returns what an id hears, sorted, and never nil.
func (n *Node) heardBy(id string) []pig.Heard {
	r, _ := n.owl.Receiver(id)
	slices.SortFunc(r.Heard, func(a, b pig.Heard) int {
		if c := cmp.Compare(a.Text, b.Text); c != 0 || a.Pattern == b.Pattern {
			return c
		}
		return map[bool]int{true: 1, false: -1}[a.Pattern]
	})
	return append([]pig.Heard{}, r.Heard...)
}

// sumOf is different for what is heard differently.
func sumOf(heard []pig.Heard) []byte {
	sum := sha256.New()
	for _, h := range heard {
		fmt.Fprintf(sum, "%t %q\n", h.Pattern, h.Text)
	}
	return sum.Sum(nil)
}

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
	if err := n.hurry(ctx); err != nil {
		return false, err
	}
	r := releaseQuestion{Heard: map[string][]byte{}}
	for id, heard := range held.Heard {
		r.Heard[id] = sumOf(heard)
	}
	lost := n.gate.lost.Load()
	r.Position = n.still(nil)
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

// forgo ends the recording.
func (n *Node) forgo(expected []*arrival) {
	n.arrivals.dismiss(expected)
	for _, a := range expected {
		for _, k := range a.keys() {
			n.heard.review(k)
		}
	}
}

// still does something while no update passes, and returns how far the node is.
func (n *Node) still(do func()) (position map[string]uint64) {
	n.gate.Lock()
	defer n.gate.Unlock()
	if do != nil {
		do()
	}
	return n.position()
}

var errGap = errors.New("updates of another node were lost")

// release takes sessions out.
func (n *Node) release(ctx context.Context, _ string, q releaseQuestion) (a releaseAnswer, err error) {
	if err := n.catchUp(ctx, q.Position); err != nil {
		return a, err
	}
	var forget []func()
	a.Position = n.still(func() {
		if !n.gate.isWhole() {
			err = errGap
			return
		}
		size := 0
		for id, sum := range q.Heard {
			heard := n.heardBy(id)
			if size > answerSize || string(sum) != string(sumOf(heard)) {
				continue
			}
			s, then, err := n.sessions.Release(id)
			if err != nil {
				continue // it is busy or over, as the next question will tell
			}
			forget = append(forget, then)
			a.Sessions = append(a.Sessions, released{s, heard})
			size += sizeOf(&s)
		}
	})
	for _, f := range forget {
		f()
	}
	n.counters.released.Add(uint64(len(a.Sessions)))
	_ = n.hurry(ctx) // else it takes a moment longer
	return a, err
}

// sizeOf is about how long a snapshot is in an answer.
func sizeOf(s *firenze.Snapshot) (size int) {
	for _, m := range s.Messages {
		size += len(m.Path) + len(m.Message) + 64
	}
	return size + 512
}

// admit puts sessions in that were released.
func (n *Node) admit(ctx context.Context, got releaseAnswer, lost uint64) error {
	if err := n.catchUp(ctx, got.Position); err != nil {
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
		n.arrivals.mu.Lock()
		defer n.arrivals.mu.Unlock()
		for _, one := range all {
			if lost != n.gate.lost.Load() || one.overflows() || n.goOn(one, got.Position) != nil {
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

var errLeaving = errors.New("it leaves as well")

// take fetches sessions that another node wants to be rid of.
func (n *Node) take(ctx context.Context, from string, ids []string) (struct{}, error) {
	if n.leaving.Load() {
		return struct{}{}, errLeaving
	}
	n.fetch(ctx, from, ids)
	return struct{}{}, nil
}

// HandOver gives all sessions to the other nodes, as evenly as it can, and returns
// when they have them or ctx ends. What nobody takes stays here. No session comes
// here any more after that; drain Firenze before, so that no new one begins.
func (n *Node) HandOver(ctx context.Context) {
	n.leaving.Store(true)
	for turn := 0; turn < attempts && n.sessions != nil && ctx.Err() == nil; turn++ {
		n.arrivals.wait(ctx)
		var ids []string
		for v := range n.sessions.Sessions() {
			ids = append(ids, v.ID)
		}
		nodes := n.Nodes()
		if len(ids) == 0 || len(nodes) == 0 {
			return
		}
		n.give(ctx, ids, slices.Concat(nodes[turn%len(nodes):], nodes[:turn%len(nodes)]))
	}
}

// give has each node take its share.
func (n *Node) give(ctx context.Context, ids, nodes []string) {
	var giving sync.WaitGroup
	defer giving.Wait()
	share := (len(ids) + len(nodes) - 1) / len(nodes)
	for own := range slices.Chunk(ids, share) {
		node := nodes[0]
		nodes = nodes[1:]
		giving.Go(func() {
			for some := range slices.Chunk(own, mostAtOnce) {
				if _, err := ask[struct{}](ctx, n, node, takeKind, some); err != nil {
					slog.Warn("sessions can't be handed over", "node", node, "sessions", len(some), "error", err)
					return
				}
			}
		})
	}
}
