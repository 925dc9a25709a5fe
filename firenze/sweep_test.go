package firenze

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/internal/testenv"
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
		{due: writtenTo, instant: writtenTo},
		{due: writtenTo + 1, instant: writtenTo, within: tick / 2},
		{due: 1000, instant: writtenTo, within: tick / 2},
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

// A gate notes when sessions leave.
type gate struct {
	dolores.Dolores
	left map[time.Time]int
}

func (g *gate) Unregister(id string) {
	g.left[time.Now()]++
	g.Dolores.Unregister(id)
}

// TestSweepPauses holds that sessions which are over at once end a portion at an instant,
// all within a tick, and without a pause when the Firenze is closed.
func TestSweepPauses(t *testing.T) {
	for _, test := range []struct {
		sessions, instant int
		closed            time.Duration // when, after the sessions are over; 0 is not
	}{
		{lookedAt, lookedAt, 0},
		{10_000, lookedAt, 0},
		{70_000, 280, 0},
		{10_000, 10_000, -time.Second},
		{10_000, 10_000 - lookedAt, time.Microsecond},
	} {
		if testenv.Race() && test.sessions > 10_000 {
			continue // it takes ten times as long
		}
		synctest.Test(t, func(t *testing.T) {
			g := &gate{left: map[time.Time]int{}}
			f := New(g, Options{})
			defer f.Close()
			for range test.sessions {
				c, err := f.begin(false)
				if err != nil {
					t.Fatal(err)
				}
				f.enter(c)
			}
			over := time.Now().Add(Absence)
			if test.closed != 0 {
				time.Sleep(Absence + test.closed)
				f.Close()
			} else {
				time.Sleep(Absence + tick)
			}
			synctest.Wait()
			all := 0
			for at, n := range g.left {
				all += n
				if n > test.instant || at.Sub(over) > tick/4 {
					t.Errorf("of %d sessions, %d ended at an instant, %v after they were over", test.sessions, n, at.Sub(over))
				}
			}
			if all != test.sessions {
				t.Errorf("of %d sessions, %d ended", test.sessions, all)
			}
		})
	}
}
