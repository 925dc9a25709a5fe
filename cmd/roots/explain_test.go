package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// TestExplanationsAreTrue: in random states, an id gets an update of a path exactly
// if the explanation says so; and each reason is the true one, as far as another
// way to know it tells.
func TestExplanationsAreTrue(t *testing.T) {
	quiet(t)
	seen, seed := map[reason]int{}, rand.Uint64()
	t.Log("seed", seed)
	synctest.Test(t, func(t *testing.T) {
		e := newExplained(t, seed)
		for range 2000 {
			e.change()
			e.compare(seen)
		}
	})
	for _, why := range []reason{"", guarded, notRegistered, sessionOver, notConnected, noMatch, queueFull} {
		if seen[why] == 0 {
			t.Errorf("it never was %q", why)
		}
	}
}

// An explained is a server whose sessions hold three messages.
type explained struct {
	*server
	t      *testing.T
	r      *rand.Rand
	tokens []string // of sessions, some of which are over
	tags   int
}

func newExplained(t *testing.T, seed uint64) *explained {
	d := new(dolores.Dolores)
	e := &explained{t: t, r: rand.New(rand.NewPCG(seed, 0)), server: &server{dolores: d, pig: pig.New(d, pig.Options{})}}
	e.firenze = firenze.New(d, firenze.Options{MaxMessages: 3, Hold: time.Nanosecond})
	t.Cleanup(e.firenze.Close)
	d.Delegate(e.pig)
	return e
}

func (e *explained) token() *string {
	if len(e.tokens) == 0 || e.r.IntN(20) == 0 {
		e.tokens = append(e.tokens, fetch(e.t, e.firenze, "").ReconnectWith)
	}
	from := max(0, len(e.tokens)-8)
	return &e.tokens[from+e.r.IntN(len(e.tokens)-from)]
}

func idOf(token string) string { return answer{ReconnectWith: token}.id() }

func (e *explained) change() {
	token := e.token()
	id := idOf(*token)
	switch e.r.IntN(12) {
	case 0, 1, 2:
		_ = e.pig.Connect(id, pick(e.r, roads)) // it fails for what is over, or no path to hear
	case 3, 4:
		_ = e.pig.Match(id, pick(e.r, crossings))
	case 5:
		_ = e.pig.Disconnect(id, pick(e.r, roads))
	case 6:
		_ = e.pig.Unmatch(id, pick(e.r, crossings))
	case 7:
		if e.r.IntN(4) == 0 {
			time.Sleep(time.Duration(e.r.IntN(3000)) * time.Millisecond)
		}
	default:
		if a := fetch(e.t, e.firenze, *token); a.id() == id {
			*token = a.ReconnectWith
			fetch(e.t, e.firenze, *token) // so that it is confirmed
		}
	}
}

func (e *explained) compare(seen map[reason]int) {
	e.t.Helper()
	token, path := *e.token(), pick(e.r, roads)
	id := idOf(token)
	said := e.explain(id, path)
	seen[said.Reason]++
	if said.Gets != (said.Reason == "") || said.Gets != (len(said.By) > 0) || said.Why == "" {
		e.t.Fatalf("the explanation contradicts itself: %+v", said)
	}
	e.tags++
	tag := fmt.Sprint("tag", e.tags)
	e.dolores.Update(nil, path, tag)
	before, _ := e.firenze.Session(id)
	got := false
	if _, known := e.firenze.Session(id); known && !before.Over {
		got = slices.Contains(fetch(e.t, e.firenze, token).Updates, thestral.Update{Path: path, Message: tag})
	}
	if got != said.Gets {
		e.t.Fatalf("an update of %q came: %v, but it was said: %+v", path, got, said)
	}
	_, registered := e.dolores.Lookup(id)
	hears, _ := e.pig.Receiver(id)
	patterns := slices.ContainsFunc(hears.Heard, func(h pig.Heard) bool { return h.Pattern })
	for why, is := range map[reason]bool{
		guarded: strings.HasPrefix(path, "::"), notRegistered: !registered, sessionOver: before.Over, queueFull: before.Over,
		notConnected: !patterns, noMatch: patterns,
	} {
		if said.Reason == why && !is {
			e.t.Fatalf("it was said: %+v; but the session is %+v and hears %v", said, before, hears.Heard)
		}
	}
}

// TestExplainCommand tells, and ends with a status that a script can read.
func TestExplainCommand(t *testing.T) {
	p := start(t, "--log", "off")
	id := p.poll("").id()
	p.post("::connect", id+"->a/b")
	for _, c := range []struct {
		id, path string
		status   int
		says     string
	}{
		{id, "a/b", 0, `yes: "` + id + `" would get it, because it hears the path "a/b"`},
		{id, "a/c", 1, `no, not connected: "` + id + `" hears the path "a/b", and that is not "a/c"`},
		{"nobody", "a/b", 1, `no, not registered: "nobody" is not registered`},
		{id, "::connect", 1, `no, guarded by filch: "::connect" is a control path`},
	} {
		out, stderr, status := p.says("explain", c.id, c.path)
		if status != c.status || !strings.HasPrefix(out, c.says) || stderr != "" {
			t.Errorf("explain %s %s ended with %d, and said %q and %q", c.id, c.path, status, out, stderr)
		}
	}
	p.post("::match", id+"->c/*")
	if out, _, status := p.says("explain", id, "a/c"); status != 1 || !strings.HasPrefix(out, "no, pattern does not match: ") {
		t.Errorf("an id with a pattern is explained with %d and %q", status, out)
	}
	const more = `{"path":"a/b","message":"x"}`
	p.post("", "["+more+strings.Repeat(","+more, firenze.MaxMessages-3)+"]") // two empty ones are there
	if out, _, status := p.says("explain", id, "a/b"); status != 1 || !strings.HasPrefix(out, "no, queue full: ") {
		t.Errorf("an id whose queue is full is explained with %d and %q", status, out)
	}
	for _, args := range [][]string{{"explain"}, {"explain", id}, {"explain", "", "a"}, {"explain", id, ""}, {"explain", id, "a", "b"}} {
		if out, stderr, status := p.says(args...); status != 2 || stderr == "" || out != "" {
			t.Errorf("%q ended with %d, and said %q and %q", args, status, out, stderr)
		}
	}
	p.terminate()
	p.status()
	if out, stderr, status := p.says("explain", id, "a"); status != 2 || !strings.Contains(stderr, "no server") || out != "" {
		t.Errorf("without a server it ended with %d, and said %q and %q", status, out, stderr)
	}
}
