package dolores_test

import (
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// direct is a function that is called without a queue.
type direct func(sender thestral.Thestral, path, message string)

func (d direct) Update(sender thestral.Thestral, path, message string) { d(sender, path, message) }
func (d direct) Next() []thestral.Thestral                             { return nil }

func TestDelegatesAreToldInTheOrderInWhichTheyCame(t *testing.T) {
	d := new(dolores.Dolores)
	var told []string
	tell := func(name string) func() {
		return d.Delegate(direct(func(_ thestral.Thestral, _, message string) { told = append(told, name+message) }))
	}
	tell("a")
	dismiss := tell("b")
	tell("c")
	d.Update(nil, "path", "1")
	dismiss()
	tell("b")
	d.Update(nil, "path", "2")
	dismiss() // the second time, which must not touch the others
	d.Update(nil, "path", "3")
	want := []string{"a1", "b1", "c1", "a2", "c2", "b2", "a3", "c3", "b3"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhoIsAddedTwiceHearsTwice(t *testing.T) {
	d := new(dolores.Dolores)
	got := new(thestraltest.Recorder)
	dismiss := d.Delegate(got)
	d.Delegate(got)
	d.Update(nil, "path", "1")
	dismiss()
	d.Update(nil, "path", "2")
	if diff := cmp.Diff([]string{"1", "1", "2"}, got.Messages("path")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDelegatesChangeWhileTheyAreTold: each update is for those who were there
// when it was given.
func TestDelegatesChangeWhileTheyAreTold(t *testing.T) {
	d := new(dolores.Dolores)
	var late, last thestraltest.Recorder
	var dismissLast func()
	d.Delegate(direct(func(_ thestral.Thestral, _, message string) {
		if message == "1" {
			d.Delegate(&late)
			dismissLast()
		}
	}))
	dismissLast = d.Delegate(&last)
	d.Update(nil, "path", "1")
	d.Update(nil, "path", "2")
	wantUpdates(t, &last, thestral.Update{Path: "path", Message: "1"})
	wantUpdates(t, &late, thestral.Update{Path: "path", Message: "2"})
}

// TestDelegatesComeAndGoWhileUpdatesPass: those who stay lose nothing.
func TestDelegatesComeAndGoWhileUpdatesPass(t *testing.T) {
	const updates, changers = 5000, 3
	d := new(dolores.Dolores)
	var first, last thestraltest.Recorder
	d.Delegate(&first)
	var all sync.WaitGroup
	done := make(chan struct{})
	for range changers {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					dismiss := d.Delegate(new(thestraltest.Recorder))
					dismiss()
					dismiss()
				}
			}
		})
	}
	d.Delegate(&last)
	var want []string
	for i := range updates {
		want = append(want, strconv.Itoa(i))
		d.Update(nil, "path", want[i])
	}
	close(done)
	all.Wait()
	for _, r := range []*thestraltest.Recorder{&first, &last} {
		if diff := cmp.Diff(want, r.Messages("path")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if n := len(d.Next()); n != 2 {
		t.Errorf("%d delegates are left", n)
	}
}

// TestAStuckDelegate costs the others nothing, nor those who register.
func TestAStuckDelegate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(dolores.Dolores)
		release := make(chan struct{})
		d.Delegate(thestral.Func(func(thestral.Thestral, string, string) { <-release }))
		got := new(thestraltest.Recorder)
		d.Delegate(got)
		id := d.Register(got)
		d.Unregister(id)
		wantUpdates(t, got, thestral.Update{Path: "::register", Message: id}, thestral.Update{Path: "::gone", Message: id})
		close(release)
	})
}

// TestCallsFromInside: all methods may be called from a delegate.
func TestCallsFromInside(t *testing.T) {
	d := new(dolores.Dolores)
	got := new(thestraltest.Recorder)
	var id string
	d.Delegate(direct(func(_ thestral.Thestral, path, message string) {
		switch {
		case path == "begin":
			id = d.Register(got)
			d.Update(nil, "inner", "")
		case path == "::register":
			d.Unregister(message)
		case path == "::gone":
			if _, known := d.Lookup(message); known || d.Stats().Registered != 0 {
				t.Error("who is gone is still known")
			}
		}
	}))
	d.Delegate(got)
	d.Update(nil, "begin", "")
	// The calls are nested, so the second delegate is told of the inner ones first.
	wantUpdates(t, got, thestral.Update{Path: "::gone", Message: id}, thestral.Update{Path: "::register", Message: id},
		thestral.Update{Path: "inner"}, thestral.Update{Path: "begin"})
}
