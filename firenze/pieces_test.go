package firenze_test

import (
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// connect says that a session hears path.
func (r *rig) connect(session, path string) {
	r.dolores.Update(nil, thestral.Connect, thestral.JoinConnection(idOf(session), path))
}

// TestWithDoloresAndPig is the whole way of a message.
func TestWithDoloresAndPig(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		p := r.poll(session)
		r.connect(session, "my/data")
		pass(0)
		session = p.want(0, "")
		p = r.poll(session)
		r.dolores.Update(nil, "your/data", "0")
		r.dolores.Update(nil, "my/data", "1")
		pass(0)
		session = p.want(0, "1")
		r.dolores.Update(nil, "my/data", "2")
		r.dolores.Update(nil, thestral.Disconnect, thestral.JoinConnection(idOf(session), "my/data"))
		r.dolores.Update(nil, "my/data", "3")
		got := read(t, r.ask("GET", "/"+session)).Updates
		want := updates("my/data", "2", thestral.Disconnected, "my/data")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("updates (-want +got):\n%s", diff)
		}
	})
}

// TestOrderOfManySenders: each sender's messages come in its order, whoever
// else sends meanwhile.
func TestOrderOfManySenders(t *testing.T) {
	const senders, each = 8, 100
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		r.connect(session, "shared")
		var all sync.WaitGroup
		for i := range senders {
			all.Go(func() {
				for n := range each {
					r.dolores.Update(nil, "shared", fmt.Sprint(i, " ", n))
					time.Sleep(time.Millisecond)
				}
			})
		}
		next := [senders]int{}
		for seen := 0; seen < senders*each; {
			a := read(t, r.ask("GET", "/"+session))
			if len(a.Updates) == 0 {
				t.Fatalf("%d of %d messages came", seen, senders*each)
			}
			session = a.ReconnectWith
			for _, u := range a.Updates {
				var i, n int
				if _, err := fmt.Sscan(u.Message, &i, &n); err != nil {
					continue // it is the empty one
				}
				if n != next[i] {
					t.Fatalf("sender %d: %d came instead of %d", i, n, next[i])
				}
				next[i]++
				seen++
			}
		}
		all.Wait()
	})
}

// TestRules runs a session through the rules of every Thestral. It was opened
// before, because a bubble of the suite ends sooner than its absence.
func TestRules(t *testing.T) {
	r := newRig(t, firenze.Options{})
	session, _ := r.dolores.Lookup(idOf(r.open()))
	thestraltest.Run(t, thestraltest.Suite{
		Leaf: true,
		New:  func(...thestral.Thestral) thestral.Thestral { return session },
	})
}

// TestIsPrompt: a session is called directly, without a queue.
func TestIsPrompt(t *testing.T) {
	r := newRig(t, firenze.Options{})
	session, _ := r.dolores.Lookup(idOf(r.open()))
	if thestral.Prompted(session) != session {
		t.Error("a session gets a queue")
	}
}

// TestSenderIsNotAnswered: there is nobody to answer for a client, and a nil
// sender is fine.
func TestSenderIsNotAnswered(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		var sender thestraltest.Recorder
		session := r.open()
		to, _ := r.dolores.Lookup(idOf(session))
		to.Update(&sender, "p", "1")
		r.poll(session).want(0, "1")
		if got := sender.Updates(); len(got) != 0 {
			t.Errorf("the sender was answered %v", got)
		}
	})
}

// TestNothingIsLeft of sessions that expired, overflowed or said good-bye: not
// with Dolores, and not with Pig.
func TestNothingIsLeft(t *testing.T) {
	bubble(t, firenze.Options{MaxMessages: 10}, func(t *testing.T, r *rig) {
		for i := range 90 {
			session := r.open()
			r.connect(session, "shared")
			r.connect(session, "own/"+strconv.Itoa(i))
			r.dolores.Update(nil, thestral.Match, thestral.JoinConnection(idOf(session), "pattern/*"))
			switch i % 3 {
			case 0:
				r.tell(session, numbers(1, 10)...)
			case 1:
				r.ask("DELETE", "/"+session)
			}
		}
		pass(firenze.Absence + firenze.Tick)
		if diff := cmp.Diff(firenze.Stats{Left: 30, StayedAway: 30, Overflowed: 30}, r.Stats()); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(dolores.Stats{Ever: 90}, r.dolores.Stats()); diff != "" {
			t.Errorf("Dolores (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(pig.Stats{}, r.pig.Stats()); diff != "" {
			t.Errorf("Pig (-want +got):\n%s", diff)
		}
	})
}

// TestBornAndGone: sessions that come and go leave no memory behind.
func TestBornAndGone(t *testing.T) {
	count := 5000
	if testenv.Full() {
		count = 1_000_000
	}
	r := newRig(t, firenze.Options{})
	live := func(sessions int) uint64 {
		for i := range sessions {
			session := r.open()
			r.connect(session, "shared")
			r.connect(session, "own/"+strconv.Itoa(i))
			r.ask("DELETE", "/"+session)
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := live(1000)
	if after := live(count); after > before+1<<20 {
		t.Errorf("after %d sessions the heap grew by %d bytes", count, after-before)
	}
	if s, d, p := r.Stats().Sessions, r.dolores.Stats().Registered, r.pig.Stats(); s != 0 || d != 0 || p != (pig.Stats{}) {
		t.Errorf("%d sessions are left, %d with Dolores, %+v with Pig", s, d, p)
	}
}

// A direct receiver is called from inside the Update of the piece before it.
type direct func(path, message string)

func (d direct) Update(_ thestral.Thestral, path, message string) { d(path, message) }
func (direct) Next() []thestral.Thestral                          { return nil }

// TestOverflowFromInside: sessions overflow while Pig hands out an update, and
// what hears of it, or hears the same path, sends more to them at once. Nobody
// waits for anybody: a lock that is held would stop the bubble for ever.
func TestOverflowFromInside(t *testing.T) {
	bubble(t, firenze.Options{MaxMessages: 2}, func(t *testing.T, r *rig) {
		var sessions []string
		for range 10 {
			session := r.open()
			r.connect(session, "shared")
			r.poll(session).want(0, "")
			sessions = append(sessions, session)
		}
		depth := 0
		r.pig.On("shared", direct(func(path, message string) {
			if depth++; depth < 5 {
				r.dolores.Update(nil, path, message+"'")
			}
		}))
		gone := 0
		r.pig.On(thestral.Gone, direct(func(_, id string) {
			gone++
			r.dolores.Update(nil, "shared", id)
			r.ask("GET", "/"+sessions[0])
			r.ask("DELETE", "/"+sessions[1])
			r.Stats()
		}))
		r.dolores.Update(nil, "shared", "1")
		for _, session := range sessions {
			r.poll(session).wantNew(session)
		}
		pass(firenze.Tick)
		if gone != len(sessions) {
			t.Errorf("%d of %d sessions are gone", gone, len(sessions))
		}
	})
}
