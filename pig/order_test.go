package pig_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// publish calls say for the numbers 0 to each-1 from so many goroutines, and
// waits until all are done.
func publish(senders, each int, say func(sender, n int)) {
	var all sync.WaitGroup
	for s := range senders {
		all.Go(func() {
			for n := range each {
				say(s, n)
			}
		})
	}
	all.Wait()
}

// checkNumbers wants messages of the form "sender number" that count up to last
// for each sender, without a gap, a double or an inversion. They begin with
// first, or where they like if first is negative.
func checkNumbers(t *testing.T, messages []string, senders, first, last int) {
	t.Helper()
	next := map[int]int{}
	for _, m := range messages {
		sender, n := split(t, m)
		want, begun := next[sender]
		if !begun {
			want = max(first, 0)
		}
		if n != want && (begun || first >= 0) {
			t.Fatalf("sender %d: %d came instead of %d", sender, n, want)
		}
		next[sender] = n + 1
	}
	for sender := range senders {
		if n, begun := next[sender]; n != last+1 && (begun || first >= 0) {
			t.Errorf("sender %d: %d was the last instead of %d", sender, n-1, last)
		}
	}
}

// split takes "sender number" apart.
func split(t *testing.T, message string) (sender, n int) {
	t.Helper()
	before, after, _ := strings.Cut(message, " ")
	sender, err := strconv.Atoi(before)
	n, err2 := strconv.Atoi(after)
	if err != nil || err2 != nil {
		t.Errorf("message %q is not of the form \"sender number\"", message)
	}
	return sender, n
}

// A tally is a receiver that checks the order while it is told. Each sender has
// a slot that only its own goroutine writes to.
type tally struct {
	next       [8]int
	inversions [8]int
}

type numbered struct {
	thestral.Thestral
	slot int
}

func (*tally) Next() []thestral.Thestral { return nil }

func (r *tally) Update(sender thestral.Thestral, _, message string) {
	from, ok := sender.(numbered)
	if !ok {
		return // the empty message of Pig himself
	}
	n, err := strconv.Atoi(message)
	if err != nil || n != r.next[from.slot] {
		r.inversions[from.slot]++
	}
	r.next[from.slot] = n + 1
}

// TestOrder: 8 senders, 100 receivers of every kind, 100,000 updates, and none
// is lost, doubled or overtaken.
func TestOrder(t *testing.T) {
	const senders = 8
	each := 12_500
	if testing.Short() {
		each = 1250
	}
	d, p := wired(pig.Options{})
	receivers := make([]*tally, 100)
	for i := range receivers {
		receivers[i] = new(tally)
		addAny(t, d, p, i, receivers[i])
	}
	messages := make([]string, each)
	for n := range messages {
		messages[n] = strconv.Itoa(n)
	}
	publish(senders, each, func(sender, n int) { d.Update(numbered{slot: sender}, "a/b", messages[n]) })
	for i, r := range receivers {
		for s := range senders {
			if r.inversions[s] != 0 || r.next[s] != each {
				t.Errorf("receiver %d, sender %d: %d inversions, %d arrived", i, s, r.inversions[s], r.next[s])
			}
		}
	}
}

// addAny makes t hear a/b in one of several ways.
func addAny(t *testing.T, d *dolores.Dolores, p *pig.Pig, way int, receiver thestral.Thestral) {
	t.Helper()
	switch way % 5 {
	case 0, 1:
		p.On("a/b", receiver)
	case 2:
		p.On("a/*", receiver)
	case 3:
		must(t, p.Connect(d.Register(receiver), "a/b"))
	case 4:
		id := d.Register(receiver)
		must(t, p.Match(id, "**"))
		must(t, p.Connect(id, "a/b"))
	}
}
