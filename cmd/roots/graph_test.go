package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/filch"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// TestThePictureNeverLies: in random wirings, an edge is drawn exactly if a tagged
// update travels it. Whom an update should reach is read off the picture, by
// walking its edges from where the update comes in; whom it does reach is asked of
// all who are there.
func TestThePictureNeverLies(t *testing.T) {
	quiet(t)
	for range 6 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWiring(t, seed)
				for range 15 {
					for range 5 {
						w.change()
					}
					w.compare()
				}
			})
		})
	}
}

// quiet keeps what is logged from the output of the test.
func quiet(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
}

// A probe is a Thestral with a name, by which the picture knows it.
type probe struct {
	thestraltest.Recorder
	name string
}

func (p *probe) String() string { return p.name }

// fetch polls a Firenze of this process.
func fetch(t *testing.T, f *firenze.Firenze, token string) (a answer) {
	t.Helper()
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequest("GET", "/"+token, nil))
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("a poll is answered %q", w.Body)
	}
	return a
}

// A wiring is a server, with those who hear something there, by their names in
// the picture.
type wiring struct {
	*server
	t        *testing.T
	r        *rand.Rand
	probes   map[string]*probe
	sessions map[string]string // id -> ID/TOKEN
	offs     []func()
	tags     int
}

func newWiring(t *testing.T, seed uint64) *wiring {
	d := new(dolores.Dolores)
	w := &wiring{t: t, r: rand.New(rand.NewPCG(seed, 0)), probes: map[string]*probe{}, sessions: map[string]string{}}
	w.server = &server{dolores: d, pig: pig.New(d, pig.Options{}), firenze: firenze.New(d, firenze.Options{Hold: time.Nanosecond})}
	t.Cleanup(w.firenze.Close)
	w.senders = []sender{{"dudley", d}, {"browsers", filch.Guard(d, nil)}, {"program", w.pig}}
	d.Delegate(w.probe())
	d.Delegate(w.maybeGuarded(w.pig, nil))
	return w
}

func (w *wiring) probe() *probe {
	p := &probe{name: fmt.Sprint("probe", len(w.probes))}
	w.probes[p.name] = p
	return p
}

// maybeGuarded puts up to two guards before a Thestral.
func (w *wiring) maybeGuarded(to thestral.Thestral, policy filch.Policy) thestral.Thestral {
	for range w.r.IntN(3) {
		to = filch.Guard(to, policy)
	}
	return to
}

// roads are all paths that can be heard here, so that all patterns match some.
var roads = func() (all []string) {
	for _, a := range []string{"a", "b"} {
		all = append(all, a)
		for _, b := range []string{"a", "b"} {
			all = append(all, a+"/"+b)
			for _, c := range []string{"a", "b"} {
				all = append(all, a+"/"+b+"/"+c)
			}
		}
	}
	return append(all, "::watched", "a/*")
}()

var crossings = []string{"*", "**", "a/*", "*/b", "a/**", "*/*/a", "b/*/*", "a/b"}

func pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// change does one random thing.
func (w *wiring) change() {
	ids := slices.Sorted(maps.Keys(w.sessions))
	for name := range w.probes {
		if strings.Contains(name, "-") {
			ids = append(ids, name)
		}
	}
	slices.Sort(ids)
	switch n := w.r.IntN(20); {
	case n < 2:
		token := fetch(w.t, w.firenze, "").ReconnectWith
		id, _, _ := strings.Cut(token, "/")
		w.sessions[id] = token
	case n < 3:
		p := w.probe()
		delete(w.probes, p.name)
		p.name = w.dolores.Register(p)
		w.probes[p.name] = p
	case n < 4:
		w.offs = append(w.offs, w.dolores.Delegate(w.maybeGuarded(w.probe(), nil)))
	case n < 6:
		w.on()
	case n < 8 && len(w.offs) > 0:
		pick(w.r, w.offs)()
	case len(ids) == 0:
	case n < 12:
		_ = w.pig.Connect(pick(w.r, ids), pick(w.r, roads)) // a control path is refused, and that is right
	case n < 15:
		_ = w.pig.Match(pick(w.r, ids), pick(w.r, crossings))
	case n < 17:
		_ = w.pig.Disconnect(pick(w.r, ids), pick(w.r, roads))
	case n < 19:
		_ = w.pig.Unmatch(pick(w.r, ids), pick(w.r, crossings))
	default:
		w.dolores.Unregister(pick(w.r, ids))
	}
}

