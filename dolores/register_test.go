package dolores_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestLookup(t *testing.T) {
	d := new(dolores.Dolores)
	one, two := new(thestraltest.Recorder), new(thestraltest.Recorder)
	first, second, third := d.Register(one), d.Register(two), d.Register(one)
	for id, want := range map[string]thestral.Thestral{first: one, second: two, third: one} {
		if got, ok := d.Lookup(id); !ok || got != want {
			t.Errorf("Lookup(%q) = %v, %v", id, got, ok)
		}
	}
	d.Unregister(first)
	for _, id := range []string{first, "", "dolores", first + " ", second[:len(second)-1]} {
		if got, ok := d.Lookup(id); ok || got != nil {
			t.Errorf("Lookup(%q) = %v, %v", id, got, ok)
		}
	}
	if _, ok := d.Lookup(third); !ok {
		t.Error("who was registered twice is gone with the first id")
	}
	wantStats(t, d, dolores.Stats{Registered: 2, Ever: 3})
}

// A witness looks up each id that is announced, at the moment when it is.
type witness struct {
	thestraltest.Recorder
	d    *dolores.Dolores
	seen []bool
}

func (w *witness) Update(sender thestral.Thestral, path, message string) {
	_, known := w.d.Lookup(message)
	w.seen = append(w.seen, known)
	w.Recorder.Update(sender, path, message)
}

func TestAnnouncements(t *testing.T) {
	d := new(dolores.Dolores)
	w := &witness{d: d}
	d.Delegate(w)
	id := d.Register(new(thestraltest.Recorder))
	d.Unregister(id)
	d.Unregister(id)
	d.Unregister("unknown")
	wantUpdates(t, &w.Recorder, thestral.Update{Path: "::register", Message: id}, thestral.Update{Path: "::gone", Message: id})
	if diff := cmp.Diff([]bool{true, false}, w.seen); diff != "" {
		t.Errorf("known when announced (-want +got):\n%s", diff)
	}
	for _, sender := range w.Senders() {
		if sender != thestral.Thestral(d) {
			t.Errorf("the sender is %v", sender)
		}
	}
	wantStats(t, d, dolores.Stats{Ever: 1})
}

func TestNobodyIsGoneTwice(t *testing.T) {
	d := new(dolores.Dolores)
	got := new(thestraltest.Recorder)
	d.Delegate(got)
	for range 100 {
		id := d.Register(got)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { d.Unregister(id) })
		}
		all.Wait()
	}
	if n := len(got.Messages("::gone")); n != 100 {
		t.Errorf("100 went, and ::gone was said %d times", n)
	}
	wantStats(t, d, dolores.Stats{Ever: 100})
}

func TestForgedAnnouncementsAreDropped(t *testing.T) {
	d := new(dolores.Dolores)
	got := new(thestraltest.Recorder)
	id := d.Register(got)
	d.Delegate(got)
	d.Update(nil, "::gone", id)
	d.Update(d, "::gone", id)
	d.Update(got, "::register", "forged")
	wantUpdates(t, got)
	if _, known := d.Lookup(id); !known {
		t.Error("a forged ::gone was believed")
	}
	wantStats(t, d, dolores.Stats{Registered: 1, Ever: 1, Refused: 3})
}

func TestOtherUpdatesPassAsTheyAre(t *testing.T) {
	d := new(dolores.Dolores)
	got := new(thestraltest.Recorder)
	d.Delegate(got)
	updates := []thestral.Update{
		{Path: "a", Message: "1"}, {Path: "::connect", Message: "id->a"}, {Path: "::registered", Message: "id"},
		{Path: "::gone ", Message: "id"}, {Path: " ::gone", Message: "id"}, {Path: "::GONE", Message: "id"}, {Path: "a", Message: ""},
	}
	for _, u := range updates {
		d.Update(nil, u.Path, u.Message)
	}
	wantUpdates(t, got, updates...)
}

func TestNobodyCantBeRegistered(t *testing.T) {
	d := new(dolores.Dolores)
	wantPanic(t, func() { d.Register(nil) })
	wantPanic(t, func() { d.Delegate(nil) })
	wantStats(t, d, dolores.Stats{})
}
