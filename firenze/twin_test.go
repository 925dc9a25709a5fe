package firenze

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

// A twin is a session in the plainest form: it keeps all messages that there
// ever were, and works everything out anew each time.
type twin struct {
	limits    limits
	latest    bool
	ever      []item
	confirmed int
	forgotten int
	sent      int
	seen      time.Duration
	waiter    *waiter
	told      map[*waiter]bool
	over      ending
}

func (n *twin) pending() (left []item) {
	if n.over != going {
		return nil
	}
	gone := max(n.confirmed, n.forgotten)
	for i, it := range n.ever[gone:] {
		replaced := slices.ContainsFunc(n.ever[gone+i+1:], func(later item) bool { return later.frame.path == it.frame.path })
		if !n.latest || !replaced || thestral.IsControl(it.frame.path) {
			left = append(left, it)
		}
	}
	return left
}

func (n *twin) bytes() (sum int) {
	for _, it := range n.pending() {
		sum += len(it.frame.json)
	}
	return sum
}

func (n *twin) tell() *waiter {
	if n.waiter == nil || n.told[n.waiter] {
		return nil
	}
	n.told[n.waiter] = true
	return n.waiter
}

func (n *twin) publish(f *frame) *waiter {
	if n.over != going {
		return nil
	}
	n.ever = append(n.ever, item{uint64(len(n.ever) + 1), f})
	for len(n.pending()) > n.limits.messages || n.bytes() > n.limits.bytes {
		if !n.forget() {
			return n.end(overflowed)
		}
	}
	return n.tell()
}

func (n *twin) forget() bool {
	oldest := int(n.pending()[0].number)
	if oldest > n.sent {
		return false
	}
	n.forgotten = oldest
	return true
}

func (n *twin) unsent() (items []item) {
	for _, it := range n.pending() {
		if int(it.number) > n.sent {
			items = append(items, it)
		}
	}
	return items
}

func (n *twin) confirm(number uint64) {
	if n.over == going && number > uint64(n.confirmed) && number <= uint64(len(n.ever)) {
		n.confirmed = int(number)
		n.sent = max(n.sent, n.confirmed)
	}
}

func (n *twin) resume(number uint64) bool {
	n.confirm(number)
	if n.confirmed < n.forgotten {
		return false
	}
	n.sent = n.confirmed
	return true
}

func (n *twin) next(w *waiter, bytes int) (items []item, number uint64, more, ok bool) {
	if n.waiter != w || n.over != going {
		return nil, 0, false, false
	}
	left := n.unsent()
	for len(left) > 0 && (bytes > 0 || len(items) == 0) {
		bytes -= len(left[0].frame.json)
		items, left = append(items, left[0]), left[1:]
		n.sent = int(items[len(items)-1].number)
	}
	n.told[w] = len(left) > 0
	return items, uint64(n.sent), len(left) > 0, true
}

func (n *twin) detach(now time.Duration, w *waiter) {
	if n.waiter == w {
		n.waiter, n.seen = nil, now
	}
}

func (n *twin) attach(w *waiter) (displaced *waiter, ready bool) {
	displaced, n.waiter = n.waiter, w
	n.told[w] = len(n.pending()) > 0 || n.over != going
	return displaced, n.told[w]
}

func (n *twin) take(now time.Duration, w *waiter) ([]item, uint64) {
	if n.waiter != w {
		return nil, uint64(n.confirmed)
	}
	n.detach(now, w)
	if left := n.pending(); len(left) > 0 {
		return left, uint64(len(n.ever))
	}
	return nil, uint64(n.confirmed)
}

func (n *twin) end(why ending) *waiter {
	if n.over != going {
		return nil
	}
	n.over = why
	n.sent = n.confirmed
	if n.waiter != nil {
		n.told[n.waiter] = true
	}
	return n.waiter
}

func (n *twin) check(now time.Duration) *waiter {
	if n.waiter == nil && now-n.seen >= n.limits.absence {
		return n.end(stayedAway)
	}
	for len(n.pending()) > 0 && now-n.pending()[0].frame.since >= n.limits.age {
		if !n.forget() {
			return n.end(overflowed)
		}
	}
	return nil
}

// twins are both, and what has to be alike.
type twins struct {
	t       *testing.T
	dice    *rand.Rand
	real    *real
	naive   *twin
	now     time.Duration
	waiters []*waiter // the latest polls, whether they wait or not
	steps   []string
	endings [overflowed + 1]int
}

func (b *twins) begin(latest bool) {
	l := limits{messages: 5, bytes: 100, age: 20 * time.Second, absence: 10 * time.Second}
	b.real = &real{limits: l, session: &session{limits: &l, latest: latest, seen: b.now}}
	b.naive = &twin{limits: l, latest: latest, seen: b.now, told: map[*waiter]bool{}}
	b.waiters, b.steps = []*waiter{&waiter{}}, nil
}

