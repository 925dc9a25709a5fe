package firenze_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/websocket"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// pack releases a session, and returns it as the text that travels.
func (r *rig) pack(id string) string {
	r.t.Helper()
	s, forget, err := r.Release(id)
	if err != nil {
		r.t.Fatal(err)
	}
	forget()
	text, err := json.Marshal(s)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

func (r *rig) unpack(text string) (firenze.Session, error) {
	var s firenze.Snapshot
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		r.t.Fatal(err)
	}
	return r.TakeUp(s)
}

// move carries a session to another rig.
func (r *rig) move(to *rig, session string) {
	r.t.Helper()
	if _, err := to.unpack(r.pack(idOf(session))); err != nil {
		r.t.Fatal(err)
	}
}

// bubbles runs a test with two rigs in fake time.
func bubbles(t *testing.T, options firenze.Options, test func(t *testing.T, a, b *rig)) {
	t.Helper()
	bubble(t, options, func(t *testing.T, a *rig) { test(t, a, newRig(t, options)) })
}

// TestMove: what was not confirmed comes again, what was is not kept, and all
// numbers go on.
func TestMove(t *testing.T) {
	bubbles(t, firenze.Options{Incoming: new(hall)}, func(t *testing.T, a, b *rig) {
		session := a.open()
		a.wantPost("/"+session+"?number=1", batchOf(1), http.StatusOK)
		a.tell(session, "1", "2")
		session = a.poll(session).want(0, "1", "2")
		a.tell(session, "3")
		lost := a.poll(session)
		lost.want(0, "3")

		a.move(b, session)
		if a.alive(session) || !b.alive(session) {
			t.Error("the session is not at one place, the new one")
		}
		b.tell(session, "4")
		b.wantPost("/"+session+"?number=1", batchOf(1), http.StatusOK) // which is not taken again
		b.wantPost("/"+session+"?number=3", batchOf(1), http.StatusConflict)
		session = b.poll(session).want(0, "3", "4")
		waits := b.poll(session)
		waits.wantWaiting()
		b.tell(session, "5")
		pass(0)
		waits.want(0, "5")

		if diff := cmp.Diff(firenze.Stats{Released: 1}, a.Stats()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(firenze.Stats{Sessions: 1, TakenUp: 1}, b.Stats()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestMoveAnswersWhoWaits: with nothing, and the same id.
func TestMoveAnswersWhoWaits(t *testing.T) {
	bubbles(t, firenze.Options{Delay: time.Second}, func(t *testing.T, a, b *rig) {
		session := a.open()
		waits := a.poll(session)
		pass(time.Second)
		a.move(b, session)
		synctest.Wait()
		next := waits.want(time.Second)
		if next != session {
			t.Errorf("the client is to go on with %q instead of %q", next, session)
		}
		b.tell(session, "1")
		pass(0)
		b.poll(next).want(0, "1")
	})
}

// TestElsewhere: what is said to a session object that moved is not lost.
func TestElsewhere(t *testing.T) {
	var told []string
	options := firenze.Options{Elsewhere: func(_ thestral.Thestral, id, path, message string) { told = append(told, id+" "+path+" "+message) }}
	bubble(t, options, func(t *testing.T, r *rig) {
		session := r.open()
		kept, _ := r.dolores.Lookup(idOf(session))
		kept.Update(nil, "p", "1")
		text := r.pack(idOf(session))
		kept.Update(nil, "p", "2")
		if diff := cmp.Diff([]string{idOf(session) + " p 2"}, told); diff != "" || strings.Contains(text, `"2"`) {
			t.Errorf("the snapshot is %s, and elsewhere (-want +got):\n%s", text, diff)
		}
		other := r.open()
		kept, _ = r.dolores.Lookup(idOf(other))
		r.End(idOf(other))
		if kept.Update(nil, "p", "3"); len(told) > 1 {
			t.Error("who is over is not elsewhere")
		}
	})
}

// TestMoveEndsStreams with what tells a client to come back, not that its session
// is over.
func TestMoveEndsStreams(t *testing.T) {
	eachStream(t, firenze.Options{}, func(c *walker, s transport) {
		l := c.follow(s, c.open())
		c.rig.tell(l.tell().session, "1", "2")
		l.want("1", "2")
		session := l.tell().session
		text := c.rig.pack(idOf(session))
		l.wantEnd(0, websocket.GoingAway, "1", "2")

		b := newRig(c.t, firenze.Options{})
		if _, err := b.unpack(text); err != nil {
			c.t.Fatal(err)
		}
		b.tell(session, "3")
		b.poll(session).want(0, "3")
	})
}

// TestAbsenceGoesOn: to move is no sign of life.
func TestAbsenceGoesOn(t *testing.T) {
	bubbles(t, firenze.Options{}, func(t *testing.T, a, b *rig) {
		session := a.open()
		pass(firenze.Absence - 2*firenze.Tick)
		a.move(b, session)
		pass(firenze.Tick)
		if !b.alive(session) {
			t.Error("the session ended too early")
		}
		pass(2 * firenze.Tick)
		if b.alive(session) {
			t.Error("the session lives on without its client")
		}
	})
}

// TestRelease tells why it can't.
func TestRelease(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		if r.HasKey(idOf(session), "KEY") || r.HasKey("id", "") || !r.HasKey(idOf(session), keyOf(session)) {
			t.Error("the key is not compared")
		}
		r.pack(idOf(session))
		if _, _, err := r.Release(idOf(session)); !errors.Is(err, firenze.ErrUnknown) {
			t.Errorf("to release it again gives %v", err)
		}
	})
	door := new(doorman)
	bubble(t, firenze.Options{Incoming: door}, func(t *testing.T, r *rig) {
		session := r.open()
		door.opened = func(thestral.Thestral) {
			if _, _, err := r.Release(idOf(session)); !errors.Is(err, firenze.ErrBusy) {
				t.Errorf("to release it while a post is handed on gives %v", err)
			}
		}
		r.wantPost("/"+session, batchOf(1), http.StatusOK)
		r.pack(idOf(session))
		r.wantPost("/"+session, batchOf(1), http.StatusNotFound)
	})
}

func keyOf(session string) string {
	_, token, _ := strings.Cut(session, "/")
	key, _, _ := strings.Cut(token, "-")
	return key
}

// A doorman calls a function with each sender.
type doorman struct{ opened func(thestral.Thestral) }

func (d *doorman) Update(sender thestral.Thestral, _, _ string) { d.opened(sender) }
func (*doorman) Next() []thestral.Thestral                      { return nil }

// TestTakeUpRefuses what no Firenze released, and what it has no room for, and
// keeps nothing of it.
func TestTakeUpRefuses(t *testing.T) {
	id := "a-" + strings.Repeat("X", 32) + "-1"
	for text, want := range map[string]string{
		`{}`:                            "no id",
		`{"id":"a","key":"K","last":0}`: "is no id",
		`{"id":"` + id + `","key":"K","confirmed":2,"last":1}`:                                       "contradict",
		`{"id":"` + id + `","key":"K","forgotten":2,"last":1}`:                                       "contradict",
		`{"id":"` + id + `","key":"K","sent":2,"last":1}`:                                            "contradict",
		`{"id":"` + id + `","key":"K","absent":-1}`:                                                  "contradict",
		`{"id":"` + id + `","key":"K","last":1,"messages":[{"number":2}]}`:                           "out of order",
		`{"id":"` + id + `","key":"K","last":2,"messages":[{"number":0}]}`:                           "out of order",
		`{"id":"` + id + `","key":"K","last":2,"messages":[{"number":2},{"number":2}]}`:              "out of order",
		`{"id":"` + id + `","key":"K","last":9,"messages":[{"number":1},{"number":2},{"number":3}]}`: "more to keep",
	} {
		bubble(t, firenze.Options{MaxMessages: 2}, func(t *testing.T, r *rig) {
			if _, err := r.unpack(text); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s gives %v, want %q in it", text, err, want)
			}
			if s := r.Stats(); s != (firenze.Stats{}) {
				t.Errorf("%s leaves %+v", text, s)
			}
		})
	}
	bubble(t, firenze.Options{MaxSessions: 1}, func(t *testing.T, r *rig) {
		if n := r.Room(); n != 1 {
			t.Errorf("there is room for %d", n)
		}
		session := r.open()
		if n := r.Room(); n != 0 {
			t.Errorf("there is room for %d", n)
		}
		text := r.pack(idOf(session))
		if _, err := r.unpack(text); err != nil {
			t.Errorf("its place is not free: %v", err)
		}
		if _, err := r.unpack(text); err == nil {
			t.Error("a session was taken up that there is no room for")
		}
	})
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		text := r.pack(idOf(r.open()))
		for _, want := range []bool{true, false} {
			if _, err := r.unpack(text); err == nil != want {
				t.Errorf("the same session twice gives %v", err)
			}
		}
		text = r.pack(idOf(r.open()))
		r.Drain()
		if _, err := r.unpack(text); err != nil {
			t.Errorf("a session that was on its way when all were let go gives %v", err)
		}
		r.Close()
		if _, err := r.unpack(text); err == nil {
			t.Error("a session was taken up by a Firenze that was closed")
		}
	})
}

