// Package thestraltest runs any Thestral through the rules of the interface.
//
// A piece of your own is tested in a few lines. Run needs to know how to make
// one that hands every update of [Path] on to the receivers it is given; one
// that hands nothing on just ignores them and sets Leaf.
//
//	func TestRules(t *testing.T) {
//		thestraltest.Run(t, thestraltest.Suite{
//			New: func(receivers ...thestral.Thestral) thestral.Thestral {
//				d, _ := dolores.New("")
//				for _, r := range receivers {
//					d.Delegate(r)
//				}
//				return d
//			},
//		})
//	}
//
// The rules run in bubbles of fake time (testing/synctest), so a piece that
// queues is given all the time that it needs, and one that waits is found out at
// once. A failure quotes the rule that was broken. Run it with the race
// detector as well, which sees what the suite can't.
package thestraltest

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/thestral"
)

// Path is the path that the suite sends its updates on.
const Path = "thestraltest/path"

// Patience is how long a neighbour of a stuck receiver may have to wait for an
// update, in fake time.
const Patience = 50 * time.Millisecond

// lockPatience is how long a lock may take that should not be held at all, in
// real time, because fake time stands still while somebody waits for a lock.
const lockPatience = 10 * time.Second

// A Suite says what is tested.
type Suite struct {
	// New makes a fresh piece that hands each update of Path on to all receivers.
	New func(receivers ...thestral.Thestral) thestral.Thestral
	// Leaf says that the piece hands nothing on. Only the rules that can be seen
	// without a receiver are tested then.
	Leaf bool
}

// Run tests the rules, each in a subtest of its own.
func Run(t *testing.T, s Suite) {
	for _, r := range rules {
		if s.Leaf && !r.leaf {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			if err := r.try(t, s); err != nil {
				t.Errorf("rule %d is broken: %s\n%v", r.number, r.text, err)
			}
		})
	}
}

// A rule is one promise and the attempt to catch a piece at breaking it.
type rule struct {
	number int
	name   string
	text   string
	leaf   bool // it can be seen without a receiver
	broken func(Suite) error

	realTime bool // a bubble stands still for ever when somebody waits for a lock
}

// try runs the rule, and takes a panic for a breach of it.
func (r rule) try(t *testing.T, s Suite) (err error) {
	attempt := func(*testing.T) {
		defer func() {
			if reason := recover(); reason != nil {
				err = fmt.Errorf("Update panicked: %v", reason)
			}
		}()
		err = r.broken(s)
	}
	if r.realTime {
		attempt(t)
	} else {
		synctest.Test(t, attempt)
	}
	return err
}

var rules = []rule{
	{1, "does not wait", "Update does not wait.", true, waits, false},
	{2, "many goroutines", "Update may be called from many goroutines at once.", true, loses, false},
	{3, "order", "What one goroutine sends on one path arrives at every receiver in the order sent.", false, reorders, false},
	{4, "re-entrance", "Update may be called from inside Update: no piece holds a lock while it calls another.", false, locks, true},
	{5, "panic", "A Thestral that panics does harm to itself alone.", false, panics, false},
	{5, "stuck", "A Thestral that never returns does harm to itself alone.", false, sticks, false},
	{6, "sender", "The sender is whom to answer, and nil means nobody.", true, mistakesSender, false},
}

// inTime runs do and says whether it returned without waiting for anything.
func inTime(do func()) error {
	var mu sync.Mutex
	returned := false
	go func() {
		do()
		mu.Lock()
		defer mu.Unlock()
		returned = true
	}()
	synctest.Wait()
	mu.Lock()
	defer mu.Unlock()
	if !returned {
		return fmt.Errorf("Update had not returned when everything else stood still")
	}
	return nil
}

func waits(s Suite) error {
	stuck, release := stuckReceiver()
	defer release()
	piece := s.New(stuck)
	return inTime(func() {
		for i := range 10 {
			piece.Update(nil, Path, strconv.Itoa(i))
		}
	})
}

func loses(s Suite) error {
	const senders, each = 8, 50
	var got Recorder
	piece := s.New(&got)
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() {
			for n := range each {
				piece.Update(nil, Path, fmt.Sprint(i, " ", n))
			}
		})
	}
	all.Wait()
	synctest.Wait()
	if n := len(got.Messages(Path)); !s.Leaf && n != senders*each {
		return fmt.Errorf("%d goroutines sent %d updates each, and %d of %d arrived", senders, each, n, senders*each)
	}
	return nil
}

