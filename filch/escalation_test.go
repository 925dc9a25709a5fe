package filch_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/filch"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func seeds(f *testing.F) {
	for _, path := range []string{
		"::connect", "::disconnect", "::match", "::unmatch", "::register", "::gone", "::+::disconnect", "::", ":", "", "a",
		" ::connect", "::connect ", "\x00::gone", "\ufeff::gone", "：：gone", "%3a%3agone", ":\u200b:gone",
	} {
		for _, message := range []string{"", "ID", "ID->a", "ID->a/b", "ID->**", " ID->a", "ID->::register", "ID\n"} {
			f.Add(path, message)
		}
	}
}

// FuzzNoControlPasses: nothing gets past the guard that a piece would obey.
func FuzzNoControlPasses(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, path, message string) {
		var got thestraltest.Recorder
		filch.Guard(&got, nil).Update(nil, path, message)
		for _, u := range got.Updates() {
			if thestral.IsControl(u.Path) || strings.HasPrefix(u.Path, "::") {
				t.Errorf("%q passed", u.Path)
			}
			if u.Path != path || u.Message != message {
				t.Errorf("%q, %q became %q, %q", path, message, u.Path, u.Message)
			}
		}
	})
}

// FuzzEscalation: whatever comes through the guard, who is registered and who
// hears what stays as it was. "ID" in a message stands for an id that is known.
func FuzzEscalation(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, path, message string) {
		d := new(dolores.Dolores)
		p := pig.New(d, pig.Options{Remember: 1})
		d.Delegate(p)
		member := new(thestraltest.Recorder)
		id := d.Register(member)
		if err := p.Connect(id, "a"); err != nil {
			t.Fatal(err)
		}
		if err := p.Match(id, "a/*"); err != nil {
			t.Fatal(err)
		}
		before, beforePig := d.Stats(), p.Stats()
		message = strings.ReplaceAll(message, "ID", id)
		filch.Guard(d, nil).Update(member, path, message)
		if diff := cmp.Diff(before, d.Stats()); diff != "" {
			t.Errorf("Dolores changed:\n%s", diff)
		}
		if diff := cmp.Diff(beforePig, p.Stats()); diff != "" {
			t.Errorf("Pig changed:\n%s", diff)
		}
		for _, u := range member.Updates()[2:] { // after the two empty messages
			if thestral.IsControl(u.Path) || u.Path != path || u.Message != message {
				t.Errorf("the member was told %q, %q", u.Path, u.Message)
			}
		}
	})
}