// TestEnd: the client gets a new session, at once if it waits.
func TestEnd(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		waits := r.poll(session)
		r.End("nobody")
		r.End(idOf(session))
		synctest.Wait()
		r.poll(waits.want(0)).wantNew(session)
		if diff := cmp.Diff(firenze.Stats{Sessions: 1, Dismissed: 1}, r.Stats()); diff != "" {
			t.Error(diff)
		}
	})
}

// A ring of nodes whose sessions go wherever their clients ask for them.
type ring []*node

type node struct {
	*rig
	fetch func(id, key string) bool
}

func newRing(t testing.TB, n int, options firenze.Options) ring {
	nodes := make(ring, n)
	for i := range nodes {
		r := &node{rig: &rig{t: t}}
		r.fetch = func(id, key string) bool {
			for _, from := range nodes {
				if from.HasKey(id, key) {
					if from != r {
						from.move(r.rig, id)
					}
					return true
				}
			}
			return false
		}
		options.Fetch = func(_ context.Context, id, key string) (bool, error) { return r.fetch(id, key), nil }
		r.dolores, _ = dolores.New(fmt.Sprint("node", i))
		r.pig = pig.New(r.dolores, pig.Options{})
		r.dolores.Delegate(r.pig)
		r.Firenze = firenze.New(r.dolores, options)
		t.Cleanup(r.Close)
		nodes[i] = r
	}
	return nodes
}

