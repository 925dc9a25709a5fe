package firenze

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/dolores"
)

// A clockLine notes when it is woken.
type clockLine struct{ at []time.Time }

func (l *clockLine) Wake() { l.at = append(l.at, time.Now()) }

// TestEvenly holds that each of those who are due at once is woken once, a few of them at
// an instant, soon, and at once when the Firenze is closed.
func TestEvenly(t *testing.T) {
	for _, test := range []struct {
		due     int
		closed  bool
		instant int // how many at an instant at most
		within  time.Duration
	}{
		{due: 0},
		{due: 1, instant: 1},
		{due: few, instant: few},
		{due: few + 1, instant: few, within: tick / 2},
		{due: 1000, instant: few, within: tick / 2},
		{due: 100_000, instant: 400, within: tick / 2},
		{due: 100_000, instant: 100_000, closed: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := New(new(dolores.Dolores), Options{})
			defer f.Close()
			if test.closed {
				f.Close()
			}
			lines := make([]clockLine, test.due)
			due := make([]line, test.due)
			for i := range lines {
				due[i] = &lines[i]
			}
			began := time.Now()
			f.wakeEvenly(due)
			if took := time.Since(began); took > test.within {
				t.Errorf("%d take %v, want %v at most", test.due, took, test.within)
			}
			instants := map[time.Time]int{}
			for i := range lines {
				if n := len(lines[i].at); n != 1 {
					t.Fatalf("of %d, one was woken %d times", test.due, n)
				}
				instants[lines[i].at[0]]++
			}
			for _, n := range instants {
				if n > test.instant {
					t.Errorf("of %d, %d were woken at an instant, want %d at most", test.due, n, test.instant)
				}
			}
		})
	}
}
