package pig_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestTheSequenceOf2009(t *testing.T) {
	d, p := wired(pig.Options{})
	id, got := member(d)
	d.Update(nil, "::connect", id+"->a")
	d.Update(nil, "a", "1")
	d.Update(nil, "::connect", id+"->a")
	d.Update(nil, "::disconnect", id+"->zz")
	d.Update(nil, "::disconnect", id+"->a")
	d.Update(nil, "a", "2")
	wantUpdates(t, got, "a", "", "a", "1", "a", "", "::+::disconnect", "a")
	wantStats(t, p, pig.Stats{})
}

// TestControlMessages: what one who is matched with "m/*" from the start hears.
// "ID" stands for its id.
func TestControlMessages(t *testing.T) {
	for _, c := range []struct {
		name string
		say  []thestral.Update
		want []thestral.Update
	}{
		{"connect", updates("::connect", "ID->a", "a", "1"), updates("a", "", "a", "1")},
		{"only that path", updates("::connect", "ID->a", "b", "1", "a/b", "1", "A", "1", " a", "1"), updates("a", "")},
		{"disconnect", updates("::connect", "ID->a", "::disconnect", "ID->a", "a", "1"), updates("a", "", "::+::disconnect", "a")},
		{"disconnect twice", updates("::connect", "ID->a", "::disconnect", "ID->a", "::disconnect", "ID->a"), updates("a", "", "::+::disconnect", "a")},
		{"disconnect what was not connected", updates("::disconnect", "ID->a"), nil},
		{"match", updates("::match", "ID->x/*", "x/y", "1", "x", "2"), updates("x/*", "", "x/y", "1")},
		{"match again", updates("::match", "ID->m/*", "m/y", "1"), updates("m/*", "", "m/y", "1")},
		{"unmatch", updates("::unmatch", "ID->m/*", "m/y", "1"), updates("::+::disconnect", "m/*")},
		{"unmatch twice", updates("::unmatch", "ID->m/*", "::unmatch", "ID->m/*"), updates("::+::disconnect", "m/*")},
		{"unmatch another", updates("::unmatch", "ID->m/**", "m/y", "1"), updates("m/y", "1")},
		{"a star that is connected is a star", updates("::connect", "ID->x/*", "x/y", "1", "x/*", "2"), updates("x/*", "", "x/*", "2")},
		{"a pattern is not disconnected", updates("::disconnect", "ID->m/*", "m/y", "1"), updates("m/y", "1")},
		{"a path is not unmatched", updates("::connect", "ID->a", "::unmatch", "ID->a", "a", "1"), updates("a", "", "a", "1")},
		{"a pattern and its own text as a path", updates("::connect", "ID->m/*", "::unmatch", "ID->m/*", "m/y", "1", "m/*", "2"),
			updates("m/*", "", "::+::disconnect", "m/*", "m/*", "2")},
		{"a pattern without a star", updates("::match", "ID->a", "a", "1", "::unmatch", "ID->a", "a", "2"), updates("a", "", "a", "1", "::+::disconnect", "a")},
		{"an arrow in the path", updates("::connect", "ID->a->b", "a->b", "1", "a", "2", "b", "3"), updates("a->b", "", "a->b", "1")},
		{"nothing is trimmed", updates("::connect", "ID-> a ", " a ", "1", "a", "2"), updates(" a ", "", " a ", "1")},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, p := wired(pig.Options{})
			id, got := member(d)
			must(t, p.Match(id, "m/*"))
			for _, u := range c.say {
				d.Update(nil, u.Path, strings.Replace(u.Message, "ID", id, 1))
			}
			if diff := cmp.Diff(append(updates("m/*", ""), c.want...), got.Updates()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if refused := p.Stats().Refused; refused != 0 {
				t.Errorf("%d were refused", refused)
			}
		})
	}
}

// TestMalformedMessagesChangeNothing, are counted, and not even those who watch
// the control path hear them.
func TestMalformedMessagesChangeNothing(t *testing.T) {
	d, p := wired(pig.Options{})
	id, got := member(d)
	must(t, p.Connect(id, "a"))
	must(t, p.Match(id, "m/*"))
	var watcher thestraltest.Recorder
	var messages []string
	for _, form := range []string{
		"", "ID", "ID-", "ID>a", "ID->", "->a", "->", "a->ID", " ID->a", "ID ->a", "ID\n->a", "unknown->a", "IDx->a",
		"ID->a\nb", "ID->\xff", "ID->::register", "ID->::connect", "ID->::", "ID->" + strings.Repeat("a", 256),
	} {
		messages = append(messages, strings.Replace(form, "ID", id, 1))
	}
	before := p.Stats()
	before.Paths, before.Local = before.Paths+4, before.Local+4
	for _, path := range []string{"::connect", "::disconnect", "::match", "::unmatch"} {
		p.On(path, &watcher)
		for _, message := range messages {
			before.Refused++
			p.Update(nil, path, message)
			if got := p.Stats().Refused; got != before.Refused {
				t.Errorf("%s %q was not counted as refused", path, message)
			}
		}
	}
	for _, pattern := range []string{"a*", "**/a", "a/**/b", "***", strings.Repeat("a/", 32) + "a", "::*"} {
		before.Refused++
		p.Update(nil, "::match", id+"->"+pattern)
	}
	wantStats(t, p, before)
	wantUpdates(t, got, "a", "", "m/*", "")
	wantUpdates(t, &watcher)
}

