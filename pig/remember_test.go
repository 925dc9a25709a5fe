package pig_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestRememberCount(t *testing.T) {
	for _, c := range []struct {
		remember, said int
		want           []string
	}{
		{0, 3, nil},
		{-1, 3, nil},
		{3, 0, nil},
		{3, 2, []string{"a", "1", "a", "2"}},
		{3, 3, []string{"a", "1", "a", "2", "a", "3"}},
		{3, 4, []string{"a", "2", "a", "3", "a", "4"}},
		{1, 100, []string{"a", "100"}},
	} {
		t.Run(fmt.Sprintf("%d of %d", c.remember, c.said), func(t *testing.T) {
			d, p := wired(pig.Options{Remember: c.remember})
			for n := range c.said {
				d.Update(nil, "a", fmt.Sprint(n+1))
				d.Update(nil, "b", "of another path")
			}
			id, byID := member(d)
			must(t, p.Connect(id, "a"))
			var byOn thestraltest.Recorder
			p.On("a", &byOn)
			d.Update(nil, "a", "later")
			wantUpdates(t, byID, append(append([]string{"a", ""}, c.want...), "a", "later")...)
			wantUpdates(t, &byOn, append(c.want[:len(c.want):len(c.want)], "a", "later")...)
		})
	}
}

// TestRememberAge: at its full age a message is forgotten, just before not.
func TestRememberAge(t *testing.T) {
	for _, c := range []struct{ given, age time.Duration }{
		{0, time.Minute}, {-time.Second, time.Minute}, {time.Second, time.Second}, {time.Hour, time.Hour},
	} {
		t.Run(c.given.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, p := wired(pig.Options{Remember: 10, Age: c.given})
				p.Update(nil, "a", "1")
				time.Sleep(c.age / 2)
				p.Update(nil, "a", "2")
				time.Sleep(c.age/2 - 1)
				var before, at, after thestraltest.Recorder
				p.On("a", &before)()
				time.Sleep(time.Nanosecond)
				p.On("a", &at)()
				time.Sleep(c.age / 2)
				p.On("a", &after)()
				wantUpdates(t, &before, "a", "1", "a", "2")
				wantUpdates(t, &at, "a", "2")
				wantUpdates(t, &after)
			})
		})
	}
}

func TestRememberSenders(t *testing.T) {
	_, p := wired(pig.Options{Remember: 2})
	var asker, got thestraltest.Recorder
	p.Update(&asker, "a", "question")
	p.Update(nil, "a", "news")
	p.On("a", &got)
	senders := got.Senders()
	senders[0].Update(nil, "a", "answer")
	wantUpdates(t, &asker, "a", "answer")
	if senders[1] != nil {
		t.Errorf("the second sender is %v", senders[1])
	}
}

// TestWhatIsNotRemembered: patterns are given nothing, and nothing is given twice
// to whoever is connected already; of control paths nothing is kept.
func TestWhatIsNotRemembered(t *testing.T) {
	d, p := wired(pig.Options{Remember: 10})
	d.Update(nil, "a/b", "1")
	d.Update(nil, "::mine", "2")
	var byOn, control thestraltest.Recorder
	p.On("a/*", &byOn)
	p.On("::mine", &control)
	wantUpdates(t, &byOn)
	wantUpdates(t, &control)
	id, got := member(d)
	must(t, p.Match(id, "a/*"))
	wantUpdates(t, got, "a/*", "")
	must(t, p.Connect(id, "a/b"))
	must(t, p.Connect(id, "a/b"))
	d.Update(nil, "a/b", "3")
	must(t, p.Disconnect(id, "a/b"))
	must(t, p.Connect(id, "a/b"))
	wantUpdates(t, got, "a/*", "", "a/b", "", "a/b", "1", "a/b", "", "a/b", "3", "::+::disconnect", "a/b", "a/b", "", "a/b", "1", "a/b", "3")
}

// TestConnectInAStorm: while many publish, each new receiver gets the empty
// message, what is remembered and everything later, without a gap, a double or
// an inversion.
func TestConnectInAStorm(t *testing.T) {
	const senders, each, receivers = 4, 2000, 40
	for _, remember := range []int{1, 7, 100} {
		t.Run(fmt.Sprint(remember), func(t *testing.T) {
			d, p := wired(pig.Options{Remember: remember})
			var byID, byOn [receivers]thestraltest.Recorder
			var all sync.WaitGroup
			connect := func(i int) {
				d.Update(nil, "::connect", d.Register(&byID[i])+"->a/b")
				p.On("a/b", &byOn[i])
			}
			publish(senders, each, func(sender, n int) {
				if sender == 0 && n%(each/receivers) == 0 {
					all.Go(func() { connect(n / (each / receivers)) })
				}
				d.Update(nil, "a/b", fmt.Sprint(sender, " ", n))
			})
			all.Wait()
			for i := range receivers {
				messages := byID[i].Messages("a/b")
				if messages[0] != "" {
					t.Fatalf("the first message is %q", messages[0])
				}
				checkNumbers(t, messages[1:], senders, -1, each-1)
				checkNumbers(t, byOn[i].Messages("a/b"), senders, -1, each-1)
			}
		})
	}
}

// TestRememberedBeforeWhatIsUnderWay: an update that is remembered but still being
// handed out when somebody connects comes to it once.
func TestRememberedBeforeWhatIsUnderWay(t *testing.T) {
	d, p := wired(pig.Options{Remember: 5})
	id, got := member(d)
	r := &actor{}
	r.act = func(_, message string) {
		if message == "1" {
			must(t, p.Connect(id, "a"))
			p.Update(nil, "a", "2")
		}
	}
	p.On("a", r)
	p.On("a", new(thestraltest.Recorder)) // so that the walk goes on after r
	p.Update(nil, "a", "1")
	p.Update(nil, "a", "3")
	wantUpdates(t, got, "a", "", "a", "1", "a", "2", "a", "3")
}
