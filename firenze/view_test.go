package firenze_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
)

// view wants that there is a session, and what is told of it beside its id.
func (r *rig) view(session string) firenze.View {
	r.t.Helper()
	v, ok := r.Session(idOf(session))
	if !ok || v.ID != idOf(session) {
		r.t.Fatalf("session %s is viewed as %+v, %v", idOf(session), v, ok)
	}
	v.ID = ""
	return v
}

func TestView(t *testing.T) {
	bubble(t, firenze.Options{MaxMessages: 7, MaxBytes: 900}, func(t *testing.T, r *rig) {
		began := time.Now()
		s := r.open()
		want := firenze.View{Began: began, MaxMessages: 7, MaxBytes: 900}
		pass(2 * time.Second)
		if diff := cmp.Diff(want, r.view(s)); diff != "" {
			t.Errorf("a new session (-want +got):\n%s", diff)
		}
		p := r.poll(s)
		if v := r.view(s); v.Transport != firenze.LongPoll {
			t.Errorf("a poll waits, but the transport is %v", v.Transport)
		}
		p.cancel()
		synctest.Wait()
		r.tell(s, "one", "two")
		want.Messages, want.Bytes = 2, 2*len(`{"path":"p","message":"one"}`)
		if diff := cmp.Diff(want, r.view(s)); diff != "" {
			t.Errorf("a session with messages (-want +got):\n%s", diff)
		}
		if _, key, _ := strings.Cut(s, "/"); strings.Contains(fmt.Sprintf("%+v", r.view(s)), key[:10]) {
			t.Error("the key is in the view")
		}
	})
}

// TestViewOfAStream: what it wrote does not wait, although it is kept.
func TestViewOfAStream(t *testing.T) {
	names := map[string]firenze.Transport{"events": firenze.ServerSentEvents, "WebSocket": firenze.WebSocket}
	eachStream(t, firenze.Options{MaxMessages: 3}, func(c *walker, s transport) {
		l := c.follow(s, c.open())
		for range 5 {
			c.rig.tell(l.tell().session, "kept")
			synctest.Wait()
		}
		session := l.tell().session
		if v := c.view(session); v.Transport != names[s.name] || v.Messages != 0 || v.Bytes != 0 {
			c.t.Errorf("a stream that wrote all is viewed as %+v", v)
		}
		if err := c.Explain(idOf(session), "p", ""); err != nil {
			c.t.Errorf("a stream makes room, but: %v", err)
		}
		l.Close()
		synctest.Wait()
		c.rig.tell(session, "1", "2", "3")
		if v := c.view(session); v.Transport != firenze.NoTransport || v.Messages != 3 {
			c.t.Errorf("a session with three messages that wait is viewed as %+v", v)
		}
		if err := c.Explain(idOf(session), "p", ""); !errors.Is(err, firenze.ErrOverflow) {
			c.t.Errorf("a fourth message would be taken: %v", err)
		}
	})
}

func TestSessions(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		want := map[string]bool{}
		for range 100 {
			want[idOf(r.open())] = true
		}
		got := map[string]bool{}
		for v := range r.Sessions() {
			if got[v.ID] {
				t.Errorf("session %s is yielded twice", v.ID)
			}
			got[v.ID] = true
			r.Explain(v.ID, "p", "") // nothing is locked meanwhile
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("sessions (-want +got):\n%s", diff)
		}
		for range r.Sessions() {
			break
		}
		if v, ok := r.Session("nobody"); ok {
			t.Errorf("there is no session, but %+v", v)
		}
	})
}

// TestExplainIsWhatHappens: in random states, an update comes exactly if Explain
// says so, else it is over with the session, or was.
func TestExplainIsWhatHappens(t *testing.T) {
	reasons := map[error]int{}
	bubble(t, firenze.Options{MaxMessages: 3, MaxBytes: 200, Hold: time.Second}, func(t *testing.T, r *rig) {
		var sessions []string
		for i := range 3000 {
			if i%10 == 0 {
				sessions = append(sessions, r.open(), r.openLatest())
			}
			n := rand.IntN(len(sessions))
			if len(sessions) > 20 {
				n = len(sessions) - 1 - rand.IntN(20)
			}
			switch rand.IntN(10) {
			case 0:
				r.ask("DELETE", "/"+sessions[n])
			case 1:
				pass(time.Duration(rand.IntN(10)) * time.Second)
			case 2:
				sessions[n] = read(t, r.ask("GET", "/"+sessions[n])).ReconnectWith
			}
			r.wantExplained(sessions[n], fmt.Sprint("path", rand.IntN(3)), fmt.Sprint(i, strings.Repeat("x", rand.IntN(80))), reasons)
		}
	})
	for _, reason := range []error{nil, firenze.ErrUnknown, firenze.ErrOver, firenze.ErrOverflow} {
		if reasons[reason] == 0 {
			t.Errorf("it never happened that the explanation was %v", reason)
		}
	}
}

func (r *rig) wantExplained(session, path, message string, reasons map[error]int) {
	r.t.Helper()
	pass(0) // the sweeper may be at work, if a poll has just waited
	why := r.Explain(idOf(session), path, message)
	reasons[why]++
	to, known := r.dolores.Lookup(idOf(session))
	if known != !errors.Is(why, firenze.ErrUnknown) {
		r.t.Fatalf("the session is known: %v, but the explanation is %v", known, why)
	}
	if !known {
		return
	}
	to.Update(nil, path, message)
	if why != nil {
		if v := r.view(session); !v.Over {
			r.t.Fatalf("%v, but the session goes on: %+v", why, v)
		}
		return
	}
	a := read(r.t, r.ask("GET", "/"+session)) // it confirms no more than before
	if last := a.Updates[len(a.Updates)-1]; last.Path != path || last.Message != message {
		r.t.Fatalf("an update of %q was to come, but the last is %+v", path, last)
	}
}
