package pig_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// A watcher keeps what it is told, and admits nobody by itself.
type watcher struct {
	mu     sync.Mutex // guards what is below
	told   []string
	admits []func()
}

func (w *watcher) Heard(h pig.Heard, admit func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, fmt.Sprint("heard ", h))
	w.admits = append(w.admits, admit)
}

func (w *watcher) Unheard(h pig.Heard) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, fmt.Sprint("unheard ", h))
}

// admit lets the receiver in that came as number n.
func (w *watcher) admit(n int) {
	w.mu.Lock()
	admit := w.admits[n]
	w.mu.Unlock()
	admit()
}

func watched(options pig.Options) (*dolores.Dolores, *pig.Pig, *watcher) {
	d, p := wired(options)
	w := new(watcher)
	p.Watch(w)
	return d, p, w
}

func TestWatcherIsTold(t *testing.T) {
	d, p, w := watched(pig.Options{})
	a, _ := member(d)
	b, _ := member(d)
	must(t, p.Connect(a, "x"))
	must(t, p.Connect(b, "x"))
	must(t, p.Connect(b, "x")) // again, which changes nothing
	must(t, p.Match(a, "x/*"))
	off := p.On("x", new(thestraltest.Recorder))
	must(t, p.Disconnect(a, "x"))
	d.Unregister(b)
	off()
	off()
	d.Unregister(a)
	want := []string{
		"heard {x false}", "heard {x false}", "heard {x/* true}", "heard {x false}",
		"unheard {x false}", "unheard {x/* true}",
	}
	if diff := cmp.Diff(want, w.told); diff != "" {
		t.Errorf("the watcher was told (-want +got):\n%s", diff)
	}
}

// TestReceiversWaitToBeAdmitted: until then nothing comes, and afterwards all of it,
// the empty message first.
func TestReceiversWaitToBeAdmitted(t *testing.T) {
	d, p, w := watched(pig.Options{Remember: 10})
	d.Update(nil, "x", "before")
	a, first := member(d)
	must(t, p.Connect(a, "x"))
	d.Update(nil, "x", "meanwhile")
	must(t, p.Connect(a, "x")) // its empty message must not overtake
	b, second := member(d)
	must(t, p.Connect(b, "x"))
	wantUpdates(t, first)
	if p.IsAdmitted(a) || p.IsAdmitted(b) {
		t.Error("they pass for admitted although something is held back")
	}
	w.admit(1)
	if p.IsAdmitted(a) || !p.IsAdmitted(b) {
		t.Error("only the second was admitted")
	}
	d.Update(nil, "x", "later")
	wantUpdates(t, first)
	wantUpdates(t, second, "x", "", "x", "before", "x", "meanwhile", "x", "later")
	w.admit(0)
	if !p.IsAdmitted(a) || !p.IsAdmitted("nobody") {
		t.Error("something is held back")
	}
	d.Update(nil, "x", "last")
	wantUpdates(t, first, "x", "", "x", "before", "x", "meanwhile", "x", "", "x", "later", "x", "last")
}

// TestLeftBeforeAdmitted: who has left gets nothing, however late it is admitted.
func TestLeftBeforeAdmitted(t *testing.T) {
	d, p, w := watched(pig.Options{})
	a, got := member(d)
	must(t, p.Connect(a, "x"))
	d.Update(nil, "x", "held back")
	must(t, p.Disconnect(a, "x"))
	var local thestraltest.Recorder
	off := p.On("x", &local)
	d.Update(nil, "x", "held back")
	off()
	w.admit(0)
	w.admit(1)
	wantUpdates(t, got, "::+::disconnect", "x")
	wantUpdates(t, &local)
}

// TestAdmittedInTheMiddle: however admission and updates meet, nothing is lost,
// doubled or out of order.
func TestAdmittedInTheMiddle(t *testing.T) {
	const rounds, each = 200, 50
	for range rounds {
		d, p, w := watched(pig.Options{})
		a, got := member(d)
		must(t, p.Connect(a, "x"))
		want := []string{"x", ""}
		var both sync.WaitGroup
		both.Go(func() { w.admit(0) })
		for i := range each {
			d.Update(nil, "x", fmt.Sprint(i))
			want = append(want, "x", fmt.Sprint(i))
		}
		both.Wait()
		wantUpdates(t, got, want...)
	}
}

// TestWatcherMayCallPig from inside.
func TestWatcherMayCallPig(t *testing.T) {
	d, p := wired(pig.Options{})
	var counts []int
	p.Watch(counting{p, &counts})
	a, _ := member(d)
	must(t, p.Connect(a, "x"))
	d.Unregister(a)
	if diff := cmp.Diff([]int{1, 0}, counts); diff != "" {
		t.Errorf("there were so many receivers (-want +got):\n%s", diff)
	}
}

type counting struct {
	pig    *pig.Pig
	counts *[]int
}

func (c counting) Heard(h pig.Heard, admit func()) {
	*c.counts = append(*c.counts, c.pig.Count(h))
	admit()
}

func (c counting) Unheard(h pig.Heard) { *c.counts = append(*c.counts, c.pig.Count(h)) }
