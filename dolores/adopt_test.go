package dolores_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// TestAdopt: whom another Dolores registered keeps the id, and comes and goes as
// if it had been given here.
func TestAdopt(t *testing.T) {
	there, here, delegate := new(dolores.Dolores), new(dolores.Dolores), new(thestraltest.Recorder)
	here.Delegate(delegate)
	one := new(thestraltest.Recorder)
	id := there.Register(one)
	if err := here.Adopt(id, one); err != nil {
		t.Fatal(err)
	}
	if got, known := here.Lookup(id); !known || got != one || here.Stats().Registered != 1 {
		t.Error("who was adopted is not known")
	}
	if err := here.Adopt(id, one); err == nil {
		t.Error("an id was adopted twice")
	}
	here.Unregister(id)
	wantUpdates(t, delegate, thestral.Update{Path: "::register", Message: id}, thestral.Update{Path: "::gone", Message: id})
	if err := here.Adopt(id, one); err != nil {
		t.Errorf("an id can't come back: %v", err)
	}
}

// TestAdoptOnce: of many at once one gets the id.
func TestAdoptOnce(t *testing.T) {
	d := new(dolores.Dolores)
	var adopted atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if d.Adopt("a-"+strings.Repeat("X", 32)+"-1", new(thestraltest.Recorder)) == nil {
				adopted.Add(1)
			}
		})
	}
	all.Wait()
	if adopted.Load() != 1 || d.Stats().Registered != 1 {
		t.Errorf("%d were adopted, %d are registered", adopted.Load(), d.Stats().Registered)
	}
}

func TestAdoptRefusesWhatIsNoID(t *testing.T) {
	random := strings.Repeat("X", 32)
	longest := strings.Repeat("n", dolores.MaxName) + "-" + random + "-18446744073709551615"
	for id, want := range map[string]bool{
		"a-" + random + "-1":           true,
		"a-b.c_d-" + random + "-1":     true,
		longest:                        true,
		longest[:1] + longest:          false,
		"":                             false,
		random + "-1":                  false,
		"a-" + random:                  false,
		"a-" + random + "-":            false,
		"a-" + random[1:] + "-1":       false,
		"a/b-" + random + "-1":         false,
		"a-" + random[:31] + "\n-1":    false,
		"a->b-" + random + "-1":        false,
		"ä-" + random + "-1":           false,
		"a-" + random + "-1 ":          false,
		fmt.Sprintf("a-%s-1;", random): false,
	} {
		d := new(dolores.Dolores)
		if err := d.Adopt(id, new(thestraltest.Recorder)); err == nil != want {
			t.Errorf("%q gives %v", id, err)
		}
		if _, known := d.Lookup(id); known != want {
			t.Errorf("%q is known: %v", id, known)
		}
	}
}