func reorders(s Suite) error {
	const count = 200
	receivers := [3]Recorder{}
	piece := s.New(&receivers[0], &receivers[1], &receivers[2])
	var want []string
	for n := range count {
		want = append(want, strconv.Itoa(n))
		piece.Update(nil, Path, want[n])
	}
	synctest.Wait()
	for i := range receivers {
		if got := receivers[i].Messages(Path); !slices.Equal(got, want) {
			return fmt.Errorf("receiver %d got %q instead of 0 to %d in order", i, got, count-1)
		}
	}
	return nil
}

// locks calls the piece from inside a receiver, from another goroutine so that a
// lock that is held can be told from one that is slow to come.
func locks(s Suite) error {
	var piece thestral.Thestral
	inside := make(chan struct{})
	again := direct(func(_ thestral.Thestral, path, message string) {
		if message != "first" {
			return
		}
		go func() {
			defer close(inside)
			piece.Update(nil, path, "from inside")
		}()
		select {
		case <-inside:
		case <-time.After(lockPatience):
		}
	})
	got := make(chan string, 2)
	piece = s.New(again, direct(func(_ thestral.Thestral, _, message string) { got <- message }))
	start := time.Now()
	piece.Update(nil, Path, "first")
	<-inside
	if time.Since(start) >= lockPatience {
		return fmt.Errorf("an Update from inside Update did not return before the outer one")
	}
	for range 2 {
		select {
		case <-got:
		case <-time.After(lockPatience):
			return fmt.Errorf("an update and one from inside it were sent, and not both arrived")
		}
	}
	return nil
}

func panics(s Suite) error {
	fails := func(thestral.Thestral, string, string) { panic("thestraltest: this panic is a part of the test") }
	for _, culprit := range []thestral.Thestral{thestral.Func(fails), direct(fails)} {
		var before, after Recorder
		piece := s.New(&before, culprit, &after)
		piece.Update(nil, Path, "1")
		piece.Update(nil, Path, "2")
		synctest.Wait()
		if err := bothGot(&before, &after, "panicked"); err != nil {
			return err
		}
	}
	return nil
}

// direct is a function that claims to be prompt, so that pieces call it without
// a queue.
type direct func(sender thestral.Thestral, path, message string)

func (d direct) Update(sender thestral.Thestral, path, message string) { d(sender, path, message) }
func (d direct) Next() []thestral.Thestral                             { return nil }

func sticks(s Suite) error {
	var before, after Recorder
	stuck, release := stuckReceiver()
	defer release()
	piece := s.New(&before, stuck, &after)
	go func() {
		piece.Update(nil, Path, "1")
		piece.Update(nil, Path, "2")
	}()
	time.Sleep(Patience)
	synctest.Wait()
	return bothGot(&before, &after, "was stuck")
}

func bothGot(before, after *Recorder, what string) error {
	for _, r := range []*Recorder{before, after} {
		if got := r.Messages(Path); !slices.Equal(got, []string{"1", "2"}) {
			return fmt.Errorf("a neighbour of the receiver that %s got %q instead of 1 and 2", what, got)
		}
	}
	return nil
}

func mistakesSender(s Suite) error {
	var got, sender Recorder
	piece := s.New(&got)
	piece.Update(nil, Path, "")
	piece.Update(&sender, Path, "question")
	synctest.Wait()
	if s.Leaf {
		return nil
	}
	senders := got.Senders()
	if len(senders) != 2 || senders[0] != nil || senders[1] == nil {
		return fmt.Errorf("updates without and with a sender arrived from %v", senders)
	}
	senders[1].Update(nil, Path, "answer")
	synctest.Wait()
	if got := sender.Messages(Path); !slices.Equal(got, []string{"answer"}) {
		return fmt.Errorf("the sender was answered once and got %q", got)
	}
	return nil
}

// stuckReceiver returns a Thestral that does not return before it is released.
func stuckReceiver() (stuck thestral.Thestral, release func()) {
	done := make(chan struct{})
	return thestral.Func(func(thestral.Thestral, string, string) { <-done }), func() { close(done) }
}
