package pig

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// book is a directory.
type book map[string]thestral.Thestral

func (b book) Lookup(id string) (thestral.Thestral, bool) { t, ok := b[id]; return t, ok }

// A twin does what a Pig does, as plainly as it can be said.
type twin struct {
	heard map[string][]string // what an id hears; a pattern has a "?" in front
	on    map[string]string   // the same of local receivers, by their names
	told  map[string][]string
}

func (w *twin) tell(name, path, message string) {
	w.told[name] = append(w.told[name], path+"; "+message)
}

func (w *twin) update(path, message string) {
	fits := func(heard string) bool {
		pattern, is := strings.CutPrefix(heard, "?")
		return heard == path || is && !thestral.IsControl(path) && fit(strings.Split(pattern, "/"), strings.Split(path, "/"))
	}
	for id, all := range w.heard {
		if slices.ContainsFunc(all, fits) {
			w.tell(id, path, message)
		}
	}
	for name, heard := range w.on {
		if fits(heard) {
			w.tell(name, path, message)
		}
	}
}

func fit(pattern, path []string) bool {
	switch {
	case len(pattern) == 1 && pattern[0] == "**":
		return len(path) > 0
	case len(pattern) == 0 || len(path) == 0:
		return len(pattern) == len(path)
	}
	return (pattern[0] == "*" || pattern[0] == path[0]) && fit(pattern[1:], path[1:])
}

func (w *twin) connect(id, heard string) {
	if !slices.Contains(w.heard[id], heard) {
		w.heard[id] = append(w.heard[id], heard)
	}
	w.tell(id, strings.TrimPrefix(heard, "?"), "")
}

func (w *twin) disconnect(id, heard string) {
	if i := slices.Index(w.heard[id], heard); i >= 0 {
		w.heard[id] = slices.Delete(w.heard[id], i, i+1)
		w.tell(id, "::+::disconnect", strings.TrimPrefix(heard, "?"))
	}
}

// A pair is a Pig and his twin, who must never differ.
type pair struct {
	t    *testing.T
	r    *rand.Rand
	book book
	pig  *Pig
	twin *twin
	got  map[string]*thestraltest.Recorder
	offs map[string]func()
}

// TestTwin does random things to Pigs and their twins, and compares them and looks
// for what must always be true after each step.
func TestTwin(t *testing.T) {
	steps := 100_000
	if quick() {
		steps = 10_000
	}
	for range 2 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			newPair(t, seed).run(steps)
		})
	}
}

func newPair(t *testing.T, seed uint64) *pair {
	p := &pair{
		t: t, r: rand.New(rand.NewPCG(seed, 0)), book: book{}, got: map[string]*thestraltest.Recorder{}, offs: map[string]func(){},
		twin: &twin{heard: map[string][]string{}, on: map[string]string{}, told: map[string][]string{}},
	}
	p.pig = New(p.book, Options{})
	return p
}

func (p *pair) run(steps int) {
	for range steps {
		what := p.step()
		p.compare(what)
		check(p.t, p.pig)
	}
	p.end()
}

func (p *pair) text() string {
	segments := make([]string, 1+p.r.IntN(p.r.IntN(3)+1))
	for i := range segments {
		segments[i] = []string{"a", "b->", ""}[p.r.IntN(3)]
	}
	return strings.Join(segments, "/")
}

func (p *pair) path() string {
	if p.r.IntN(20) == 0 {
		return []string{"*", "**", "a/*", "::mine", "::connect"}[p.r.IntN(5)]
	}
	return p.text() + "x" // never empty
}

func (p *pair) pattern() string {
	segments := strings.Split(p.path(), "/")
	for i := range segments {
		if p.r.IntN(2) == 0 {
			segments[i] = "*"
		}
	}
	if p.r.IntN(4) == 0 {
		segments[len(segments)-1] = "**"
	}
	return strings.Join(segments, "/")
}

func (p *pair) receiver(name string) *thestraltest.Recorder {
	p.got[name] = new(thestraltest.Recorder)
	return p.got[name]
}

