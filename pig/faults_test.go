package pig_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// The faults of the first version that were Pig's.

// TestGoneForgets: ::gone cleaned nothing, because the id could not be looked up any
// more and was then looked for among paths. The dead went on hearing, and were
// held for ever: whoever is gone here is freed, though others stay.
func TestGoneForgets(t *testing.T) {
	d, p := wired(pig.Options{})
	const count = 20
	var freed atomic.Int32
	var dead []string
	for i := range count {
		one := new(thestraltest.Recorder)
		runtime.AddCleanup(one, func(int) { freed.Add(1) }, i)
		dead = append(dead, d.Register(one))
		must(t, p.Connect(dead[i], "a"))
		must(t, p.Connect(dead[i], "of one/"+dead[i]))
		must(t, p.Match(dead[i], "a/*"))
		must(t, p.Match(dead[i], "**"))
		stays, _ := member(d)
		must(t, p.Connect(stays, "a"))
		must(t, p.Match(stays, "a/*"))
		must(t, p.Match(stays, "**"))
	}
	d.Update(nil, "a", "1")
	for _, id := range dead {
		d.Unregister(id)
	}
	d.Update(nil, "a", "2")
	wantStats(t, p, pig.Stats{Paths: 1, IDs: count, Connections: 3 * count})
	testenv.Eventually(t, "all who are gone are freed", func() bool {
		runtime.GC()
		return freed.Load() == count
	})
	runtime.KeepAlive(p)
}

// TestWalkSurvivesChanges: when a receiver connected or disconnected somebody, the rest of
// the set was not told.
func TestWalkSurvivesChanges(t *testing.T) {
	d, p := wired(pig.Options{})
	ids, all := make([]string, 10), make([]*thestraltest.Recorder, 10)
	for i := range ids {
		ids[i], all[i] = member(d)
		must(t, p.Connect(ids[i], "a"))
		if i == 4 {
			p.On("a", direct(func(thestral.Thestral, string, string) {
				must(t, p.Connect(d.Register(new(thestraltest.Recorder)), "a"))
				must(t, p.Disconnect(ids[0], "a"))
				must(t, p.Disconnect(ids[9], "a"))
			}))
		}
	}
	d.Update(nil, "a", "text")
	wantUpdates(t, all[0], "a", "", "a", "text", "::+::disconnect", "a")
	for _, r := range all[1:9] {
		wantUpdates(t, r, "a", "", "a", "text")
	}
	wantUpdates(t, all[9], "a", "", "::+::disconnect", "a")
}

// TestConnectionsAreBounded: nothing was bounded. Whatever one id asks for, it hears so many
// paths at the most, and none is too long or too deep.
func TestConnectionsAreBounded(t *testing.T) {
	d, p := wired(pig.Options{})
	id, _ := member(d)
	for i := range 2 * pig.MaxConnections {
		d.Update(nil, "::connect", fmt.Sprint(id, "->", i))
		d.Update(nil, "::match", fmt.Sprint(id, "->", i, "/*"))
		d.Update(nil, "::connect", id+"->"+strings.Repeat("a", thestral.MaxPath+1))
		d.Update(nil, "::match", id+"->"+strings.Repeat("/", pig.MaxSegments))
	}
	s := p.Stats()
	if s.Connections != pig.MaxConnections || s.Refused != 8*pig.MaxConnections-pig.MaxConnections {
		t.Errorf("the stats are %+v", s)
	}
}

// TestEmptyPathsAreRemoved: the sets of paths that nobody heard any more were never removed.
func TestEmptyPathsAreRemoved(t *testing.T) {
	d, p := wired(pig.Options{})
	id, _ := member(d)
	for i := range 10_000 {
		text := fmt.Sprint("path/", i)
		must(t, p.Connect(id, text))
		must(t, p.Match(id, text+"/*"))
		must(t, p.Disconnect(id, text))
		must(t, p.Unmatch(id, text+"/*"))
		p.On(text, new(thestraltest.Recorder))()
	}
	wantStats(t, p, pig.Stats{})
}

// TestSenderIsKept: Pig put himself in the place of the sender.
func TestSenderIsKept(t *testing.T) {
	d, p := wired(pig.Options{})
	id, got := member(d)
	must(t, p.Connect(id, "a"))
	must(t, p.Match(id, "*"))
	sender := new(thestraltest.Recorder)
	d.Update(sender, "a", "question")
	d.Update(nil, "a", "news")
	senders := got.Senders()[2:] // after the two empty messages, which are Pig's own
	if senders[0] != thestral.Thestral(sender) || senders[1] != nil {
		t.Errorf("the senders are %v", senders)
	}
}

// TestNobodyReadsTheIDsOfOthers: whoever was connected to ::connect heard the id
// of everybody else.
func TestNobodyReadsTheIDsOfOthers(t *testing.T) {
	d, p := wired(pig.Options{})
	spy, got := member(d)
	for _, path := range []string{"::connect", "::disconnect", "::match", "::register", "::gone", "::+::disconnect", "::"} {
		for _, control := range []string{"::connect", "::match"} {
			d.Update(nil, control, spy+"->"+path)
		}
		if p.Connect(spy, path) == nil || p.Match(spy, path) == nil {
			t.Errorf("%s can be connected to", path)
		}
	}
	for _, pattern := range []string{"*", "**", "*/*", "*/**"} {
		must(t, p.Match(spy, pattern))
	}
	id, _ := member(d)
	d.Update(nil, "::connect", id+"->a")
	d.Update(nil, "::disconnect", id+"->a")
	d.Unregister(id)
	wantUpdates(t, got, "*", "", "**", "", "*/*", "", "*/**", "")
}

// TestAnArrowInAPath: such paths could not be connected.
func TestAnArrowInAPath(t *testing.T) {
	d, p := wired(pig.Options{})
	id, got := member(d)
	for _, path := range []string{"a->b", "->", "->a", "a->", "a->b->c"} {
		d.Update(nil, "::connect", thestral.JoinConnection(id, path))
		d.Update(nil, path, "text")
		d.Update(nil, "::disconnect", thestral.JoinConnection(id, path))
	}
	wantUpdates(t, got,
		"a->b", "", "a->b", "text", "::+::disconnect", "a->b",
		"->", "", "->", "text", "::+::disconnect", "->",
		"->a", "", "->a", "text", "::+::disconnect", "->a",
		"a->", "", "a->", "text", "::+::disconnect", "a->",
		"a->b->c", "", "a->b->c", "text", "::+::disconnect", "a->b->c")
	wantStats(t, p, pig.Stats{})
}
