package firenze

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/rootspush/roots/internal/testenv"
)

// The simulator plays one client, a network that loses and doubles, and the
// real session type, and checks after every answer that the client has each
// message once and in order. The two rules that the first version of such
// servers use, and that lose messages, run in the same harness and must fail.

// A step is something that happens between the client and the server.
type step int

const (
	publish     step = iota
	ask              // a poll, and all goes well
	lostRequest      // a poll that never reaches the server
	lostAnswer       // a poll whose answer never reaches the client
	doubled          // a poll that reaches the server twice
	pollSteps

	open     step = iota - 1 // a stream, and all goes well
	deafOpen                 // a stream that brings nothing to the client
	write                    // the server writes what there is to the stream
	hangUp                   // the server notices that the stream or the poll broke
	confirm                  // the client confirms over its stream
	stale                    // a request with an old token comes late, and nobody gets the answer
	allSteps
)

// A world is a client and a server with the network between.
type world struct {
	server    subject
	id        int
	token     uint64
	older     uint64 // a token that the client had before
	published uint64
	received  uint64 // the newest message that the client has
	deaf      bool   // what the server says to who waits now will be lost
	covered   uint64 // messages that a changed id told the client of
	wrong     bool
}

func (w *world) do(s step) {
	switch s {
	case publish:
		w.published++
		w.hear(w.server.publish(w.published), w.deaf)
	case ask, lostAnswer:
		w.poll(w.token, s == lostAnswer)
	case doubled:
		w.poll(w.token, false)
		w.poll(w.token, true)
	case stale:
		w.hear(w.stream().late(w.id, w.older), w.deaf)
		w.deaf = true
	case open, deafOpen:
		w.hear(w.stream().open(w.id, w.token), w.deaf)
		w.deaf = s == deafOpen
		w.hear(w.stream().write(), w.deaf)
	case write:
		w.hear(w.stream().write(), w.deaf)
	case hangUp:
		w.stream().hangUp()
	case confirm:
		w.stream().confirm(w.id, w.token)
	}
}

func (w *world) stream() *real { return w.server.(*real) }

func (w *world) poll(token uint64, deaf bool) {
	own, displaced := w.server.poll(w.id, token)
	w.hear(displaced, w.deaf)
	w.deaf = deaf
	w.hear(own, deaf)
}

// hear is what the client does with a reply that comes, if it comes.
func (w *world) hear(r *reply, deaf bool) {
	if r == nil || deaf {
		return
	}
	if r.id != w.id { // it loads its data anew
		w.id, w.covered, w.received = r.id, w.covered+w.published-w.received, w.published
		w.token = 0
	}
	w.token, w.older = r.token, w.token
	for _, m := range r.messages {
		if m != w.received+1 {
			w.wrong = true
		}
		w.received = m
	}
}

// settle lets the network work, and says whether the client got everything.
func (w *world) settle() bool {
	for range 4 {
		w.hear(w.server.hold(), w.deaf)
		w.do(ask)
	}
	w.hear(w.server.hold(), w.deaf)
	return !w.wrong && w.received == w.published
}

var wide = limits{messages: MaxMessages, bytes: MaxBytes, age: MaxAge, absence: Absence}

func realWorld() *world   { return &world{server: newReal(wide), id: 1} }
func countWorld() *world  { return &world{server: &broken{byCount: true}} }
func forgetWorld() *world { return &world{server: &broken{}} }

// exhaust runs every sequence of up to length steps, and counts those after
// which the client does not have everything exactly once.
func exhaust(steps step, length int, fresh func() *world) (runs, lost int) {
	var all sync.WaitGroup
	var mu sync.Mutex
	for first := range steps {
		all.Go(func() {
			sequence := append(make([]step, 0, length), first)
			r, l := extend(steps, sequence, length, fresh)
			mu.Lock()
			defer mu.Unlock()
			runs, lost = runs+r, lost+l
		})
	}
	all.Wait()
	return runs, lost
}