// tell gives a message to a session, wherever it is.
func (nodes ring) tell(t testing.TB, session, message string) {
	i := slices.IndexFunc(nodes, func(r *node) bool { return r.alive(session) })
	if i < 0 {
		t.Fatalf("session %s is nowhere", idOf(session))
	}
	nodes[i].tell(session, message)
}

// TestFetch: a client goes from node to node at random, over polls that wait, are
// given up or whose answers are lost, while messages come. It misses nothing, gets
// nothing twice, and keeps its id.
func TestFetch(t *testing.T) {
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 1))
			nodes := newRing(t, 3, firenze.Options{MaxMessages: 200})
			session := nodes[0].open()
			id := idOf(session)
			sent, got := 0, 0
			var waits *poll
			for range 300 {
				switch chance.IntN(4) {
				case 0:
					sent++
					nodes.tell(t, session, fmt.Sprint(sent))
				case 1:
					pass(time.Second)
				default:
					waits = nodes[chance.IntN(len(nodes))].poll(session)
					if chance.IntN(5) == 0 {
						waits.cancel()
						pass(0)
						waits = nil
					}
				}
				synctest.Wait()
				if waits == nil || waits.waits() {
					continue
				}
				answer := read(t, waits.w)
				waits = nil
				if idOf(answer.ReconnectWith) != id {
					t.Fatalf("seed %d: the client got another session", seed)
				}
				if chance.IntN(3) == 0 {
					continue // the answer is lost
				}
				for _, u := range answer.Updates {
					if got++; u.Message != fmt.Sprint(got) {
						t.Fatalf("seed %d: message %s came instead of %d", seed, u.Message, got)
					}
				}
				session = answer.ReconnectWith
			}
			answer := read(t, nodes[1].ask("GET", "/"+session))
			if got+len(answer.Updates) != sent {
				t.Fatalf("seed %d: %d messages of %d came", seed, got+len(answer.Updates), sent)
			}
		})
	}
}

// TestFetchAtOnce: requests find a session while others fetch it away, and it stays
// the same one.
func TestFetchAtOnce(t *testing.T) {
	var moving sync.Mutex
	nodes := newRing(t, 3, firenze.Options{Hold: 5 * time.Millisecond})
	for _, r := range nodes {
		fetch := r.fetch
		r.fetch = func(id, key string) bool {
			moving.Lock()
			defer moving.Unlock()
			return fetch(id, key)
		}
	}
	session := nodes[0].open()
	var asking sync.WaitGroup
	for i := range 4 {
		asking.Go(func() {
			chance := rand.New(rand.NewPCG(uint64(i), 2))
			for range 300 {
				w := nodes[chance.IntN(len(nodes))].ask("GET", "/"+session)
				if got := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(got, idOf(session)) {
					t.Errorf("session %s was answered %d %s", idOf(session), w.Code, got)
					return
				}
			}
		})
	}
	asking.Wait()
}

