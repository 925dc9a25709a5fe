package nats

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rootspush/roots/internal/testenv"
)

const other = "b/RUN"

// A tape plays signs and letters to a node, and says what it makes of them.
type tape struct {
	all *peers
	now time.Duration
}

func newTape(settled bool) *tape {
	return &tape{&peers{of: map[string]*peer{}, settled: settled}, time.Second}
}

func (p *tape) sign(mark, number uint64, word string) string {
	learnt := p.all.sign(p.now, &sign{other, mark, number, word})
	text := ""
	if learnt.isNew {
		text += "new "
	}
	if learnt.lost {
		text += "lost "
	}
	if learnt.ask != nil {
		text += fmt.Sprint("asks ", learnt.ask.number)
	}
	return text
}

func (p *tape) letter(mark, number uint64) string {
	take, ask := p.all.letter(p.now, &letter{origin: other, mark: mark, number: number})
	text := ""
	if take {
		text += "takes "
	}
	if ask != nil {
		text += fmt.Sprint("asks ", ask.number)
	}
	return text
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: it says %q instead of %q", what, got, want)
	}
}

func TestStream(t *testing.T) {
	p := newTape(true)
	want(t, "born", p.sign(1, 0, goesOn), "new ")
	want(t, "first", p.letter(1, 1), "takes ")
	want(t, "the same by another subscription", p.letter(1, 1), "")
	want(t, "some are for others", p.letter(1, 5), "takes ")
	want(t, "next mark", p.sign(2, 7, goesOn), "")
	want(t, "older than the mark", p.letter(2, 6), "")
	want(t, "after the mark", p.letter(2, 8), "takes ")
	want(t, "a mark was missed", p.letter(3, 9), "asks 8")
	want(t, "nothing is taken", p.letter(3, 10), "")
	want(t, "another mark", p.sign(4, 10, goesOn), "")
	want(t, "it goes back", p.sign(5, 8, goesOn), "")
	want(t, "again", p.letter(5, 9), "takes ")
	want(t, "and on", p.letter(5, 10), "takes ")
	want(t, "a mark was skipped, and nothing was sent", p.sign(7, 10, goesOn), "")
	want(t, "after it", p.letter(7, 11), "takes ")
	want(t, "a mark was skipped, and something was sent", p.sign(9, 12, goesOn), "asks 11")
	want(t, "it is lost", p.sign(10, 12, isLost), "lost ")
	want(t, "after that", p.letter(10, 13), "takes ")
	want(t, "others lost something", p.sign(11, 12, isLost), "")
	want(t, "which was here", p.letter(11, 13), "")
	want(t, "good-bye", p.sign(12, 13, leaves), "")
	if n := p.all.known(); n != 0 {
		t.Errorf("%d nodes are known after it left", n)
	}
}

func TestNewcomers(t *testing.T) {
	p := newTape(false)
	want(t, "a letter of a stranger", p.letter(5, 100), "")
	want(t, "a mark of a stranger", p.sign(6, 100, goesOn), "new ")
	want(t, "a letter", p.letter(6, 101), "takes ")
	p = newTape(true)
	want(t, "one that was cut off since it was born", p.sign(6, 100, goesOn), "new asks 0")
	want(t, "it has it all", p.sign(7, 0, goesOn), "")
	want(t, "the first", p.letter(7, 1), "takes ")
	p = newTape(true)
	want(t, "a letter of one that was cut off", p.letter(3, 9), "asks 0")
}

func TestInterruptions(t *testing.T) {
	p := newTape(true)
	p.sign(1, 0, goesOn)
	p.letter(1, 1)
	p.all.interrupt(p.now)
	want(t, "before its mark", p.letter(1, 2), "")
	p.all.resume(p.now)
	want(t, "its mark", p.sign(2, 3, goesOn), "asks 1")
	want(t, "too early to ask again", p.sign(3, 3, goesOn), "")
	p.now += askAgain
	if ask, lost := p.all.review(p.now); len(ask) != 1 || ask[0].number != 1 || lost != nil {
		t.Errorf("it asks %v again, and gives up %v", ask, lost)
	}
	p.now += patience - askAgain
	if ask, lost := p.all.review(p.now); len(ask) != 1 || lost != nil {
		t.Errorf("it asks %v again, and gives up %v too early", ask, lost)
	}
	p.now++
	if ask, lost := p.all.review(p.now); ask != nil || len(lost) != 1 || p.all.known() != 0 {
		t.Errorf("it asks %v again, and gives up %v", ask, lost)
	}
}

// TestSilence: a node that was silent long before the interruption is not missed.
func TestSilence(t *testing.T) {
	p := newTape(true)
	p.sign(1, 0, goesOn)
	p.now += patience + 1
	p.all.interrupt(p.now)
	p.all.resume(p.now)
	for p.now < oblivion {
		if ask, lost := p.all.review(p.now); ask != nil || lost != nil || p.all.known() != 1 {
			t.Fatalf("after %v it asks %v, gives up %v and knows %d", p.now, ask, lost, p.all.known())
		}
		p.now += time.Second
	}
	p.now += 2 * time.Second
	p.all.review(p.now)
	if n := p.all.known(); n != 0 {
		t.Errorf("%d nodes are remembered for ever", n)
	}
}

func TestMostPeers(t *testing.T) {
	for _, settled := range []bool{true, false} {
		p := &peers{of: map[string]*peer{}, settled: settled}
		for i := range mostPeers + 1 {
			p.sign(1, &sign{fmt.Sprint("node/", i), 1, 0, goesOn})
		}
		if n := p.known(); n != mostPeers {
			t.Errorf("%d nodes are known", n)
		}
	}
}

