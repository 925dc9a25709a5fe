package pig_test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// churn lets others come and go until stop is called, which waits for them.
func churn(goroutines int, comeAndGo func(goroutine int)) (stop func()) {
	done := make(chan struct{})
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					comeAndGo(g)
				}
			}
		})
	}
	return func() { close(done); all.Wait() }
}

// TestChurn: others come and go on the same path, and on patterns that match it,
// while two senders publish. Those who stay lose nothing.
func TestChurn(t *testing.T) {
	const senders, each = 2, 3000
	for _, steady := range []int{1, 2, 3, 50} {
		for _, options := range []pig.Options{{}, {Remember: 3}} {
			t.Run(fmt.Sprintf("%d steady, remember %d", steady, options.Remember), func(t *testing.T) {
				d, p := wired(options)
				var stay []*thestraltest.Recorder
				for range steady {
					r := new(thestraltest.Recorder)
					p.On("a/b", r)
					stay = append(stay, r)
				}
				stop := churn(2, func(g int) { comeAndGo(t, d, p, g) })
				publish(senders, each, func(sender, n int) { d.Update(nil, "a/b", fmt.Sprint(sender, " ", n)) })
				stop()
				for _, r := range stay {
					checkNumbers(t, r.Messages("a/b"), senders, 0, each-1)
				}
				wantStats(t, p, pig.Stats{Paths: 1, Local: steady})
			})
		}
	}
}

// comeAndGo adds a receiver for a short while. What it is told begins with the
// empty message, if it has an id, and has no gap.
func comeAndGo(t *testing.T, d *dolores.Dolores, p *pig.Pig, way int) {
	got := new(thestraltest.Recorder)
	if way == 0 {
		offs := []func(){p.On("a/b", got), p.On("a/*", new(thestraltest.Recorder)), p.On("a/b", new(thestraltest.Recorder))}
		for _, off := range offs {
			off()
			off()
		}
		checkRuns(t, got.Messages("a/b"))
		return
	}
	id := d.Register(got)
	d.Update(nil, "::connect", id+"->a/b")
	d.Update(nil, "::match", id+"->c/*")
	d.Update(nil, "::disconnect", id+"->a/b")
	d.Unregister(id)
	messages := got.Messages("a/b")
	if len(messages) == 0 || messages[0] != "" {
		t.Errorf("the first message is not the empty one: %q", messages)
		return
	}
	checkRuns(t, messages[1:])
}

// checkRuns wants what each sender said to be in order and without a gap,
// wherever it begins and ends.
func checkRuns(t *testing.T, messages []string) {
	next := map[int]int{}
	for _, m := range messages {
		sender, n := split(t, m)
		if want, begun := next[sender]; begun && n != want {
			t.Errorf("sender %d: %d came instead of %d", sender, n, want)
		}
		next[sender] = n + 1
	}
}

// TestGoneRacesWithConnect: whichever comes first, nothing is left behind.
func TestGoneRacesWithConnect(t *testing.T) {
	d, p := wired(pig.Options{})
	for n := range 2000 {
		id := d.Register(new(thestraltest.Recorder))
		var all sync.WaitGroup
		all.Go(func() { d.Unregister(id) })
		all.Go(func() { d.Update(nil, "::connect", id+"->a") })
		all.Go(func() { _ = p.Match(id, "a/"+strconv.Itoa(n)+"/*") })
		all.Wait()
		s := p.Stats()
		s.Refused = 0
		if s != (pig.Stats{}) {
			t.Fatalf("something is left behind: %+v", s)
		}
	}
	p.Update(nil, "a", "nobody hears")
}

// A fickle directory knows everybody at the first look only.
type fickle struct{ looks int }

func (f *fickle) Lookup(string) (thestral.Thestral, bool) {
	f.looks++
	return new(thestraltest.Recorder), f.looks == 1
}

// TestGoneWhileItIsConnected: the ::gone of an id that goes at this very moment
// may have come too early to end the connection.
func TestGoneWhileItIsConnected(t *testing.T) {
	for name, connect := range map[string]func(p *pig.Pig) error{
		"Connect": func(p *pig.Pig) error { return p.Connect("id", "a") },
		"Match":   func(p *pig.Pig) error { return p.Match("id", "a/*") },
	} {
		p := pig.New(new(fickle), pig.Options{})
		wantError(t, connect(p), `id "id" is not registered any more`)
		if s := p.Stats(); s != (pig.Stats{}) {
			t.Errorf("%s leaves something behind: %+v", name, s)
		}
	}
}

// TestConnectTheSameTwiceAtOnce is one connection.
func TestConnectTheSameTwiceAtOnce(t *testing.T) {
	for range 200 {
		d, p := wired(pig.Options{})
		id, got := member(d)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { _ = p.Connect(id, "a") })
		}
		all.Wait()
		p.Update(nil, "a", "once")
		wantUpdates(t, got, "a", "", "a", "", "a", "", "a", "", "a", "once")
		wantStats(t, p, pig.Stats{Paths: 1, IDs: 1, Connections: 1})
	}
}
