package pig_test

import (
	"testing"

	"github.com/rootspush/roots/pig"
)

// TestResume: who goes on hears all that comes from then on, and nothing before:
// neither empty messages nor what is remembered.
func TestResume(t *testing.T) {
	for _, options := range []pig.Options{{}, {Remember: 10}} {
		d, p := wired(options)
		d.Update(nil, "a", "before")
		id, got := member(d)
		must(t, p.Resume(id, []pig.Heard{{Text: "a"}, {Text: "b/*"}, {Text: "c/*", Pattern: true}}))
		wantUpdates(t, got)
		d.Update(nil, "a", "1")
		d.Update(nil, "b/*", "2")
		d.Update(nil, "b/x", "not this")
		d.Update(nil, "c/x", "3")
		wantUpdates(t, got, "a", "1", "b/*", "2", "c/x", "3")
		if r, _ := p.Receiver(id); len(r.Heard) != 3 {
			t.Errorf("%s hears %v", id, r.Heard)
		}
		must(t, p.Resume(id, []pig.Heard{{Text: "a"}})) // once more changes nothing
		d.Update(nil, "a", "4")
		wantUpdates(t, got, "a", "1", "b/*", "2", "c/x", "3", "a", "4")
	}
}

// TestForget: who goes on elsewhere hears nothing more, and is told nothing.
func TestForget(t *testing.T) {
	d, p := wired(pig.Options{})
	id, got := member(d)
	must(t, p.Resume(id, []pig.Heard{{Text: "a"}, {Text: "b/*", Pattern: true}}))
	p.Forget(id)
	p.Forget("nobody")
	d.Update(nil, "a", "1")
	d.Update(nil, "b/x", "2")
	wantUpdates(t, got)
	if s := p.Stats(); s != (pig.Stats{}) {
		t.Errorf("there is %+v left", s)
	}
}

// TestResumeRefuses what Connect and Match do.
func TestResumeRefuses(t *testing.T) {
	d, p := wired(pig.Options{})
	id, _ := member(d)
	for _, h := range []pig.Heard{{Text: ""}, {Text: "::connect"}, {Text: "a**b", Pattern: true}, {Text: "a", Pattern: false}} {
		err := p.Resume(id, []pig.Heard{h})
		if wrong := h.Text != "a"; wrong != (err != nil) {
			t.Errorf("%+v gives %v", h, err)
		}
	}
	if err := p.Resume("nobody", []pig.Heard{{Text: "a"}}); err == nil {
		t.Error("an unknown id was let in")
	}
	if s := p.Stats(); s.Connections != 1 {
		t.Errorf("%d connections are left", s.Connections)
	}
}
