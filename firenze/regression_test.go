package firenze_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// The tests below stand for the faults of the first version, of 2009, that are
// of this piece.

// TestRetryLosesNothing: the answer is lost, more is published, and the client
// asks again with the token that it has. The first version took that for a
// second confirmation, and forgot as many messages that were never delivered.
func TestRetryLosesNothing(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		r.tell(session, "one")
		session = r.poll(session).want(0, "one")
		r.tell(session, "two")
		r.poll(session).want(0, "two") // which never arrives
		r.tell(session, "three", "precious")
		r.poll(session).want(0, "two", "three", "precious")
		r.poll(session).want(0, "two", "three", "precious")
	})
}

// TestGivenUpPollLosesNothing: the same when the client gave up waiting.
func TestGivenUpPollLosesNothing(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		r.tell(session, "one")
		session = r.poll(session).want(0, "one")
		for range 3 {
			p := r.poll(session)
			p.cancel()
			pass(time.Second)
		}
		r.tell(session, "two")
		r.poll(session).want(0, "two")
	})
}

// TestFirstPollIsNotStranded by a second one: it used to wait for ever.
func TestFirstPollIsNotStranded(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		first := r.poll(session)
		second := r.poll(session)
		first.want(0)
		r.tell(session, "1")
		pass(0)
		second.want(0, "1")
	})
}

// TestOddCounts: -1 used to keep the last message only, one too high to forget
// all, and what is no number was an error.
func TestOddCounts(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		r.tell(session, "1", "2", "3")
		for _, count := range []string{"-1", "x", "1000", ""} {
			r.poll(withNumber(session, count)).want(0, "1", "2", "3")
		}
	})
}

// TestTokensOf2009 have the count alone in the place of the key. There is no
// such session, so the client gets a new one, as from a server that was begun
// anew.
func TestTokensOf2009(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		r.tell(session, "1")
		for _, old := range []string{"/0", "/1", "/x", "/0/", "/-1"} {
			r.poll(idOf(session) + old).wantNew(session)
		}
		r.poll(session).want(0, "1")
	})
}

// TestIDIsNoPassword: it used to be all that one had to know. Now it may be
// posted to a back-end and logged.
func TestIDIsNoPassword(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		r.tell(session, "1")
		for _, forged := range []string{idOf(session) + "/0", idOf(session) + "/-0", idOf(session) + "/" + idOf(session)} {
			r.poll(forged).wantNew(session)
			for _, bye := range []*httptest.ResponseRecorder{r.ask("DELETE", "/"+forged), r.ask("POST", "/"+forged+"/bye")} {
				if bye.Code != http.StatusNoContent || bye.Body.Len() > 0 {
					t.Errorf("good-bye to %s is answered %d %s", forged, bye.Code, bye.Body)
				}
			}
		}
		r.poll(session).want(0, "1")
	})
}

// TestNoSessionCanBeResumed but those of Firenze: others are registered with
// Dolores too, and the first version crashed when one asked for them.
func TestNoSessionCanBeResumed(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		id := r.dolores.Register(new(thestraltest.Recorder))
		r.poll(id + "/0").wantNew(id)
		r.ask("DELETE", "/"+id+"/0")
		if _, ok := r.dolores.Lookup(id); !ok {
			t.Error("a client ended what is no session")
		}
	})
}

// TestQueueIsBounded: the queue of a client that never came again grew for ever.
func TestQueueIsBounded(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		r.connect(session, "shared")
		to, _ := r.dolores.Lookup(idOf(session))
		for range 3 * firenze.MaxMessages {
			r.dolores.Update(nil, "shared", "m")
		}
		pass(firenze.Tick)
		if r.alive(session) || r.pig.Stats().Connections != 0 {
			t.Error("it still hears")
		}
		to.Update(nil, "p", "of one who kept it")
		r.poll(session).wantNew(session)
	})
}

// TestGoneIsTold and cleans up: ::gone used to come too early to find anybody.
func TestGoneIsTold(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		var gone thestraltest.Recorder
		r.pig.On(thestral.Gone, &gone)
		session := r.open()
		r.connect(session, "shared")
		pass(firenze.Absence + firenze.Tick)
		if got := fmt.Sprint(gone.Messages(thestral.Gone)); got != "["+idOf(session)+"]" {
			t.Errorf("gone are %s", got)
		}
		if got := r.pig.Stats(); got.Connections != 0 || got.IDs != 0 {
			t.Errorf("it still hears: %+v", got)
		}
	})
}

// TestContentTypes: answers were JSON and said that they were HTML.
func TestContentTypes(t *testing.T) {
	r := newRig(t, firenze.Options{MaxSessions: 1})
	session := r.open()
	r.tell(session, "<script>alert(1)</script>")
	for target, want := range map[string]string{
		"/" + session: "application/json", "/": "application/json", "/nothing": "application/json",
		"/pomona.js": "text/javascript; charset=utf-8", "/pomona.d.ts": "application/typescript; charset=utf-8",
	} {
		w := r.ask("GET", target)
		if got := w.Header().Get("Content-Type"); got != want || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s is of type %q instead of %q", target, got, want)
		}
	}
}