// same compares what an operation returned.
func (b *twins) same(what string, real, naive any) {
	b.t.Helper()
	b.steps = append(b.steps, what)
	if diff := cmp.Diff(naive, real, cmp.AllowUnexported(item{}, frame{}), cmp.Comparer(func(a, b *waiter) bool { return a == b }), cmpopts.EquateEmpty()); diff != "" {
		b.t.Fatalf("after %q (-naive +real):\n%s", b.steps, diff)
	}
}

var twinPaths = []string{"a", "b", "c", thestral.Disconnected}

func (b *twins) step() {
	w := b.waiters[b.dice.IntN(len(b.waiters))]
	switch b.dice.IntN(16) {
	case 0, 1, 2, 3:
		f := &frame{path: twinPaths[b.dice.IntN(len(twinPaths))], json: make([]byte, b.dice.IntN(40)), since: b.now}
		b.same("publish "+f.path, b.real.session.publish(f), b.naive.publish(f))
	case 4, 5, 6:
		number := uint64(b.dice.IntN(len(b.naive.ever) + 3))
		if b.dice.IntN(10) == 0 {
			number = math.MaxUint64 - uint64(b.dice.IntN(3))
		}
		b.real.session.confirm(number)
		b.naive.confirm(number)
		b.steps = append(b.steps, "confirm")
	case 7, 8:
		number := uint64(b.dice.IntN(len(b.naive.ever) + 3))
		resumed := b.real.resume(number)
		b.same("resume", resumed, b.naive.resume(number))
		if !resumed {
			break
		}
		w = &waiter{}
		b.waiters = append(b.waiters, w)[max(0, len(b.waiters)-3):]
		displaced, ready := b.real.attach(w)
		wantDisplaced, wantReady := b.naive.attach(w)
		b.same("attach", displaced, wantDisplaced)
		b.same("ready", ready, wantReady)
	case 9, 10:
		items, number := b.real.session.take(b.now, w)
		wantItems, wantNumber := b.naive.take(b.now, w)
		b.same("take", items, wantItems)
		b.same("token", number, wantNumber)
	case 11, 12, 13:
		bytes := b.dice.IntN(60)
		items, number, more, ok := b.real.next(w, bytes)
		wantItems, wantNumber, wantMore, wantOK := b.naive.next(w, bytes)
		b.same("next", items, wantItems)
		b.same("token of next", number, wantNumber)
		b.same("more", more, wantMore)
		b.same("ok", ok, wantOK)
	case 14:
		b.real.detach(b.now, w)
		b.naive.detach(b.now, w)
		b.steps = append(b.steps, "detach")
	default:
		b.now += time.Duration(b.dice.IntN(5)) * time.Second
		b.same("check", b.real.check(b.now), b.naive.check(b.now))
		if b.dice.IntN(20) == 0 {
			b.same("end", b.real.end(left), b.naive.end(left))
		}
	}
}

func (b *twins) compare() {
	b.t.Helper()
	b.same("over", b.real.over, b.naive.over)
	b.same("bytes", b.real.bytes, b.naive.bytes())
	b.same("waiter", b.real.waiter, b.naive.waiter)
	b.same("confirmed", b.real.confirmed, uint64(b.naive.confirmed))
	b.same("forgotten", b.real.forgotten, uint64(b.naive.forgotten))
	b.same("sent", b.real.sent, uint64(b.naive.sent))
	b.steps = b.steps[:len(b.steps)-6]
	if !slices.Equal(b.real.queue, b.naive.pending()) {
		b.t.Fatalf("after %q the queue is %v instead of %v", b.steps, b.real.queue, b.naive.pending())
	}
	if err := b.real.sound(); err != "" {
		b.t.Fatalf("after %q %s", b.steps, err)
	}
}

// TestTwin does whatever comes to both of them, in any order, and compares them
// after each step.
func TestTwin(t *testing.T) {
	lives := 500
	if testenv.Full() {
		lives = 20_000
	}
	for name, latest := range map[string]bool{"all": false, "latest": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &twins{t: t, dice: rand.New(rand.NewPCG(1, 2))}
			for range lives {
				b.begin(latest)
				for rest := 10; rest > 0 && len(b.steps) < 1000; {
					b.step()
					b.compare()
					if b.real.over != going {
						rest--
					}
				}
				b.endings[b.real.over]++
			}
			for why, times := range b.endings[left:] {
				if times == 0 {
					t.Errorf("no session ended for reason %d, so that was not tried", why+int(left))
				}
			}
		})
	}
}
