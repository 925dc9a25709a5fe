package nats

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// three builds three nodes around one NATS server.
func three(t *testing.T) (a, b, c *house) {
	url := startNATS(t, 0).ClientURL()
	var all sync.WaitGroup
	all.Go(func() { a = build(t, "a", url) })
	all.Go(func() { b = build(t, "b", url) })
	all.Go(func() { c = build(t, "c", url) })
	all.Wait()
	return a, b, c
}

func wantMessages(t *testing.T, got *thestraltest.Recorder, path string, want ...string) {
	t.Helper()
	testenv.Eventually(t, fmt.Sprintf("%q on %s instead of %q", want, path, got.Messages(path)), func() bool { return len(got.Messages(path)) >= len(want) })
	if diff := cmp.Diff(want, got.Messages(path)); diff != "" {
		t.Errorf("the messages of %s (-want +got):\n%s", path, diff)
	}
}

func TestUpdateReachesAllNodes(t *testing.T) {
	t.Parallel()
	a, b, c := three(t)
	houses := []*house{a, b, c}
	const path = "shop/tea/größe.*>%/"
	var all []*thestraltest.Recorder
	for _, h := range houses {
		id, got := h.member()
		h.say(t, thestral.Connect, id+"->"+path)
		all = append(all, got)
	}
	for i, h := range houses {
		h.dolores.Update(nil, path, fmt.Sprint(i))
		for _, got := range all {
			testenv.Eventually(t, "the next", func() bool { return len(got.Messages(path)) == i+2 })
		}
	}
	for _, got := range all {
		wantMessages(t, got, path, "", "0", "1", "2")
	}
}

// TestOnlyWhereSomebodyHears: NATS sends an update only to nodes with a receiver.
func TestOnlyWhereSomebodyHears(t *testing.T) {
	t.Parallel()
	a, b, c := three(t)
	id, got := b.member()
	b.say(t, thestral.Connect, id+"->x")
	wantMessages(t, got, "x", "")
	a.say(t, "x", "1")
	wantMessages(t, got, "x", "", "1")
	b.say(t, thestral.Disconnect, id+"->x")
	testenv.Eventually(t, "the end of the subscription", func() bool { return b.Stats().Listening == 0 })
	a.say(t, "x", "2")
	c.flush(t)
	b.flush(t)
	if n := b.Stats().Received; n != 1 {
		t.Errorf("the node with a receiver got %d updates", n)
	}
	if n := c.Stats().Received; n != 0 {
		t.Errorf("a node without a receiver got %d updates", n)
	}
	wantMessages(t, got, "x", "", "1")
}

// TestOnceHoweverHeard: by a path, patterns and a local receiver at the same time.
func TestOnceHoweverHeard(t *testing.T) {
	t.Parallel()
	a, b, _ := three(t)
	id, got := b.member()
	other, too := b.member()
	for _, c := range []string{"::connect " + id + "->a/b", "::match " + id + "->a/*", "::match " + id + "->**", "::connect " + other + "->a/b"} {
		path, message, _ := strings.Cut(c, " ")
		b.say(t, path, message)
	}
	var local thestraltest.Recorder
	defer b.pig.On("a/**", &local)()
	b.flush(t)
	for i := range 100 {
		a.dolores.Update(nil, "a/b", fmt.Sprint(i))
	}
	a.say(t, "a/b", "end")
	for _, r := range []*thestraltest.Recorder{got, too, &local} {
		testenv.Eventually(t, "the last", func() bool { m := r.Messages("a/b"); return len(m) > 0 && m[len(m)-1] == "end" })
		count := 0
		for _, m := range r.Messages("a/b") {
			if m != "" {
				if m != "end" && m != fmt.Sprint(count) {
					t.Fatalf("message %d is %q", count, m)
				}
				count++
			}
		}
		if count != 101 {
			t.Errorf("%d messages came instead of 101", count)
		}
	}
}

// TestControlGoesToTheNodeOfTheID, whichever node is told.
func TestControlGoesToTheNodeOfTheID(t *testing.T) {
	t.Parallel()
	a, b, c := three(t)
	id, got := b.member()
	a.dolores.Update(nil, thestral.Connect, id+"->x")
	wantMessages(t, got, "x", "")
	c.dolores.Update(nil, thestral.Match, id+"->y/*")
	wantMessages(t, got, "y/*", "")
	c.say(t, "y/1", "hello")
	wantMessages(t, got, "y/1", "hello")
	a.dolores.Update(nil, thestral.Disconnect, id+"->x")
	wantMessages(t, got, thestral.Disconnected, "x")
	a.dolores.Update(nil, thestral.Unmatch, id+"->y/*")
	wantMessages(t, got, thestral.Disconnected, "x", "y/*")
	if n := a.pig.Stats().Refused + c.pig.Stats().Refused; n != 0 {
		t.Errorf("other Pigs refused %d", n)
	}
}

