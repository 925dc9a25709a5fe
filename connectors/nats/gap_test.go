package nats

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// A pair is two nodes, the second behind a cable.
type pair struct {
	a, b   *house
	cable  *cable
	missed chan struct{}
}

func pairOf(t *testing.T) *pair {
	s := startNATS(t, 0)
	p := &pair{cable: layCable(t, s.Addr().String()), missed: make(chan struct{}, 100)}
	p.a = build(t, "a", s.ClientURL())
	p.b = build(t, "b", p.cable.url(), func(o *Options) { o.Missed = func() { p.missed <- struct{}{} } })
	testenv.Eventually(t, "that they know each other", func() bool { return len(p.a.Nodes()) == 1 && len(p.b.Nodes()) == 1 })
	return p
}

// wantRow wants messages 0 to n-1 after the empty one, and nobody told that
// something was missed.
func (p *pair) wantRow(t *testing.T, got *thestraltest.Recorder, path string, n int) {
	t.Helper()
	testenv.Eventually(t, fmt.Sprint("all of ", n), func() bool { return len(got.Messages(path)) >= n+1 })
	for i, m := range got.Messages(path)[1:] {
		if m != fmt.Sprint(i) {
			t.Fatalf("message %d is %q", i, m)
		}
	}
	if len(p.missed) > 0 {
		t.Error("it is said that something was missed")
	}
}

// TestCut: what is said while a node is cut off comes afterwards, in order, with
// what it and the others said before and after.
func TestCut(t *testing.T) {
	t.Parallel()
	p := pairOf(t)
	idA, atA := p.a.member()
	idB, atB := p.b.member()
	p.a.say(t, thestral.Connect, idA+"->up")
	p.b.say(t, thestral.Connect, idB+"->down")
	n := 0
	say := func(count int) {
		for range count {
			p.a.dolores.Update(nil, "down", fmt.Sprint(n))
			p.b.dolores.Update(nil, "up", fmt.Sprint(n))
			n++
		}
	}
	for range 5 {
		say(100)
		p.cable.sever()
		say(100)
		testenv.Eventually(t, "the end of the link", func() bool { return !p.b.Stats().Linked })
		say(100)
		p.cable.mend()
		testenv.Eventually(t, "the next link", func() bool { return p.b.Stats().Linked })
	}
	p.wantRow(t, atA, "up", n)
	p.wantRow(t, atB, "down", n)
}

// TestTooMuchToKeep: when more was said than is kept, the loss is told.
func TestTooMuchToKeep(t *testing.T) {
	t.Parallel()
	p := pairOf(t)
	id, got := p.b.member()
	p.b.say(t, thestral.Connect, id+"->x")
	p.cable.sever()
	testenv.Eventually(t, "the end of the link", func() bool { return !p.b.Stats().Linked })
	for range keptLetters + 1 {
		p.a.dolores.Update(nil, "x", "lost")
	}
	p.cable.mend()
	<-p.missed
	p.a.say(t, "x", "goes on")
	testenv.Eventually(t, "what follows", func() bool { all := got.Messages("x"); return all[len(all)-1] == "goes on" })
	if n := p.b.Stats().Gaps; n != 1 {
		t.Errorf("%d gaps were counted", n)
	}
}

// TestOverflow: when updates come faster than they can be handed on, those that
// were dropped come again.
func TestOverflow(t *testing.T) {
	t.Parallel()
	p := pairOf(t)
	id, got := p.b.member()
	p.b.say(t, thestral.Connect, id+"->x")
	release := make(chan struct{})
	var once sync.Once
	p.b.pig.On("x", here(func() { once.Do(func() { <-release }) })) // it is said to be prompt, and is not
	p.b.flush(t)
	const n = inboxSize + 10_000
	for i := range n {
		p.a.dolores.Update(nil, "x", fmt.Sprint(i))
	}
	p.a.flush(t)
	testenv.Eventually(t, "a full inbox", func() bool { l := p.b.current.Load(); return l != nil && len(l.inbox) == cap(l.inbox) })
	close(release)
	p.wantRow(t, got, "x", n)
	if s := p.b.Stats(); s.Overflows == 0 || s.Links != 1 {
		t.Errorf("this was no overflow: %+v", s)
	}
}

