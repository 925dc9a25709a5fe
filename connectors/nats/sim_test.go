package nats

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

// The simulator runs several nodes in this process around a NATS server, each
// behind a cable of its own. All of them publish, and visitors hear it. Cables are
// cut, mended and stalled, NATS is started anew, nodes are killed. The visitors
// check what clients are promised:
//
//   - After the empty message each message of each path and node comes, once and
//     in order, unless the visitor is told that something was missed.
//   - When all is well again, everybody gets to the last message.
type simulation struct {
	t      *testing.T
	r      *rand.Rand
	nats   *server.Server
	port   int
	cables []*cable
	paths  []string

	mu       sync.Mutex // guards what is below
	towns    []*town
	run      int
	given    map[string]map[string]uint64 // what each run of a node has published of each path
	needed   map[string]map[string]uint64 // the same of those that were killed, as far as NATS had it
	ended    int                          // visitors who were told that something was missed
	problems []string
}

// A town is a run of a node, with its publisher and visitors.
type town struct {
	*house
	label    string
	quit     chan struct{}
	writing  sync.WaitGroup
	visitors map[*visitor]struct{} // guarded by the simulation
}

// A visitor hears a path, or a pattern of all.
type visitor struct {
	sim     *simulation
	id      string
	pattern bool

	mu      sync.Mutex // guards what is below
	begun   map[string]map[string]uint64
	highest map[string]uint64 // by path and run
	over    bool
}

// Update checks what comes. The first is the empty message, which tells that
// from then on nothing is missed.
func (v *visitor) Update(_ thestral.Thestral, path, message string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.over:
	case message == "":
		v.begun = v.sim.soFar()
	case v.begun == nil:
		v.sim.complain("visitor %s gets %s %s before the empty message", v.id, path, message)
	default:
		v.check(path, message)
	}
}

func (v *visitor) Next() []thestral.Thestral { return nil }

func (v *visitor) check(path, message string) {
	run, text, _ := strings.Cut(message, " ")
	number, _ := strconv.ParseUint(text, 10, 64)
	before, heard := v.highest[path+" "+run]
	if !heard {
		before = v.begun[run][path]
		if _, there := v.begun[run]; there && number == before+2 || number <= before {
			before = number - 1 // it was under way already
		}
	}
	if number != before+1 {
		v.sim.complain("visitor %s gets number %d of %s from %s after %d", v.id, number, path, run, before)
	}
	v.highest[path+" "+run] = number
}

// lacks says what has not come yet.
func (v *visitor) lacks() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.begun == nil || v.over {
		return ""
	}
	v.sim.mu.Lock()
	defer v.sim.mu.Unlock()
	for run, paths := range v.sim.given {
		if needed := v.sim.needed[run]; needed != nil {
			paths = needed
		}
		for path, last := range paths {
			has := max(v.highest[path+" "+run], v.begun[run][path])
			if _, there := v.begun[run]; there && v.highest[path+" "+run] == 0 {
				has++ // one was under way, it may have come before
			}
			if (v.pattern || path == v.sim.paths[0]) && has < last {
				return fmt.Sprintf("visitor %s has %d of %d from %s on %s", v.id, has, last, run, path)
			}
		}
	}
	return ""
}

func (s *simulation) complain(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.problems) < 10 {
		s.problems = append(s.problems, fmt.Sprintf(format, args...))
	}
}

// soFar copies what has been published.
func (s *simulation) soFar() map[string]map[string]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]map[string]uint64{}
	for run, paths := range s.given {
		all[run] = maps.Clone(paths)
	}
	return all
}

// found begins a run of the node that belongs to a cable.
func (s *simulation) found(i int) {
	w := &town{quit: make(chan struct{}), visitors: map[*visitor]struct{}{}}
	name := string(rune('a' + i))
	w.house = build(s.t, name, s.cables[i].url(), func(o *Options) { o.Missed = func() { s.renew(w) } })
	s.mu.Lock()
	s.run++
	w.label = fmt.Sprint(name, s.run)
	s.given[w.label] = map[string]uint64{}
	s.towns[i] = w
	s.mu.Unlock()
	for n := range 6 {
		s.visit(w, n%2 == 0)
	}
	w.writing.Go(func() { s.publish(w) })
}

// visit has somebody come, and has any node connect him.
func (s *simulation) visit(w *town, pattern bool) {
	v := &visitor{sim: s, pattern: pattern, highest: map[string]uint64{}}
	s.mu.Lock()
	w.visitors[v] = struct{}{}
	told := w
	if at := s.towns[rand.N(len(s.towns))]; at != nil {
		told = at
	}
	s.mu.Unlock()
	v.id = w.dolores.Register(v)
	if pattern {
		told.dolores.Update(nil, thestral.Match, v.id+"->path/**")
	} else {
		told.dolores.Update(nil, thestral.Connect, v.id+"->"+s.paths[0])
	}
}

// visitors are those who are there now. Who holds one of them may lock the
// simulation, so it is never the other way round.
func (s *simulation) visitors(w *town) map[*visitor]struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(w.visitors)
}

// renew is what becomes of the visitors of a node that missed something: they go,
// and others come.
func (s *simulation) renew(w *town) {
	s.mu.Lock()
	all := w.visitors
	w.visitors = map[*visitor]struct{}{}
	s.ended += len(all)
	s.mu.Unlock()
	for v := range all {
		s.leave(w, v)
		s.visit(w, v.pattern)
	}
}

