package firenze_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// numbers are the messages from first to last.
func numbers(first, last int) (messages []string) {
	for i := first; i <= last; i++ {
		messages = append(messages, strconv.Itoa(i))
	}
	return messages
}

// frameSize is how long a message of path "p" is in JSON, without the message.
const frameSize = len(`{"path":"p","message":""}`)

// overflows are messages that just fit into a session, and one more that does
// not.
var overflows = map[string]struct {
	options firenze.Options
	fit     []string
	more    string
}{
	"messages":         {firenze.Options{MaxMessages: 3}, numbers(1, 3), "4"},
	"one message":      {firenze.Options{MaxMessages: 1}, numbers(1, 1), "2"},
	"default messages": {firenze.Options{}, numbers(1, firenze.MaxMessages), "x"},
	"bytes":            {firenze.Options{MaxBytes: 3 * (frameSize + 1)}, numbers(1, 3), ""},
	"one byte":         {firenze.Options{MaxBytes: 4*frameSize + 3}, append(numbers(1, 3), ""), ""},
	"default bytes":    {firenze.Options{}, []string{strings.Repeat("m", firenze.MaxBytes-frameSize)}, ""},
	"bytes of JSON":    {firenze.Options{MaxBytes: frameSize + 6}, []string{"\x01"}, ""},
	"too long":         {firenze.Options{MaxBytes: frameSize + 5}, nil, "\x01"},
}

// TestOverflow: what fits arrives whole. With one more the session is over as a
// whole, not one message of it is given out any more, the registry is told, and
// the client gets another id.
func TestOverflow(t *testing.T) {
	for name, c := range overflows {
		t.Run(name, func(t *testing.T) {
			bubble(t, c.options, func(t *testing.T, r *rig) {
				var gone thestraltest.Recorder
				r.pig.On(thestral.Gone, &gone)
				session := r.open()
				r.tell(session, c.fit...)
				if len(c.fit) > 0 {
					r.poll(session).want(0, c.fit...)
				}
				r.tell(session, c.more)
				fresh := r.poll(session).wantNew(session)
				pass(firenze.Tick)
				if diff := cmp.Diff([]string{idOf(session)}, gone.Messages(thestral.Gone)); diff != "" {
					t.Errorf("gone (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(firenze.Stats{Sessions: 1, Overflowed: 1}, r.Stats()); diff != "" {
					t.Errorf("stats (-want +got):\n%s", diff)
				}
				r.poll(session).wantNew(session)
				r.poll(fresh).wantWaiting() // it has nothing of the old one
			})
		})
	}
}

// TestConfirmedMessagesMakeRoom: only what is not confirmed counts.
func TestConfirmedMessagesMakeRoom(t *testing.T) {
	for name, options := range map[string]firenze.Options{
		"messages": {MaxMessages: 3},
		"bytes":    {MaxBytes: 3 * (frameSize + 1)},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, options, func(t *testing.T, r *rig) {
				session := r.open()
				for range 10 {
					r.tell(session, "1", "2")
					next := r.poll(session).want(0, "1", "2")
					r.tell(session, "3")
					session = r.poll(next).want(0, "3")
					r.poll(session).wantWaiting()
				}
				if got := r.Stats().Overflowed; got != 0 {
					t.Errorf("%d overflowed", got)
				}
			})
		})
	}
}

// TestOverflowTellsThePoll that waits: it is answered at once, with nothing.
func TestOverflowTellsThePoll(t *testing.T) {
	bubble(t, firenze.Options{MaxBytes: frameSize}, func(t *testing.T, r *rig) {
		session := r.open()
		p := r.poll(session)
		pass(time.Second)
		r.tell(session, "x")
		pass(0)
		next := p.want(time.Second)
		r.poll(next).wantNew(session)
	})
}

// TestOverflowedSessionKeepsNothing that comes later.
func TestOverflowedSessionKeepsNothing(t *testing.T) {
	bubble(t, firenze.Options{MaxMessages: 1}, func(t *testing.T, r *rig) {
		session := r.open()
		r.tell(session, "1", "2", "3")
		r.poll(session).wantNew(session)
	})
}

// wantFull checks whether one more session finds a place.
func (r *rig) wantFull(full bool) {
	r.t.Helper()
	w := r.ask("GET", "/")
	switch {
	case !full:
		read(r.t, w)
	case w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5":
		r.t.Errorf("answered %d %s with %v, there is no place left", w.Code, w.Body, w.Header())
	case w.Body.String() != `{"error":"there are as many sessions as there may be, try again later"}`:
		r.t.Errorf("the body is %s", w.Body)
	}
}

func TestMaxSessions(t *testing.T) {
	for _, c := range []struct{ option, want int }{{1, 1}, {3, 3}, {0, firenze.DefaultMaxSessions}} {
		if c.option == 0 && testenv.Race() && !testenv.Full() {
			continue // it takes its time
		}
		bubble(t, firenze.Options{MaxSessions: c.option, Absence: time.Hour}, func(t *testing.T, r *rig) {
			var session string
			for range c.want {
				session = r.open()
			}
			r.wantFull(true)
			if got := r.Stats().Sessions; got != c.want {
				t.Errorf("%d sessions instead of %d", got, c.want)
			}
			if w := r.ask("GET", "/nobody/x-1"); w.Code != http.StatusServiceUnavailable {
				t.Errorf("an unknown id is answered %d", w.Code)
			}
			r.tell(session, "1")
			r.poll(session).want(0, "1") // those who are in stay in
		})
	}
}

// TestPlacesAreFreed by sessions that end: at once, or at the next tick.
func TestPlacesAreFreed(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(r *rig, session string)
		after time.Duration
	}{
		"good-bye": {func(r *rig, session string) { r.ask("DELETE", "/"+session) }, 0},
		"absence":  {func(*rig, string) { pass(firenze.Absence - 1) }, firenze.Tick + 1},
		"overflow": {func(r *rig, session string) { r.tell(session, "1", "2") }, firenze.Tick},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, firenze.Options{MaxSessions: 1, MaxMessages: 1}, func(t *testing.T, r *rig) {
				for range 3 {
					session := r.open()
					r.wantFull(true)
					c.end(r, session)
					pass(c.after)
				}
				r.wantFull(false)
				r.wantFull(true)
			})
		})
	}
}

// TestPlaceIsFreedOnce, however often and by whomever a session is ended.
func TestPlaceIsFreedOnce(t *testing.T) {
	bubble(t, firenze.Options{MaxSessions: 2, MaxMessages: 1}, func(t *testing.T, r *rig) {
		a, b := r.open(), r.open()
		r.tell(a, "1", "2")
		for range 3 {
			r.ask("DELETE", "/"+a)
			r.ask("POST", "/"+a+"/bye")
		}
		pass(2 * firenze.Tick)
		if diff := cmp.Diff(firenze.Stats{Sessions: 1, Overflowed: 1}, r.Stats()); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
		r.wantFull(false)
		r.wantFull(true)
		r.poll(b).wantWaiting()
	})
}

// TestEndedByManyAtOnce is ended once.
func TestEndedByManyAtOnce(t *testing.T) {
	const sessions = 2000
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		for range sessions {
			session := r.open()
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() { r.ask("DELETE", "/"+session) })
			}
			all.Wait()
		}
		if diff := cmp.Diff(firenze.Stats{Left: sessions}, r.Stats()); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
	})
}