// TestFetchIsAskedForUnknownIDs alone, by every door, and not while all go home.
func TestFetchIsAskedForUnknownIDs(t *testing.T) {
	var asked []string
	options := firenze.Options{Incoming: new(hall), Fetch: func(_ context.Context, id, key string) (bool, error) {
		asked = append(asked, id+" "+key)
		return false, nil
	}}
	bubble(t, options, func(t *testing.T, r *rig) {
		session := r.open()
		r.tell(session, "1")
		r.ask("GET", "/"+session)
		r.ask("DELETE", "/"+idOf(session)+"/WRONG-0")
		if len(asked) > 0 {
			t.Errorf("a session that is here was asked for: %q", asked)
		}
		r.wantPost("/x-1/K-0", batchOf(1), http.StatusNotFound)
		r.ask("GET", "/x-2/K-7")
		r.ask("DELETE", "/x-3/K-0")
		r.ask("GET", "/x-4/KEY")
		if diff := cmp.Diff([]string{"x-1 K", "x-2 K", "x-3 K", "x-4 KEY"}, asked); diff != "" {
			t.Error(diff)
		}
		r.Drain()
		r.wantPost("/x-1/K-0", batchOf(1), http.StatusServiceUnavailable) // it is elsewhere, perhaps
		if w := r.ask("GET", "/x-5/K-0"); w.Code != http.StatusServiceUnavailable || len(asked) > 4 {
			t.Errorf("a server that goes down answers %d, and asked for %q", w.Code, asked[4:])
		}
	})
}

// TestFetchNotNow: a session that is elsewhere, and can't be had, is not given up.
func TestFetchNotNow(t *testing.T) {
	options := firenze.Options{Incoming: new(hall), Fetch: func(context.Context, string, string) (bool, error) { return false, errors.New("not now") }}
	bubble(t, options, func(t *testing.T, r *rig) {
		for _, accept := range []string{"", "text/event-stream"} {
			w, request := httptest.NewRecorder(), httptest.NewRequest("GET", "/x-1/K-0", nil)
			request.Header.Set("Accept", accept)
			if r.ServeHTTP(w, request); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
				t.Errorf("%q is answered %d %v", accept, w.Code, w.Header())
			}
		}
		r.wantPost("/x-1/K-0", batchOf(1), http.StatusServiceUnavailable)
		if n := r.Stats().Sessions; n != 0 {
			t.Errorf("%d sessions began", n)
		}
	})
}

// FuzzTakeUp: what is taken up is a session that works.
func FuzzTakeUp(f *testing.F) {
	id := "a-" + strings.Repeat("X", 32) + "-1"
	f.Add(`{"id":"` + id + `","key":"K","began":"2020-01-01T00:00:00Z","confirmed":1,"forgotten":0,"sent":2,"last":3,"messages":[{"number":2,"path":"p","message":"m"},{"number":3,"path":"","message":"\u0000"}]}`)
	f.Add(`{"id":"` + id + `","key":"K","latest":true,"last":18446744073709551615,"posts":7,"absent":9223372036854775807}`)
	f.Fuzz(func(t *testing.T, text string) {
		var s firenze.Snapshot
		if json.Unmarshal([]byte(text), &s) != nil {
			return
		}
		r := newRig(t, firenze.Options{})
		session, err := r.TakeUp(s)
		if err != nil {
			return
		}
		again, forget, err := r.Release(session.ID())
		if errors.Is(err, firenze.ErrUnknown) {
			return // it was away for too long
		}
		if err != nil {
			t.Fatal(err)
		}
		forget()
		again.Absent, again.Began = s.Absent, s.Began
		if diff := cmp.Diff(s.Messages, again.Messages, cmp.Comparer(func(a, b []firenze.Message) bool { return slices.Equal(a, b) })); diff != "" {
			t.Errorf("the messages changed (-before +after):\n%s", diff)
		}
		if again.Last != s.Last || again.Confirmed != s.Confirmed || again.Posts != s.Posts {
			t.Errorf("%+v became %+v", s, again)
		}
	})
}