// A world is a node that sends, one that hears some of it, and a network between
// that loses what is under way, as connections do that break: from some point on.
type world struct {
	t *testing.T
	r *rand.Rand

	out   *outbox
	place place
	put   uint64

	way     []any // of sign and letter
	back    []question
	here    *tape
	missing []uint64 // was heard of by nobody yet, in order
	ends    int
}

// TestNothingIsMissing runs random breaks through the real outbox and the real
// peers: what is heard comes once and in order, or its loss is told.
func TestNothingIsMissing(t *testing.T) {
	worlds := 3000
	if testenv.Full() {
		worlds = 300_000
	}
	if testenv.Race() {
		worlds = 300
	}
	lost := 0
	for range worlds {
		seed := rand.Uint64()
		w := &world{t: t, r: rand.New(rand.NewPCG(seed, 0)), here: newTape(true), place: place{next: 1}}
		w.out = newOutbox(limits{1 + w.r.IntN(40), 1 << 20, time.Hour})
		w.play(300)
		if lost += w.ends; t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
	if lost == 0 {
		t.Error("nothing was ever lost for good, so that was not tried")
	}
}

func (w *world) play(steps int) {
	w.sign(goesOn)
	for range steps {
		w.here.now += time.Duration(w.r.IntN(30)) * time.Millisecond // all of it is less than anybody's patience
		w.step()
	}
	w.send(1000)
	for range 20 { // nothing breaks any more
		w.sign(goesOn)
		w.arrive(len(w.way))
		w.here.now += askAgain
		w.review()
		w.answer()
		w.send(1000)
	}
	w.arrive(len(w.way))
	if len(w.missing) > 0 {
		w.t.Errorf("%v never came, and nobody was told", w.missing)
	}
}

func (w *world) step() {
	switch w.r.IntN(20) {
	case 0: // the connection of the sender breaks, and it begins another
		w.lose(len(w.way) - w.r.IntN(len(w.way)+1))
		w.place.skip()
		w.sign(goesOn)
	case 1: // that of the receiver
		at := w.r.IntN(len(w.way) + 1)
		w.arrive(at)
		w.lose(len(w.way))
		w.here.all.interrupt(w.here.now)
		w.here.all.resume(w.here.now)
	case 2: // one between them, for so long that a mark is lost
		at := w.r.IntN(len(w.way) + 1)
		kept := w.way[:at:at]
		w.way = nil
		w.send(w.r.IntN(5))
		w.sign(goesOn)
		w.way = kept
	case 3:
		w.here.all.interrupt(w.here.now) // the inbox overflowed
	case 4:
		w.back = nil // questions are lost
	case 5, 6:
		w.sign(goesOn)
	case 7:
		w.review()
	case 8, 9:
		w.answer()
	case 10, 11, 12, 13:
		w.put++
		w.out.put(entry{body: fmt.Sprint(w.put)})
		if w.isHeard(w.put) {
			w.missing = append(w.missing, w.put)
		}
	case 14, 15, 16:
		w.send(w.r.IntN(5))
	default:
		w.arrive(w.r.IntN(len(w.way) + 1))
	}
}

func (w *world) isHeard(number uint64) bool { return number%3 > 0 }

// lose loses the last n that are under way.
func (w *world) lose(n int) { w.way = w.way[:len(w.way)-n] }

func (w *world) sign(word string) { w.way = append(w.way, w.place.sign(other, word)) }

func (w *world) send(most int) {
	entries, first := w.out.from(w.place.next, make([]entry, most))
	if first > w.place.next {
		w.place.next = first
		w.sign(isLost)
	}
	for range entries {
		if l := (letter{origin: other, mark: w.place.mark, number: w.place.next}); w.isHeard(l.number) {
			for range 1 + w.r.IntN(2) { // by one subscription, or by two
				w.way = append(w.way, l)
			}
		}
		w.place.next++
	}
}

// answer goes back as the sender is asked to.
func (w *world) answer() {
	for _, q := range w.back {
		w.sign(goesOn)
		_, oldest := w.out.from(0, nil)
		if word, back := w.place.goBack(q.number, oldest); back {
			w.sign(word)
		}
	}
	w.back = nil
}

func (w *world) review() {
	ask, lost := w.here.all.review(w.here.now)
	w.back = append(w.back, ask...)
	if lost != nil {
		w.t.Error("a node that is there is given up")
	}
}

// arrive takes the first n that are under way.
func (w *world) arrive(n int) {
	for _, m := range w.way[:n] {
		var ask *question
		switch m := m.(type) {
		case sign:
			learnt := w.here.all.sign(w.here.now, &m)
			if ask = learnt.ask; learnt.lost {
				w.ends++
				for len(w.missing) > 0 && w.missing[0] <= m.number {
					w.missing = w.missing[1:]
				}
			}
		case letter:
			var take bool
			if take, ask = w.here.all.letter(w.here.now, &m); take {
				w.take(m.number)
			}
		}
		if ask != nil {
			w.back = append(w.back, *ask)
		}
	}
	w.way = w.way[n:]
}

func (w *world) take(number uint64) {
	if len(w.missing) == 0 || w.missing[0] != number {
		w.t.Fatalf("number %d comes while these are missing: %v", number, w.missing)
	}
	w.missing = w.missing[1:]
}
