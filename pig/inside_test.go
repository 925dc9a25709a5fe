package pig_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// An actor keeps what it is told, and then does something about it.
type actor struct {
	thestraltest.Recorder
	act func(path, message string)
}

func (a *actor) Update(sender thestral.Thestral, path, message string) {
	a.Recorder.Update(sender, path, message)
	a.act(path, message)
}

// TestFromInsideTheEmptyMessage: whatever a receiver does while it is greeted,
// it hears everything in order, and nothing after it has left.
func TestFromInsideTheEmptyMessage(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(p *pig.Pig, id string)
		want []string
	}{
		{"publishes there", func(p *pig.Pig, _ string) { p.Update(nil, "a", "1"); p.Update(nil, "a", "2") }, []string{"a", "", "a", "1", "a", "2", "a", "3"}},
		{"publishes elsewhere", func(p *pig.Pig, _ string) { p.Update(nil, "b", "1") }, []string{"a", "", "a", "3"}},
		{"connects again", func(p *pig.Pig, id string) { _ = p.Connect(id, "a") }, []string{"a", "", "a", "", "a", "3"}},
		{"connects elsewhere", func(p *pig.Pig, id string) { _ = p.Connect(id, "b"); p.Update(nil, "b", "1") }, []string{"a", "", "b", "", "b", "1", "a", "3"}},
		{"leaves", func(p *pig.Pig, id string) { _ = p.Disconnect(id, "a") }, []string{"a", "", "::+::disconnect", "a"}},
		{"publishes and leaves", func(p *pig.Pig, id string) { p.Update(nil, "a", "1"); _ = p.Disconnect(id, "a") }, []string{"a", "", "::+::disconnect", "a"}},
		{"leaves and comes back", func(p *pig.Pig, id string) { _ = p.Disconnect(id, "a"); _ = p.Connect(id, "a") }, []string{"a", "", "::+::disconnect", "a", "a", "", "a", "3"}},
		{"panics", func(*pig.Pig, string) { panic("not ready") }, []string{"a", "", "a", "3"}},
	} {
		for _, options := range []pig.Options{{}, {Remember: 1}} {
			t.Run(fmt.Sprintf("%s, remember %d", c.name, options.Remember), func(t *testing.T) {
				d, p := wired(options)
				var id string
				begun := false
				r := &actor{act: func(string, string) {
					if !begun {
						begun = true
						c.do(p, id)
					}
				}}
				id = d.Register(r)
				must(t, p.Connect(id, "a"))
				p.Update(nil, "a", "3")
				wantUpdates(t, &r.Recorder, c.want...)
			})
		}
	}
}

// TestReceiversChangeWhileTheyAreWalked: each update is for those who were there
// when it was handed out, less those who were taken out before their turn.
func TestReceiversChangeWhileTheyAreWalked(t *testing.T) {
	for _, text := range []string{"a/b", "a/*"} {
		for neighbours := range 6 {
			t.Run(fmt.Sprintf("%s, %d", text, neighbours), func(t *testing.T) {
				p := pig.New(nil, pig.Options{})
				var late, goes, stays thestraltest.Recorder
				var offs []func()
				for range neighbours {
					offs = append(offs, p.On(text, new(thestraltest.Recorder)))
				}
				var goesOff func()
				p.On(text, direct(func(_ thestral.Thestral, _, message string) {
					if message != "1" {
						return
					}
					goesOff()
					for _, off := range offs {
						off()
					}
					p.On(text, &late)
				}))
				goesOff = p.On(text, &goes)
				p.On(text, &stays)
				p.Update(nil, "a/b", "1")
				p.Update(nil, "a/b", "2")
				wantUpdates(t, &goes)
				wantUpdates(t, &stays, "a/b", "1", "a/b", "2")
				wantUpdates(t, &late, "a/b", "2")
				wantStats(t, p, pig.Stats{Local: 3, Paths: map[string]int{"a/b": 1}[text]})
			})
		}
	}
}

// TestTheOnlyReceiverTakesItselfOut, and another comes in its place, again and
// again.
func TestTheOnlyReceiverTakesItselfOut(t *testing.T) {
	p := pig.New(nil, pig.Options{})
	var told []string
	var add func(n int)
	add = func(n int) {
		var off func()
		off = p.On("a", direct(func(_ thestral.Thestral, _, message string) {
			told = append(told, fmt.Sprint(n, " ", message))
			off()
			add(n + 1)
		}))
	}
	add(0)
	for i := range 3 {
		p.Update(nil, "a", fmt.Sprint(i))
	}
	if diff := cmp.Diff([]string{"0 0", "1 1", "2 2"}, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantStats(t, p, pig.Stats{Paths: 1, Local: 1})
}

// TestUpdatesFromInside go on before the outer one does, but no receiver is told
// twice or forgotten; ids with patterns are gathered at each depth.
func TestUpdatesFromInside(t *testing.T) {
	const depth = 100
	d, p := wired(pig.Options{})
	r := &actor{}
	r.act = func(_, message string) {
		if n := len(message); n > 0 && n < depth {
			p.Update(nil, "a/b", message+"x")
		}
	}
	id := d.Register(r)
	must(t, p.Match(id, "a/*"))
	must(t, p.Match(id, "**"))
	last, got := member(d)
	must(t, p.Match(last, "*/b"))
	p.Update(nil, "a/b", "x")
	if n := len(r.Messages("a/b")); n != depth {
		t.Errorf("the first was told %d times", n)
	}
	if n := len(got.Messages("a/b")); n != depth {
		t.Errorf("the last was told %d times", n)
	}
}
