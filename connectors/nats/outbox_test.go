package nats

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bodies are what an outbox has from a number on.
func bodies(o *outbox, number uint64, most int) (all []string, first uint64) {
	entries, first := o.from(number, make([]entry, most))
	for _, e := range entries {
		all = append(all, e.body)
	}
	return all, first
}

func wantBodies(t *testing.T, o *outbox, number uint64, most int, wantFirst uint64, want ...string) {
	t.Helper()
	got, first := bodies(o, number, most)
	if diff := cmp.Diff(want, got); diff != "" || first != wantFirst {
		t.Errorf("from %d on there is, from %d (-want +got):\n%s", number, first, diff)
	}
}

func TestOutboxNumbers(t *testing.T) {
	o := newOutbox(limits{3, 1 << 20, time.Minute})
	wantBodies(t, o, 0, 9, 1)
	for i := 1; i <= 3; i++ {
		o.put(entry{body: fmt.Sprint(i)})
	}
	wantBodies(t, o, 1, 9, 1, "1", "2", "3")
	wantBodies(t, o, 2, 1, 2, "2")
	wantBodies(t, o, 4, 9, 4)
	o.put(entry{body: "4"}) // one more than it may keep
	wantBodies(t, o, 1, 9, 2, "2", "3", "4")
}

func TestOutboxBytes(t *testing.T) {
	size := (&entry{subject: "a", body: "12"}).size()
	o := newOutbox(limits{100, 3 * size, time.Minute})
	for range 3 {
		o.put(entry{subject: "a", body: "12"})
	}
	if got := o.stock(); got != (stock{3, 3 * size}) {
		t.Errorf("it keeps %+v", got)
	}
	o.put(entry{subject: "a", body: "123"})
	if got := o.stock(); got != (stock{2, 2*size + 1}) {
		t.Errorf("with a byte too many it keeps %+v", got)
	}
	o.put(entry{subject: "a", body: string(make([]byte, 4*size))})
	if got := o.stock(); got != (stock{}) {
		t.Errorf("with more than it may ever keep it keeps %+v", got)
	}
}

func TestOutboxAges(t *testing.T) {
	o := newOutbox(limits{100, 1 << 20, time.Minute})
	o.put(entry{body: "1", at: 1})
	o.put(entry{body: "2", at: 2})
	o.age(1 + time.Minute)
	wantBodies(t, o, 0, 9, 1, "1", "2")
	o.age(2 + time.Minute)
	wantBodies(t, o, 0, 9, 2, "2")
	o.age(3 + time.Minute)
	if o.entries != nil || o.bytes != 0 {
		t.Errorf("an empty outbox keeps %d bytes, and a buffer: %v", o.bytes, o.entries != nil)
	}
	o.put(entry{body: "3", at: time.Hour})
	wantBodies(t, o, 1, 9, 3, "3")
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		name           string
		next           uint64
		number, oldest uint64
		wantNext       uint64
		wantWord       string
		wantBack       bool
	}{
		{"all is kept", 10, 5, 1, 6, goesOn, true},
		{"just enough is kept", 10, 5, 6, 6, goesOn, true},
		{"one is lost", 10, 5, 7, 7, isLost, true},
		{"all is lost", 10, 5, 20, 10, isLost, true},
		{"the last one", 10, 8, 1, 9, goesOn, true},
		{"nothing to go back to", 10, 9, 1, 10, goesOn, false},
		{"a number that never was", 10, 99, 1, 10, goesOn, false},
		{"from the beginning", 10, 0, 1, 1, goesOn, true},
	} {
		p := place{next: c.next}
		word, back := p.goBack(c.number, c.oldest)
		if p.next != c.wantNext || word != c.wantWord || back != c.wantBack {
			t.Errorf("%s: next is %d, the word %q, back %v", c.name, p.next, word, back)
		}
	}
}