// TestControlPathsAreWatchedWithOn: the watcher hears what was obeyed, after
// that was done, whether or not anything is remembered.
func TestControlPathsAreWatchedWithOn(t *testing.T) {
	for _, options := range []pig.Options{{}, {Remember: 3}} {
		t.Run(fmt.Sprintf("%+v", options), func(t *testing.T) {
			d, p := wired(options)
			var watcher thestraltest.Recorder
			paths := []string{"::connect", "::disconnect", "::match", "::unmatch", "::register", "::gone", "::mine"}
			for _, path := range paths {
				defer p.On(path, &watcher)()
			}
			p.On("::connect", direct(func(thestral.Thestral, string, string) {
				if p.Stats().Connections != 1 {
					t.Error("the watcher was told before it was done")
				}
			}))
			id, _ := member(d)
			want := []string{"::register", id}
			for _, path := range paths[:4] {
				d.Update(nil, path, id+"->a")
				want = append(want, path, id+"->a")
			}
			d.Unregister(id)
			d.Update(nil, "::mine", "text")
			wantUpdates(t, &watcher, append(want, "::gone", id, "::mine", "text")...)
		})
	}
}

func TestGoneForgetsAll(t *testing.T) {
	d, p := wired(pig.Options{})
	id, got := member(d)
	other, _ := member(d)
	for i := range 10 {
		must(t, p.Connect(id, fmt.Sprint("path/", i)))
		must(t, p.Match(id, fmt.Sprint("*/", i)))
	}
	must(t, p.Connect(other, "path/1"))
	told := len(got.Updates())
	d.Unregister(id)
	p.Update(nil, "path/1", "text")
	if n := len(got.Updates()); n != told {
		t.Errorf("who is gone was told %v", got.Updates()[told:])
	}
	wantStats(t, p, pig.Stats{Paths: 1, IDs: 1, Connections: 1})
}

func TestAForgedGoneIsRefused(t *testing.T) {
	d, p := wired(pig.Options{})
	id, got := member(d)
	must(t, p.Connect(id, "a"))
	p.Update(nil, "::gone", id)
	p.Update(d, "::gone", id)
	p.Update(nil, "a", "still here")
	wantUpdates(t, got, "a", "", "a", "still here")
	wantStats(t, p, pig.Stats{Paths: 1, IDs: 1, Connections: 1, Refused: 2})
}

// TestMaxConnections: paths and patterns count together, and what is there
// already may be connected again.
func TestMaxConnections(t *testing.T) {
	d, p := wired(pig.Options{})
	id, got := member(d)
	must(t, p.Match(id, "m/*"))
	for i := 1; i < pig.MaxConnections; i++ {
		must(t, p.Connect(id, fmt.Sprint(i)))
	}
	full := pig.Stats{Paths: pig.MaxConnections - 1, IDs: 1, Connections: pig.MaxConnections}
	wantStats(t, p, full)
	wantError(t, p.Connect(id, "one more"), "hears 1000 paths already, more are not allowed")
	wantError(t, p.Match(id, "one/*"), "hears 1000 paths already, more are not allowed")
	p.Update(nil, "::connect", id+"->one more")
	full.Refused++
	wantStats(t, p, full)
	if n := len(got.Updates()); n != pig.MaxConnections {
		t.Errorf("%d updates for %d connections", n, pig.MaxConnections)
	}
	must(t, p.Connect(id, "1"))
	must(t, p.Match(id, "m/*"))
	must(t, p.Disconnect(id, "1"))
	must(t, p.Connect(id, "one more"))
	wantStats(t, p, full)
}

func TestErrors(t *testing.T) {
	d, p := wired(pig.Options{})
	id, got := member(d)
	long := strings.Repeat("x", 1<<16)
	for _, c := range []struct {
		err   error
		wrong string
	}{
		{p.Connect("unknown", "a"), `id "unknown" is not registered`},
		{p.Match("unknown", "a"), `id "unknown" is not registered`},
		{p.Disconnect("unknown", "a"), `id "unknown" is not registered`},
		{p.Unmatch("unknown", "a"), `id "unknown" is not registered`},
		{p.Connect(long, "a"), "is not registered"},
		{p.Connect(id, ""), "the path is empty"},
		{p.Connect(id, long), "at most 255"},
		{p.Connect(id, "::gone"), `control path "::gone" can't be connected to`},
		{p.Connect(id, "::"+long), "at most 255"},
		{p.Match(id, ""), "the path is empty"},
		{p.Match(id, "::gone"), `control path "::gone" can't be matched`},
		{p.Match(id, "a*"), "a star inside of a segment"},
		{pig.New(nil, pig.Options{}).Connect("a", "a"), "is not registered"},
		{p.Connect(d.Register(p), "a"), "would hand updates back to the same pig"},
		{p.Match(d.Register(d), "a"), "would hand updates back to the same pig"},
	} {
		wantError(t, c.err, c.wrong)
	}
	wantUpdates(t, got)
	wantStats(t, p, pig.Stats{})
}

func TestOnPanicsAtWiring(t *testing.T) {
	_, p := wired(pig.Options{})
	for _, path := range []string{"", "a\n", "a*", "**/a", "::*", strings.Repeat("a", 256)} {
		wantPanic(t, func() { p.On(path, new(thestraltest.Recorder)) })
	}
	wantPanic(t, func() { p.On("a", nil) })
	wantStats(t, p, pig.Stats{})
}

// wantError wants an error that has wrong in it and is not too long for a log.
func wantError(t *testing.T, err error, wrong string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), wrong) || len(err.Error()) > 500 {
		t.Errorf("the error is %.600v, it should say %q", err, wrong)
	}
}
