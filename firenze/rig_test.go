package firenze_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// A rig is a Firenze with a real Dolores and a real Pig, closed when the test
// ends.
type rig struct {
	*firenze.Firenze
	t       testing.TB
	dolores *dolores.Dolores
	pig     *pig.Pig
}

func newRig(t testing.TB, options firenze.Options) *rig {
	r := &rig{t: t, dolores: new(dolores.Dolores)}
	r.pig = pig.New(r.dolores, pig.Options{})
	r.dolores.Delegate(r.pig)
	r.Firenze = firenze.New(r.dolores, options)
	t.Cleanup(r.Close)
	return r
}

// bubble runs a test with a rig in fake time. A goroutine that is left behind
// fails it.
func bubble(t *testing.T, options firenze.Options, test func(*testing.T, *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newRig(t, options)) })
}

// pass lets time pass, and all happen that then does.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// ask waits for the answer to a request.
func (r *rig) ask(method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

// A reply is what a poll is answered with.
type reply struct {
	Updates       []thestral.Update
	ReconnectWith string
}

// read takes an answer apart, and is strict about it.
func read(t testing.TB, w *httptest.ResponseRecorder) (a reply) {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	d := json.NewDecoder(strings.NewReader(w.Body.String()))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil || d.More() || a.Updates == nil || a.ReconnectWith == "" {
		t.Fatalf("answered %s (%v)", w.Body, err)
	}
	return a
}

// open begins a session, and returns what its client is to ask for next.
func (r *rig) open() string {
	r.t.Helper()
	a := read(r.t, r.ask("GET", "/"))
	if len(a.Updates) != 0 {
		r.t.Fatalf("a new session begins with %v", a.Updates)
	}
	return a.ReconnectWith
}

func idOf(reconnectWith string) string {
	id, _, _ := strings.Cut(reconnectWith, "/")
	return id
}

// alive says whether the registry still knows the session.
func (r *rig) alive(session string) bool {
	_, ok := r.dolores.Lookup(idOf(session))
	return ok
}

// tell gives messages of path "p" to a session.
func (r *rig) tell(session string, messages ...string) {
	r.t.Helper()
	to, ok := r.dolores.Lookup(idOf(session))
	if !ok {
		r.t.Fatalf("session %s is gone", idOf(session))
	}
	for _, m := range messages {
		to.Update(nil, "p", m)
	}
}

// A poll is a request under way, in a bubble.
type poll struct {
	t        testing.TB
	w        *httptest.ResponseRecorder
	cancel   func()
	answered chan struct{} // closed then, and what is below and in w may be read
	took     time.Duration
}

// poll asks for something, and comes back when the request waits or is answered.
func (r *rig) poll(session string) *poll {
	ctx, cancel := context.WithCancel(r.t.Context())
	p := &poll{t: r.t, w: httptest.NewRecorder(), cancel: cancel, answered: make(chan struct{})}
	start := time.Now()
	go func() {
		defer close(p.answered)
		defer cancel()
		r.ServeHTTP(p.w, httptest.NewRequest("GET", "/"+session, nil).WithContext(ctx))
		p.took = time.Since(start)
	}()
	synctest.Wait()
	return p
}

func (p *poll) waits() bool {
	select {
	case <-p.answered:
		return false
	default:
		return true
	}
}

func (p *poll) wantWaiting() {
	p.t.Helper()
	if !p.waits() {
		p.t.Fatalf("after %v a poll was answered that should wait: %s", p.took, p.w.Body)
	}
}

// want checks when and with which messages the poll was answered, and returns
// what is to be asked for next.
func (p *poll) want(after time.Duration, messages ...string) (next string) {
	p.t.Helper()
	if p.waits() {
		p.t.Fatal("a poll still waits that should have been answered")
	}
	if p.took != after {
		p.t.Errorf("the answer came after %v instead of %v", p.took, after)
	}
	a := read(p.t, p.w)
	var got []string
	for _, u := range a.Updates {
		got = append(got, u.Message)
	}
	if diff := cmp.Diff(messages, got, cmpopts.EquateEmpty()); diff != "" {
		p.t.Errorf("messages (-want +got):\n%s", diff)
	}
	return a.ReconnectWith
}

// wantNew checks that the answer came at once and is the start of a session
// that is not the one before.
func (p *poll) wantNew(before string) (next string) {
	p.t.Helper()
	next = p.want(0)
	if idOf(next) == idOf(before) {
		p.t.Errorf("session %s goes on, it should be over", idOf(before))
	}
	return next
}
