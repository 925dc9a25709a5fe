package main

import (
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// rule is one promise of a connector, with the name that the package's comment
// tells it by.
type rule struct {
	name  string
	check func(t *trial)
}

// rules are all of them, in the order of the package's comment.
var rules = concat(sentRules, badRules, answerRules, silenceRules, connectionRules, addressRules)

func concat(lists ...[]rule) (all []rule) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// trial is one rule tried on one connector. The first fault ends it; calls after
// that do nothing.
type trial struct {
	start       starter
	harness     *harness
	env         []string
	fault       error
	unsupported bool
	cleanups    []func()
}

// try returns how a connector breaks a rule, or nil, and whether the rule is
// about what its language does not have.
func (r rule) try(start starter) (fault error, unsupported bool) {
	t := &trial{start: start}
	defer func() {
		for _, cleanup := range t.cleanups {
			cleanup()
		}
	}()
	r.check(t)
	t.end()
	return t.fault, t.unsupported
}

// failf tells a fault, if none was before.
func (t *trial) failf(format string, args ...any) {
	if t.fault == nil {
		t.fault = fmt.Errorf(format, args...)
	}
}

// end ends the harness. Why it died says more than that it did not answer.
func (t *trial) end() {
	if t.harness == nil {
		return
	}
	if err := t.harness.close(); err != nil {
		t.fault = err
	}
	t.harness = nil
}

// ask starts the harness if it does not run yet.
func (t *trial) ask(r request) (a answer) {
	if t.fault != nil {
		return a
	}
	if t.harness == nil {
		h, err := t.start(t.env)
		if err != nil {
			t.failf("the harness does not start: %v", err)
			return a
		}
		t.harness = h
	}
	a, err := t.harness.ask(r)
	if err != nil {
		t.failf("%v", err)
	}
	return a
}

// makes makes a connector with a time-out of ten seconds, and expects that it can.
func (t *trial) makes(url string) {
	t.makesWith(request{URL: url, Timeout: 10})
}

func (t *trial) makesWith(r request) {
	r.Call = "new"
	if a := t.ask(r); t.fault == nil && a.Error != nil {
		t.failf("making a connector for %q gave %v", r.URL, a)
	}
}

// passes makes a call and expects success.
func (t *trial) passes(call string, args ...any) {
	if a := t.ask(request{Call: call, Args: args}); t.fault == nil && a.Error != nil {
		t.failf("%s gave %v, want success", shown(call, args), a)
	}
}

// none is the status or index that an error does not have.
const none = -1

// fails makes a call and expects an error with this status and index. It returns
// the answer.
func (t *trial) fails(status, index int, call string, args ...any) answer {
	a := t.ask(request{Call: call, Args: args})
	if t.fault == nil && (a.Error == nil || or(a.Status) != status || or(a.Index) != index) {
		t.failf("%s gave %v, want an error with status %s, index %s", shown(call, args), a, named(status), named(index))
	}
	return a
}

func or(n *int) int {
	if n == nil {
		return none
	}
	return *n
}

func named(n int) string {
	if n == none {
		return "none"
	}
	return fmt.Sprint(n)
}

func shown(call string, args []any) string {
	return fmt.Sprintf("%s(%.200s)", call, strings.Trim(fmt.Sprintf("%q", args), "[]"))
}

// plays starts a stage that ends with the trial.
func (t *trial) plays(acts ...act) *stage {
	s, err := newStage(acts...)
	if err != nil {
		t.failf("%v", err)
		return &stage{}
	}
	t.cleanups = append(t.cleanups, s.close)
	return s
}

// stage starts one and makes a connector for it.
func (t *trial) stage(acts ...act) *stage {
	s := t.plays(acts...)
	t.makes("http://" + s.addr() + "/")
	return s
}

// asked expects that as many requests came as were to come, and returns them.
func (t *trial) asked(s *stage, want int) []sent {
	requests := s.sent()
	if len(requests) != want {
		t.failf("%d requests came, want %d", len(requests), want)
		return make([]sent, want)
	}
	return requests
}

// real is the real Dudley, and what he was given.
type real struct {
	thestraltest.Recorder
	seen int
}

// dudley starts a real Dudley that ends with the trial, and makes a connector
// for him.
func (t *trial) dudley() *real {
	d := new(real)
	t.makes(t.serves(d, "") + "/")
	return d
}

func (t *trial) serves(d *real, token string) (url string) {
	server := httptest.NewUnstartedServer(dudley.New(d, dudley.Options{Token: token}))
	server.Start()
	t.cleanups = append(t.cleanups, func() { stop(server) })
	return server.URL
}

// stop does not wait for clients that stay connected.
func stop(server *httptest.Server) {
	server.CloseClientConnections()
	server.Close()
}

// arrived expects that just these came since it was last asked.
func (t *trial) arrived(d *real, want ...thestral.Update) {
	all := d.Updates()
	if diff := cmp.Diff(want, all[d.seen:]); diff != "" && !(len(want) == 0 && len(all) == d.seen) {
		t.failf("what arrived (-want +got):\n%.2000s", diff)
	}
	d.seen = len(all)
}