// on adds a local receiver, behind a guard that knows some paths.
func (w *wiring) on() {
	if w.r.IntN(2) == 0 {
		w.offs = append(w.offs, w.pig.On(pick(w.r, crossings[:7]), w.maybeGuarded(w.probe(), nil)))
		return
	}
	some := func(_ thestral.Thestral, path, _ string) bool { return strings.HasSuffix(path, "a") }
	policy := pick(w.r, []filch.Policy{nil, some})
	w.offs = append(w.offs, w.pig.On(pick(w.r, roads[:len(roads)-1]), w.maybeGuarded(w.probe(), policy)))
}

// compare sends a tagged update of each path from each place.
func (w *wiring) compare() {
	w.t.Helper()
	w.forget()
	g := w.graph(maxLimit)
	if g.LeftOut.Connections != 0 {
		w.t.Fatalf("left out: %+v", g.LeftOut)
	}
	walked := map[edge]bool{}
	for _, from := range w.senders {
		for _, path := range roads {
			w.tags++
			tag := fmt.Sprint("tag", w.tags)
			from.to.Update(nil, path, tag)
			if diff := cmp.Diff(g.reach("source:"+from.name, path, walked), w.told(path, tag)); diff != "" {
				w.t.Fatalf("an update of %q from %s (-picture +travelled):\n%s", path, from.name, diff)
			}
		}
	}
	for _, e := range g.Edges {
		if !walked[e] {
			w.t.Fatalf("%v is drawn, but leads nowhere", e)
		}
	}
}

// reach walks the edges that an update of path should travel.
func (g graph) reach(from, path string, walked map[edge]bool) []string {
	nodes := map[string]node{}
	for _, n := range g.Nodes {
		nodes[n.ID] = n
	}
	reached := map[string]bool{}
	var walk func(id string)
	walk = func(id string) {
		n, ends := nodes[id], true
		switch {
		case n.Kind == aPath && n.Name != path, n.Kind == aPattern && !matches(n.Name, path):
			return
		case n.Name == "filch" && thestral.IsControl(path):
			return // it lets none pass, from whomever
		}
		for _, e := range g.Edges {
			if e.From == id {
				if to := nodes[e.To]; to.Kind != aPath && to.Kind != aPattern || to.Name == path || matches(to.Name, path) {
					walked[e] = true
				}
				ends = false
				walk(e.To)
			}
		}
		if ends && n.Name != "filch" && n.Name != "pig" {
			reached[n.Name] = true
		}
	}
	walk(from)
	return slices.Sorted(maps.Keys(reached))
}

// matches is as plain as it can be said.
func matches(pattern, path string) bool {
	want, is := strings.Split(pattern, "/"), strings.Split(path, "/")
	if last := len(want) - 1; want[last] == "**" && len(is) > last {
		want, is = want[:last], is[:last]
	}
	return !thestral.IsControl(path) && slices.EqualFunc(want, is, func(want, is string) bool { return want == "*" || want == is })
}

// told are the names of those who got the tag.
func (w *wiring) told(path, tag string) []string {
	var got []string
	for name, p := range w.probes {
		if slices.Contains(p.Messages(path), tag) {
			got = append(got, name)
		}
	}
	for id, token := range w.sessions {
		if _, ok := w.firenze.Session(id); !ok {
			continue
		}
		a := fetch(w.t, w.firenze, token)
		w.sessions[id] = a.ReconnectWith
		if slices.Contains(a.Updates, thestral.Update{Path: path, Message: tag}) {
			got = append(got, id)
		}
	}
	slices.Sort(got)
	return slices.Compact(got)
}

// forget what was told on connecting.
func (w *wiring) forget() {
	w.told("", "")
	for _, p := range w.probes {
		p.Recorder = thestraltest.Recorder{}
	}
}
