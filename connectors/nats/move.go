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
	"github.com/rootspush/roots/thestral"
)

// A session moves from the node that holds it to the one that its client comes to:
//
//	new node                        holder
//	do you hold it?  ────────────▶
//	                 ◀────────────  yes, this is what it hears
//	records what it would hear,
//	once NATS lets that come
//	release it       ────────────▶  hands on all that came before that,
//	                                stands still, takes the session out
//	                 ◀────────────  this is all of it, and how far the holder was
//	hands on all that came before,
//	stands still, puts it in,
//	with what was recorded since
//
// Standing still makes sure which updates the session has had where it was, and how
// far that is in what each node sends is told by the numbers that all updates have.
// So none is lost, and none comes twice. If anything of this fails once the session
// was released, it is over, and its client gets a new one.

// The kinds of questions about sessions.
const (
	holdsKind   = "holds"   // which of these sessions do you hold, and what do they hear?
	releaseKind = "release" // give me these
	takeKind    = "take"    // have these from me
)

const (
	moveTimeout  = 10 * time.Second
	admitTimeout = 30 * time.Second
	askSoon      = 20 * time.Millisecond // after which to ask again for a session that is on its way elsewhere
	askLate      = time.Second           // the same, after some times
	mostAtOnce   = 200                   // sessions that are handed over together
	answerSize   = 4 << 20               // in bytes, about; what is more is asked for again
	attempts     = 5                     // to have sessions that hear something else each time, or are busy
)

type (
	// A holdsQuestion also proves that the client has the key, if one asks for it.
	holdsQuestion struct {
		IDs []string `json:"ids"`
		Key string   `json:"key,omitempty"`
	}
	holdsAnswer struct {
		Heard  map[string][]pig.Heard `json:"heard"`            // by id; who is not here is not in it
		Coming []string               `json:"coming,omitempty"` // who will be here soon
	}
	releaseQuestion struct {
		Heard map[string][]byte `json:"heard"` // by id, the sum of what it was said to hear
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
// node does, or not with this key. The error says that a node does which does not give
// it now. It is the Fetch of [firenze.Options], and waits for ten seconds at most.
func (n *Node) Fetch(ctx context.Context, id, key string) (found bool, err error) {
	if _, ok := NodeOf(id); !ok || key == "" || n.sessions == nil {
		return false, nil
	}
	// Whoever asked may give up, but a session that was released has to arrive.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), moveTimeout)
	defer cancel()
	for pause := askSoon; ctx.Err() == nil && !n.leaving.Load() && n.sessions.Room() > 0; pause = min(2*pause, askLate) {
		if a := n.arrivals.find(id); a != nil {
			a.wait(ctx)
		}
		if n.sessions.HasKey(id, key) {
			return true, nil
		}
		holder := n.holder(ctx, id, key)
		if holder == "" && ctx.Err() == nil {
			return false, nil
		}
		n.fetch(ctx, holder, []string{id})
		if !n.sessions.HasKey(id, key) {
			time.Sleep(pause)
		}
	}
	return false, errNotNow
}

var errNotNow = errors.New("the session is at another node, which does not give it now")

// Tell says something to a session that was here, wherever it is now. It is the
// Elsewhere of [firenze.Options].
func (n *Node) Tell(sender thestral.Thestral, id, path, message string) {
	_, back := n.sessions.Session(id)
	if !n.tell(back, sender, id, path, message) {
		distant{n, id}.Update(sender, path, message)
	}
}

// holder returns the name of the node that holds a session, or "". The one that its
// id names is asked first. While the session is on its way all are asked again; and
// once more after all said no, since it may have gone from one to the other while
// they were asked.
func (n *Node) holder(ctx context.Context, id, key string) (holder string) {
	name, _ := NodeOf(id)
	pause := askSoon
	for noes := 0; noes < 2 && ctx.Err() == nil; {
		if holder, _ = n.holderAmong(ctx, []string{name}, id, key); holder != "" {
			return holder
		}
		holder, coming := n.holderAmong(ctx, n.Nodes(), id, key)
		switch {
		case holder != "":
			return holder
		case coming:
			time.Sleep(pause)
			pause = min(2*pause, askLate)
		default:
			noes++
			time.Sleep(markEvery) // a node that is new may not know all others before
		}
	}
	return ""
}

// holderAmong asks some nodes whether they hold a session, or whether it comes to
// one of them.
func (n *Node) holderAmong(ctx context.Context, nodes []string, id, key string) (holder string, coming bool) {
	var mu sync.Mutex // guards the results
	var asking sync.WaitGroup
	for _, node := range nodes {
		if node == n.name {
			continue
		}
		asking.Go(func() {
			a, err := ask[holdsAnswer](ctx, n, node, holdsKind, holdsQuestion{[]string{id}, key})
			mu.Lock()
			defer mu.Unlock()
			if err == nil && a.Heard[id] != nil {
				holder = node
			}
			coming = coming || len(a.Coming) > 0
		})
	}
	asking.Wait()
	return holder, coming
}

// holds says what sessions hear that are here. It does not wait for one that is
// about to come: nodes that wait for each other would never come to an end.
func (n *Node) holds(_ context.Context, _ string, q holdsQuestion) (holdsAnswer, error) {
	answer := holdsAnswer{Heard: map[string][]pig.Heard{}}
	for _, id := range q.IDs {
		if n.arrivals.find(id) != nil {
			answer.Coming = append(answer.Coming, id)
			continue
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
	lost := n.gate.lost.Load()
	if err := n.Flush(ctx); err != nil {
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
	do()
	return n.position()
}

var errGap = errors.New("updates of another node were lost")

// release takes sessions out.
func (n *Node) release(ctx context.Context, _ string, q releaseQuestion) (a releaseAnswer, err error) {
	if err := n.drain(ctx); err != nil {
		return a, err
	}
	var forget []func()
	a.Position = n.still(func() {
		if !n.isWhole() {
			err = errGap
			return
		}
		size := 0
		for id, sum := range q.Heard {
			heard := n.heardBy(id)
			if size > answerSize || !n.owl.IsAdmitted(id) || string(sum) != string(sumOf(heard)) {
				continue
			}
			s, then, err := n.sessions.Release(id)
			if err != nil {
				continue // it is busy or over, as the next question will tell
			}
			n.owl.Forget(id) // from now on it is told only what is meant for it where it goes
			n.released.Store(id, nil)
			forget = append(forget, func() { then(); n.released.Delete(id) })
			a.Sessions = append(a.Sessions, released{s, heard})
			size += sizeOf(&s)
		}
	})
	for _, f := range forget {
		f()
	}
	n.counters.released.Add(uint64(len(a.Sessions)))
	return a, cmp.Or(err, n.Flush(ctx)) // what these have had must not come after them
}

// sizeOf is about how long a snapshot is in an answer.
func sizeOf(s *firenze.Snapshot) (size int) {
	for _, m := range s.Messages {
		size += len(m.Path) + len(m.Message) + 64
	}
	return size + 512
}

// admit puts sessions in that were released. They have nowhere else to go, so it
// takes its time.
func (n *Node) admit(ctx context.Context, got releaseAnswer, lost uint64) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), admitTimeout)
	defer cancel()
	if err := n.drain(ctx); err != nil {
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
			break
		}
		n.give(ctx, ids, slices.Concat(nodes[turn%len(nodes):], nodes[:turn%len(nodes)]))
	}
	n.questions.settle(ctx)
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