func extend(steps step, sequence []step, length int, fresh func() *world) (runs, lost int) {
	w := fresh()
	for _, s := range sequence {
		w.do(s)
	}
	runs = 1
	if !w.settle() {
		lost = 1
	}
	if len(sequence) == length {
		return runs, lost
	}
	for s := range steps {
		r, l := extend(steps, append(sequence, s), length, fresh)
		runs, lost = runs+r, lost+l
	}
	return runs, lost
}

// lengthOfAll is how long the sequences are of which every one is run.
func lengthOfAll() int {
	if testenv.Full() {
		return 10
	}
	return 7
}

func TestSimulatorEverySequence(t *testing.T) {
	length := lengthOfAll()
	runs, lost := exhaust(pollSteps, length, realWorld)
	if lost != 0 {
		t.Errorf("%d of %d sequences lost, doubled or reordered a message", lost, runs)
	}
	t.Logf("%d sequences of up to %d steps", runs, length)
}

// TestSimulatorEveryTransport: polls and streams, at will.
func TestSimulatorEveryTransport(t *testing.T) {
	for name, fresh := range map[string]func() *world{
		"wide":   realWorld,
		"narrow": func() *world { return &world{server: newReal(tight), id: 1} },
	} {
		length := 4
		if testenv.Full() {
			length = 6
		}
		runs, lost := exhaust(allSteps, length, fresh)
		if lost != 0 {
			t.Errorf("%s: %d of %d sequences lost, doubled or reordered a message", name, lost, runs)
		}
		t.Logf("%s: %d sequences of up to %d steps", name, runs, length)
	}
}

// tight bounds let a session overflow, or forget what a stream has, within a few
// messages.
var tight = limits{messages: 2, bytes: MaxBytes, age: MaxAge, absence: Absence}

func TestSimulatorCatchesBrokenRules(t *testing.T) {
	for name, fresh := range map[string]func() *world{
		"confirming by count":             countWorld,
		"forgetting what was handed over": forgetWorld,
	} {
		runs, lost := exhaust(pollSteps, lengthOfAll(), fresh)
		if lost == 0 {
			t.Errorf("%s lost nothing in %d sequences, so the simulator is blind", name, runs)
		}
		t.Logf("%s loses in %d of %d sequences (%d %%)", name, lost, runs, lost*100/runs)
	}
}

// TestSimulatorRandom runs long lives of a client, with bounds so narrow that
// the session overflows and expires now and then. Every message either arrives
// once and in order, or the id changes.
func TestSimulatorRandom(t *testing.T) {
	polls := 500_000
	if testenv.Full() {
		polls = 100_000_000
	}
	const players = 4
	for seed := range uint64(players) {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			randomLife(t, polls/players, rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

func randomLife(t *testing.T, polls int, dice *rand.Rand) {
	narrow := limits{messages: 8, bytes: 60, age: time.Minute, absence: 30 * time.Second}
	server := newReal(narrow)
	w := &world{server: server, id: 1}
	for n := 0; n < polls; {
		switch s := step(max(0, dice.IntN(int(allSteps)+10)-8)); { // publish, more often than not
		case s == allSteps:
			w.hear(server.hold(), w.deaf)
		case s > allSteps:
			server.sleep(time.Duration(dice.IntN(12)) * time.Second)
		default:
			w.do(s)
			if s != publish {
				n++
			}
		}
		if err := server.sound(); err != "" || w.wrong {
			t.Fatalf("after %d polls: wrong %v %s", n, w.wrong, err)
		}
	}
	if !w.settle() {
		t.Errorf("%d messages were published, and the client has %d", w.published, w.received)
	}
	if server.id < 3 || w.covered == 0 || server.forgets == 0 {
		t.Errorf("only %d sessions were seen, and %d forgot something, so bounds were not tried", server.id, server.forgets)
	}
}