// TestForgedControl: what only Dolores may say is not believed from another node.
func TestForgedControl(t *testing.T) {
	t.Parallel()
	a, b, _ := three(t)
	id, got := b.member()
	b.say(t, thestral.Connect, id+"->x")
	var mine thestraltest.Recorder
	b.pig.On("::mine", &mine)
	for _, path := range []string{thestral.Gone, thestral.Register, "::mine"} {
		a.sendTo(id, obeyVerb, nil, path+"\n"+id)
	}
	a.say(t, "x", "still here")
	wantMessages(t, got, "x", "", "still here")
	if all := mine.Updates(); len(all) > 0 {
		t.Errorf("%v came from another node", all)
	}
}

// TestUnknownIDs: one that is nowhere changes nothing, and is refused where only
// this node can have it.
func TestUnknownIDs(t *testing.T) {
	t.Parallel()
	url := startNATS(t, 0).ClientURL()
	a := build(t, "a", url)
	a.say(t, thestral.Connect, "a-GONE-1->x")
	if n := a.pig.Stats().Refused; n != 1 {
		t.Errorf("alone, the Pig refused %d", n)
	}
	a.say(t, thestral.Connect, "nonsense->x")
	if n := a.pig.Stats().Refused; n != 2 {
		t.Errorf("of nonsense, the Pig refused %d", n)
	}
	b := build(t, "b", url)
	testenv.Eventually(t, "the other", func() bool { return len(a.Nodes()) == 1 })
	a.say(t, thestral.Connect, "b-GONE-1->x")
	testenv.Eventually(t, "the message", func() bool { return b.Stats().Unknown == 1 })
	if n := b.pig.Stats().Connections; n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// session is a receiver that knows its id, as those of Firenze do.
type session struct {
	thestraltest.Recorder
	id string
}

func (s *session) ID() string { return s.id }

func TestSendersCanBeAnswered(t *testing.T) {
	t.Parallel()
	a, b, _ := three(t)
	s := &session{}
	s.id = a.dolores.Register(s)
	answered := make(chan string, 1)
	b.pig.On("question", thestral.Func(func(sender thestral.Thestral, _, message string) {
		answered <- sender.(interface{ ID() string }).ID()
		sender.Update(nil, "answer", message+"\n42")
	}))
	b.flush(t)
	a.dolores.Update(s, "question", "why")
	if id := <-answered; id != s.id {
		t.Errorf("the sender is %q instead of %q", id, s.id)
	}
	wantMessages(t, &s.Recorder, "answer", "why\n42")
	nobody := make(chan bool, 1)
	b.pig.On("statement", thestral.Func(func(sender thestral.Thestral, _, _ string) { nobody <- sender == nil }))
	b.flush(t)
	a.dolores.Update(nil, "statement", "")
	if !<-nobody {
		t.Error("there is a sender where there was none")
	}
}

// TestAdopted: an id that another node took in is found there, by messages and
// answers.
func TestAdopted(t *testing.T) {
	t.Parallel()
	a, b, c := three(t)
	const id = "c-MOVED-1"
	var got thestraltest.Recorder
	b.adopted.Store(id, &got)
	b.Update(b.dolores, thestral.Register, id)
	b.flush(t)
	a.dolores.Update(nil, thestral.Connect, id+"->x")
	wantMessages(t, &got, "x", "")
	c.say(t, "x", "1")
	wantMessages(t, &got, "x", "", "1")
	distant{c.Node, id}.Update(nil, "answer", "found")
	wantMessages(t, &got, "answer", "found")
	b.adopted.Delete(id)
	b.Update(b.dolores, thestral.Gone, id)
	testenv.Eventually(t, "the end of the subscriptions", func() bool { return b.Stats().Listening == 0 })
}

func TestOrderOfManySenders(t *testing.T) {
	t.Parallel()
	a, b, c := three(t)
	const senders, each = 8, 2000
	id, got := c.member()
	c.say(t, thestral.Match, id+"->from/*")
	for _, h := range []*house{a, b} {
		for s := range senders {
			go func() {
				for i := range each {
					h.dolores.Update(nil, fmt.Sprintf("from/%s%d", h.name, s), fmt.Sprint(i))
				}
			}()
		}
	}
	for _, h := range []*house{a, b} {
		for s := range senders {
			path := fmt.Sprintf("from/%s%d", h.name, s)
			testenv.Eventually(t, "all of "+path, func() bool { return len(got.Messages(path)) >= each })
			for i, m := range got.Messages(path) {
				if m != fmt.Sprint(i) {
					t.Fatalf("message %d of %s is %s", i, path, m)
				}
			}
		}
	}
}

// TestNoLoops: what two nodes hear of each other stays where it is.
func TestNoLoops(t *testing.T) {
	t.Parallel()
	a, b, _ := three(t)
	var atA, atB thestraltest.Recorder
	a.pig.On("**", &atA)
	b.pig.On("**", &atB)
	a.flush(t)
	b.flush(t)
	a.say(t, "x", "1")
	b.say(t, "x", "2")
	wantMessages(t, &atA, "x", "1", "2")
	testenv.Eventually(t, "both", func() bool { return len(atB.Messages("x")) == 2 })
	a.flush(t)
	b.flush(t)
	if a.Stats().Sent != 1 || b.Stats().Sent != 1 {
		t.Errorf("%d and %d updates were sent", a.Stats().Sent, b.Stats().Sent)
	}
}

// TestLimits: what is too long stays here, and the longest arrives.
func TestLimits(t *testing.T) {
	t.Parallel()
	a, b, _ := three(t)
	longest := strings.Repeat("\xff", thestral.MaxPath)
	var got thestraltest.Recorder
	b.pig.On("**", &got)
	b.pig.On(strings.Repeat("/", thestral.MaxPath), &got)
	b.flush(t)
	a.dolores.Update(nil, longest+"x", "1")
	a.dolores.Update(nil, longest, "2")
	a.dolores.Update(nil, "x", strings.Repeat("m", thestral.MaxMessage+1))
	a.dolores.Update(nil, "x", strings.Repeat("m", thestral.MaxMessage))
	a.say(t, strings.Repeat("/", thestral.MaxPath), "3")
	wantMessages(t, &got, longest, "2")
	wantMessages(t, &got, strings.Repeat("/", thestral.MaxPath), "3", "3")
	if m := got.Messages("x"); len(m) != 1 || len(m[0]) != thestral.MaxMessage {
		t.Errorf("%d messages came", len(m))
	}
	if n := a.Stats().Refused; n != 2 {
		t.Errorf("%d were refused", n)
	}
}

func TestGoodbye(t *testing.T) {
	t.Parallel()
	a, b, c := three(t)
	id, got := a.member()
	a.say(t, thestral.Connect, id+"->x")
	for i := range 1000 {
		c.dolores.Update(nil, "x", fmt.Sprint(i))
	}
	c.Close()
	testenv.Eventually(t, "the last", func() bool { return len(got.Messages("x")) == 1001 })
	for _, h := range []*house{a, b} {
		testenv.Eventually(t, "the good-bye", func() bool { return h.peers.known() == 1 })
		if n := h.Stats().Gaps; n != 0 {
			t.Errorf("node %s takes good-bye for a loss", h.name)
		}
	}
}

// TestAlone: without NATS a node serves its own, nobody waits, and when NATS comes
// whoever was there begins anew.
func TestAlone(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	told := make(chan struct{}, 9)
	began := time.Now()
	a := build(t, "a", fmt.Sprintf("nats://127.0.0.1:%d", port), func(o *Options) { o.Missed = func() { told <- struct{}{} } })
	if waited := time.Since(began); waited > 4*joinPatience {
		t.Errorf("Join waits for %v", waited)
	}
	id, got := a.member()
	a.dolores.Update(nil, thestral.Connect, id+"->x")
	a.dolores.Update(nil, "x", "1")
	wantMessages(t, got, "x", "", "1")
	if err := a.Flush(t.Context()); err != ErrApart {
		t.Errorf("Flush says %v", err)
	}
	startNATS(t, port)
	<-told
	a.flush(t)
}

func TestWrongOptions(t *testing.T) {
	for _, o := range []Options{
		{Name: "", URL: "nats://localhost:4222"}, {Name: "a b", URL: "nats://localhost:4222"},
		{Name: "a", URL: ""}, {Name: "a", URL: "localhost"}, {Name: "a", URL: "http://localhost:4222"}, {Name: "a", URL: "nats://a:1,nonsense"},
	} {
		if n, err := Join(nil, pig.New(nil, pig.Options{}), o); err == nil {
			n.Close()
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestRules runs a node that is not joined through the rules of package thestral.
func TestRules(t *testing.T) {
	thestraltest.Run(t, thestraltest.Suite{New: func(receivers ...thestral.Thestral) thestral.Thestral {
		d := new(dolores.Dolores)
		owl := pig.New(d, pig.Options{})
		n := newNode(d, owl, Options{Name: "a", To: owl})
		for _, r := range receivers {
			owl.On(thestraltest.Path, r)
		}
		return n
	}})
}

// TestUpdateDoesNotWait, although nothing takes what is sent.
func TestUpdateDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		owl := pig.New(nil, pig.Options{})
		n := newNode(nil, owl, Options{Name: "a", To: owl})
		for range keptLetters + 1 {
			n.Update(nil, "x", "message")
		}
		if kept := n.outbox.stock().letters; kept != keptLetters {
			t.Errorf("%d are kept", kept)
		}
	})
}