// step does one random thing to both, and says which.
func (p *pair) step() string {
	id := fmt.Sprint("id", p.r.IntN(9))
	switch n := p.r.IntN(100); {
	case n < 20:
		return p.control(id, thestral.Connect, p.path(), "", p.twin.connect)
	case n < 30:
		return p.control(id, thestral.Disconnect, p.path(), "", p.twin.disconnect)
	case n < 40:
		return p.control(id, thestral.Match, p.pattern(), "?", p.twin.connect)
	case n < 45:
		return p.control(id, thestral.Unmatch, p.pattern(), "?", p.twin.disconnect)
	case n < 55:
		return p.leave(id)
	case n < 58:
		return p.comeOrGo(id)
	case n < 66:
		return p.on(fmt.Sprint("on", p.r.IntN(8)))
	default:
		path := p.path()
		if path == thestral.Connect {
			path = "::mine"
		}
		p.pig.Update(nil, path, "message")
		p.twin.update(path, "message")
		return "update " + path
	}
}

// control sends a control message. Kind is what its text has in front in the
// twin.
func (p *pair) control(id, path, text, kind string, do func(id, heard string)) string {
	refused := p.pig.Stats().Refused
	p.pig.Update(nil, path, id+"->"+text)
	if p.pig.Stats().Refused == refused {
		do(id, kind+text)
		p.twin.update(path, id+"->"+text)
	} else if p.mayHear(id, path, text) {
		p.t.Fatalf("%s %s->%s was refused", path, id, text)
	}
	return path + " " + id + "->" + text
}

func (p *pair) mayHear(id, path, text string) bool {
	_, known := p.book[id]
	return known && !thestral.IsControl(text) && (path != thestral.Match || CheckPattern(text) == nil)
}

// leave disconnects an id from something that it does hear.
func (p *pair) leave(id string) string {
	all := p.twin.heard[id]
	if len(all) == 0 {
		return "nothing"
	}
	heard := all[p.r.IntN(len(all))]
	if pattern, is := strings.CutPrefix(heard, "?"); is {
		return p.control(id, thestral.Unmatch, pattern, "?", p.twin.disconnect)
	}
	return p.control(id, thestral.Disconnect, heard, "", p.twin.disconnect)
}

func (p *pair) comeOrGo(id string) string {
	if _, known := p.book[id]; !known {
		p.book[id] = p.receiver(id)
		return "here is " + id
	}
	p.pig.Update(nil, thestral.Gone, id) // forged, and must not matter
	delete(p.book, id)
	p.pig.Update(nil, thestral.Gone, id)
	delete(p.twin.heard, id)
	p.twin.update(thestral.Gone, id)
	return "gone is " + id
}

// on adds a local receiver, or takes it away if it is there.
func (p *pair) on(name string) string {
	if off := p.offs[name]; off != nil {
		off()
		off()
		delete(p.offs, name)
		delete(p.twin.on, name)
		return "off " + name
	}
	text := p.path()
	if p.r.IntN(2) == 0 {
		text = p.pattern()
	}
	heard := text
	if strings.Contains(text, "*") {
		heard = "?" + text
		if CheckPattern(text) != nil {
			return "no pattern"
		}
	}
	p.offs[name] = p.pig.On(text, p.receiver(name))
	p.twin.on[name] = heard
	return "on " + text + " as " + name
}

// compare what both told, and forgets it.
func (p *pair) compare(what string) {
	for name, r := range p.got {
		var got []string
		for _, u := range r.Updates() {
			got = append(got, u.Path+"; "+u.Message)
		}
		if !slices.Equal(got, p.twin.told[name]) {
			p.t.Fatalf("after %s, %s was told (-twin +pig):\n%s", what, name, cmp.Diff(p.twin.told[name], got))
		}
		*r = thestraltest.Recorder{}
	}
	clear(p.twin.told)
	connections := 0
	for _, all := range p.twin.heard {
		connections += len(all)
	}
	if s := p.pig.Stats(); s.Connections != connections || s.Local != len(p.twin.on) {
		p.t.Fatalf("after %s there are %+v instead of %d connections and %d local receivers", what, s, connections, len(p.twin.on))
	}
}

// end lets all go, and nothing is left.
func (p *pair) end() {
	for _, off := range p.offs {
		off()
	}
	for id := range p.book {
		delete(p.book, id)
		p.pig.Update(nil, thestral.Gone, id)
	}
	s := p.pig.Stats()
	s.Refused = 0
	if s != (Stats{}) || !p.pig.root.empty() {
		p.t.Errorf("something is left: %+v", s)
	}
}