// TestEmptyMessageWaits until the node hears all others; what is said here
// meanwhile comes after it. Where it hears them already, nobody waits.
func TestEmptyMessageWaits(t *testing.T) {
	t.Parallel()
	p := pairOf(t)
	first, _ := p.b.member()
	p.b.say(t, thestral.Connect, first+"->y")
	p.cable.stall()
	second, at := p.b.member()
	p.b.dolores.Update(nil, thestral.Connect, second+"->y")
	wantMessages(t, at, "y", "")
	id, got := p.b.member()
	p.b.dolores.Update(nil, thestral.Connect, id+"->x")
	p.b.dolores.Update(nil, "x", "here, before")
	p.a.say(t, "x", "not heard yet")
	if all := got.Updates(); len(all) > 0 {
		t.Errorf("%v came although NATS has not answered", all)
	}
	p.cable.heal()
	wantMessages(t, got, "x", "", "here, before")
	p.a.say(t, "x", "there")
	wantMessages(t, got, "x", "", "here, before", "there")
}

// TestConnectedWhileCutOff: nobody waits for NATS then, and what is said elsewhere
// comes afterwards.
func TestConnectedWhileCutOff(t *testing.T) {
	t.Parallel()
	p := pairOf(t)
	p.cable.sever()
	testenv.Eventually(t, "the end of the link", func() bool { return !p.b.Stats().Linked })
	id, got := p.b.member()
	p.b.dolores.Update(nil, thestral.Connect, id+"->x")
	wantMessages(t, got, "x", "")
	for i := range 100 {
		p.a.dolores.Update(nil, "x", fmt.Sprint(i))
	}
	p.cable.mend()
	p.wantRow(t, got, "x", 100)
}

// TestFlushIsEnough: what was flushed arrives although its node is gone at once.
func TestFlushIsEnough(t *testing.T) {
	t.Parallel()
	p := pairOf(t)
	id, got := p.a.member()
	p.a.say(t, thestral.Connect, id+"->x")
	long := strings.Repeat("m", 1000)
	const n = 20_000 // more than the buffers on the way hold
	p.cable.stall()
	for i := range n {
		p.b.dolores.Update(nil, "x", fmt.Sprint(i))
		p.b.dolores.Update(nil, "y", long)
	}
	p.cable.heal()
	p.b.flush(t)
	p.cable.sever()
	p.wantRow(t, got, "x", n)
}

// TestComeAndGo: whoever has the empty message hears what is said then, however
// others come and go on the same path meanwhile.
func TestComeAndGo(t *testing.T) {
	t.Parallel()
	p := pairOf(t)
	const rounds = 300
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range rounds {
				path := fmt.Sprint("path/", rand.N(2))
				heard := make(chan string, 5*rounds) // more than all of them say
				id := p.b.dolores.Register(listener(heard))
				p.b.dolores.Update(nil, thestral.Connect, id+"->"+path)
				<-heard
				p.a.dolores.Update(nil, path, id)
				for <-heard != id {
				}
				if rand.N(2) == 0 {
					p.b.dolores.Update(nil, thestral.Disconnect, id+"->"+path)
				}
				p.b.dolores.Unregister(id)
			}
		})
	}
	all.Wait()
	testenv.Eventually(t, "the end of all subscriptions", func() bool { return p.b.Stats().Listening == 0 })
}

// listener is a receiver that hands messages to a test.
type listener chan string

func (h listener) Update(_ thestral.Thestral, _, message string) {
	select {
	case h <- message:
	default: // nobody waits for it any more
	}
}

func (h listener) Next() []thestral.Thestral { return nil }
