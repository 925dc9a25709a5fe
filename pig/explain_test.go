package pig

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// TestExplainIsWhatDeliveryDoes: in random states, Explain names the connections
// that fit, and an update comes to those who have one, once, and to nobody else.
func TestExplainIsWhatDeliveryDoes(t *testing.T) {
	p := newPair(t, rand.Uint64())
	got, not := 0, 0
	for range 5_000 {
		p.compare(p.step()) // forgets what was told
		path := p.path()
		explained := map[string][]string{}
		for id := range p.book {
			explained[id] = texts(p.pig.Explain(id, path))
		}
		p.pig.Update(nil, path, "tag")
		for id, by := range explained {
			if diff := cmp.Diff(p.twin.fitting(id, path), by); diff != "" {
				t.Fatalf("%s hears %q by (-twin +pig):\n%s", id, path, diff)
			}
			told := len(p.got[id].Messages(path))
			if (told == 1) != (len(by) > 0) {
				t.Fatalf("%s was told of %q %d times, but hears it by %q", id, path, told, by)
			}
			got, not = got+told, not+1-told
			*p.got[id] = thestraltest.Recorder{}
		}
		for name := range p.offs {
			*p.got[name] = thestraltest.Recorder{}
		}
	}
	if got == 0 || not == 0 {
		t.Errorf("%d updates came and %d did not, both should happen", got, not)
	}
}

// fitting are the paths and patterns of id that path fits.
func (w *twin) fitting(id, path string) (fits []string) {
	for _, heard := range w.heard[id] {
		pattern, is := strings.CutPrefix(heard, "?")
		if heard == path || is && !thestral.IsControl(path) && fit(strings.Split(pattern, "/"), strings.Split(path, "/")) {
			fits = append(fits, heard)
		}
	}
	slices.Sort(fits)
	return fits
}

// texts writes what is heard as the twin does.
func texts(all []Heard) (texts []string) {
	for _, h := range all {
		text := h.Text
		if h.Pattern {
			text = "?" + text
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return texts
}

// TestReceiversAreAll compares with the twin who hears what, and how many.
func TestReceiversAreAll(t *testing.T) {
	p := newPair(t, rand.Uint64())
	for range 300 {
		for range 10 {
			p.compare(p.step())
		}
		ids, local, want := map[string][]string{}, []string{}, []string{}
		count := map[Heard]int{}
		for r := range p.pig.Receivers() {
			if r.ID == "" {
				local = append(local, texts(r.Heard)...)
			} else {
				ids[r.ID] = texts(r.Heard)
			}
			for _, h := range r.Heard {
				count[h]++
			}
		}
		for _, heard := range p.twin.on {
			want = append(want, heard)
		}
		for _, heard := range p.twin.heard {
			slices.Sort(heard)
		}
		slices.Sort(local)
		slices.Sort(want)
		if diff := cmp.Diff(want, local); diff != "" {
			t.Fatalf("local receivers (-twin +pig):\n%s", diff)
		}
		if diff := cmp.Diff(notEmpty(p.twin.heard), ids); diff != "" {
			t.Fatalf("ids (-twin +pig):\n%s", diff)
		}
		for h, n := range count {
			if p.pig.Count(h) != n {
				t.Fatalf("%+v has %d receivers, but Count says %d", h, n, p.pig.Count(h))
			}
		}
		if n := p.pig.Count(Heard{"nobody/hears/this", rand.IntN(2) == 0}); n != 0 {
			t.Fatalf("nobody is %d receivers", n)
		}
	}
}

func notEmpty(heard map[string][]string) map[string][]string {
	some := map[string][]string{}
	for id, all := range heard {
		if len(all) > 0 {
			some[id] = all
		}
	}
	return some
}

// TestReceiversWhileOthersComeAndGo: those who stay are met once each, and the loop
// may call the Pig.
func TestReceiversWhileOthersComeAndGo(t *testing.T) {
	const stay, churn = 100, 300
	b := book{}
	for i := range stay + churn {
		b[fmt.Sprint("id", i)] = new(thestraltest.Recorder)
	}
	p := New(b, Options{})
	for i := range stay {
		if err := p.Connect(fmt.Sprint("id", i), "a"); err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		for {
			for i := range churn {
				_ = p.Connect(fmt.Sprint("id", stay+i), "a") // they are known
			}
			for i := range churn {
				_ = p.Disconnect(fmt.Sprint("id", stay+i), "a")
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	for range 30 {
		met := map[string]int{}
		for r := range p.Receivers() {
			met[r.ID]++
			p.Explain(r.ID, "a")
		}
		for i := range stay {
			if id := fmt.Sprint("id", i); met[id] != 1 {
				t.Fatalf("%s was met %d times", id, met[id])
			}
		}
	}
	close(stop)
	others.Wait()
	for range p.Receivers() {
		break
	}
}