func (s *simulation) leave(w *town, v *visitor) {
	v.mu.Lock()
	v.over = true
	v.mu.Unlock()
	w.dolores.Unregister(v.id)
}

// publish numbers what it says, on each path by itself.
func (s *simulation) publish(w *town) {
	for n := 0; ; n++ {
		select {
		case <-w.quit:
			return
		case <-time.After(200 * time.Microsecond):
		}
		path := s.paths[n%len(s.paths)]
		s.mu.Lock()
		number := s.given[w.label][path] + 1
		s.mu.Unlock()
		w.dolores.Update(nil, path, fmt.Sprint(w.label, " ", number))
		s.mu.Lock()
		s.given[w.label][path] = number
		s.mu.Unlock()
	}
}

// kill ends a node without a good-bye. What it published just before, and NATS
// does not have, may be lost.
func (s *simulation) kill(i int) {
	s.mu.Lock()
	w := s.towns[i]
	s.mu.Unlock()
	close(w.quit)
	w.writing.Wait()
	needed := map[string]uint64{}
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Second)
	defer cancel()
	if w.Flush(ctx) == nil {
		needed = s.soFar()[w.label]
	}
	s.mu.Lock()
	s.needed[w.label] = needed
	s.towns[i] = nil
	s.mu.Unlock()
	for v := range s.visitors(w) {
		v.mu.Lock()
		v.over = true
		v.mu.Unlock()
	}
	s.cables[i].sever()
	w.Node.Close()
	s.cables[i].mend()
	s.found(i)
}

func (s *simulation) restartNATS(pause time.Duration) {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
	time.Sleep(pause)
	s.nats = startNATS(s.t, s.port)
}

func (s *simulation) upTo(d time.Duration) time.Duration { return time.Duration(s.r.Int64N(int64(d))) }

// trouble makes some.
func (s *simulation) trouble() {
	c := s.cables[s.r.IntN(len(s.cables))]
	switch s.r.IntN(10) {
	case 0:
		s.restartNATS(s.upTo(300 * time.Millisecond))
	case 1:
		s.healthy()
		s.cables[s.r.IntN(len(s.cables))].sever()
		s.kill(s.r.IntN(len(s.cables)))
	case 2, 3:
		c.stall()
		time.Sleep(s.upTo(50 * time.Millisecond))
		c.heal()
	case 4:
		c.stall()
		time.Sleep(s.upTo(100 * time.Millisecond))
		c.sever()
		c.heal()
	case 5:
		w := s.towns[s.r.IntN(len(s.towns))]
		s.visit(w, s.r.IntN(2) == 0)
	default:
		c.sever()
	}
	time.Sleep(s.upTo(200 * time.Millisecond))
	for _, c := range s.cables {
		c.mend()
	}
	time.Sleep(s.upTo(100 * time.Millisecond))
}

// healthy waits until all nodes know each other.
func (s *simulation) healthy() {
	for _, c := range s.cables {
		c.mend()
	}
	testenv.Eventually(s.t, "that all nodes know each other", func() bool {
		for _, w := range s.towns {
			if !w.Stats().Linked || len(w.Nodes()) != len(s.towns)-1 {
				return false
			}
		}
		return true
	})
}

func TestSimulation(t *testing.T) {
	t.Parallel()
	rounds, troubles := 2, 15
	if testenv.Full() {
		rounds, troubles = 10, 200
	}
	for range rounds {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			simulate(t, seed, troubles)
		})
	}
}

func simulate(t *testing.T, seed uint64, troubles int) {
	s := &simulation{t: t, r: rand.New(rand.NewPCG(seed, 0)), given: map[string]map[string]uint64{}, needed: map[string]map[string]uint64{}, paths: []string{"path/a", "path/b.c", "path/*/d"}}
	s.port = freePort(t)
	s.nats = startNATS(t, s.port)
	for range 3 {
		s.cables = append(s.cables, layCable(t, s.nats.Addr().String()))
	}
	s.towns = make([]*town, len(s.cables))
	for i := range s.cables {
		s.found(i)
	}
	for range troubles {
		s.trouble()
	}
	s.healthy()
	for _, w := range s.towns {
		close(w.quit)
		w.writing.Wait()
	}
	lack := "?"
	for end := time.Now().Add(3 * patience); lack != "" && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		lack = s.lack()
	}
	heard, total := 0, uint64(0)
	for _, w := range s.towns {
		for v := range s.visitors(w) {
			v.mu.Lock()
			if v.begun != nil {
				heard++
			}
			v.mu.Unlock()
		}
		stats := w.Stats()
		t.Logf("%s: %+v", w.label, stats)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range append(s.problems, lack) {
		if p != "" {
			t.Error(p)
		}
	}
	for _, paths := range s.given {
		for _, n := range paths {
			total += n
		}
	}
	if heard == 0 {
		t.Error("nobody heard anything")
	}
	t.Logf("%d updates, %d visitors at the end, %d ended before as something was lost", total, heard, s.ended)
}

// lack is what any visitor lacks.
func (s *simulation) lack() string {
	for _, w := range s.towns {
		for v := range s.visitors(w) {
			if l := v.lacks(); l != "" {
				return l
			}
		}
	}
	return ""
}
