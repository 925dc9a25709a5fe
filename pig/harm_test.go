package pig_test

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

var throws = direct(func(thestral.Thestral, string, string) { panic("this is a part of the test") })

// TestPanics: some of the receivers panic, on every place in the row, and the
// others are told everything.
func TestPanics(t *testing.T) {
	for others := range 7 {
		for _, text := range []string{"a/b", "a/*"} {
			for _, byID := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d others, %s, by id %v", others, text, byID), func(t *testing.T) {
					d, p := wired(pig.Options{})
					add := func(r thestral.Thestral) {
						switch {
						case !byID:
							p.On(text, r)
						case text == "a/b":
							must(t, p.Connect(d.Register(r), text))
						default:
							must(t, p.Match(d.Register(r), text))
						}
					}
					var good []*thestraltest.Recorder
					add(throws)
					for range others {
						good = append(good, new(thestraltest.Recorder))
						add(good[len(good)-1])
						add(throws)
					}
					d.Update(nil, "a/b", "1")
					d.Update(nil, "a/b", "2")
					for _, r := range good {
						want := []string{"a/b", "1", "a/b", "2"}
						if byID {
							want = append([]string{text, ""}, want...)
						}
						wantUpdates(t, r, want...)
					}
				})
			}
		}
	}
}

// TestAPanicAtTheEnd: who is told that it is disconnected may panic too.
func TestAPanicAtTheEnd(t *testing.T) {
	d, p := wired(pig.Options{})
	id := d.Register(throws)
	must(t, p.Connect(id, "a"))
	must(t, p.Disconnect(id, "a"))
	wantStats(t, p, pig.Stats{})
}

// TestStuck: receivers that never return cost the others no time at all, and
// new ones are served as well.
func TestStuck(t *testing.T) {
	for _, text := range []string{"a/b", "a/*"} {
		for _, byID := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, by id %v", text, byID), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d, p := wired(pig.Options{Remember: 2})
					release := make(chan struct{})
					defer close(release)
					stuck := thestral.Func(func(thestral.Thestral, string, string) { <-release })
					id := d.Register(stuck)
					if byID {
						must(t, p.Match(id, "**"))
						must(t, p.Connect(id, "a/b"))
					} else {
						p.On(text, stuck)
					}
					var got, late thestraltest.Recorder
					p.On(text, &got)
					begun := time.Now()
					for n := range 2 * thestral.QueueLimit {
						d.Update(nil, "a/b", strconv.Itoa(n))
					}
					p.On("a/b", &late)
					d.Update(nil, "a/b", "last")
					d.Unregister(id)
					synctest.Wait()
					if n := len(got.Messages("a/b")); n != 2*thestral.QueueLimit+1 {
						t.Errorf("a neighbour was told %d times", n)
					}
					wantUpdates(t, &late, "a/b", "1998", "a/b", "1999", "a/b", "last")
					if waited := time.Since(begun); waited != 0 {
						t.Errorf("all of it took %v", waited)
					}
				})
			})
		}
	}
}
