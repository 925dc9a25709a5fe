package hush

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rootspush/roots/thestral"
)

// MaxKeys is how many keys a gate remembers.
const MaxKeys = 10_000

// A Key says which updates belong together. It is called from many goroutines at
// once and must not wait.
type Key func(path, message string) string

// A Gate stands before another Thestral. It is as prompt as that one, and may be
// used by many goroutines at once.
type Gate struct {
	next    thestral.Thestral
	key     Key
	clock   func() time.Time
	dropped atomic.Uint64

	mu     sync.Mutex // guards what passes remembers
	passes func(key string, now time.Time) bool
}

var _ thestral.Prompt = (*Gate)(nil)

// newGate returns one without its rule.
func newGate(next thestral.Thestral, key Key, clock func() time.Time) *Gate {
	check(next != nil, "there is nobody behind the gate")
	check(key != nil, "the gate has no key")
	if clock == nil {
		clock = time.Now
	}
	return &Gate{next: next, key: key, clock: clock}
}

// Update hands the update on if it passes.
func (g *Gate) Update(sender thestral.Thestral, path, message string) {
	if g.lets(g.key(path, message), g.clock()) {
		g.next.Update(sender, path, message)
	} else {
		g.dropped.Add(1)
	}
}

func (g *Gate) lets(key string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.passes(key, now)
}

// Next returns the one behind.
func (g *Gate) Next() []thestral.Thestral { return []thestral.Thestral{g.next} }

// Dropped returns how many updates did not pass.
func (g *Gate) Dropped() uint64 { return g.dropped.Load() }

// Collapse lets the first update of a key pass, and then no other of that key for
// as long as window. A nil clock stands for [time.Now]. It panics if next or key is
// nil, or if window is not positive.
func Collapse(next thestral.Thestral, window time.Duration, key Key, clock func() time.Time) *Gate {
	g := newGate(next, key, clock)
	check(window > 0, "the window of Collapse must be positive")
	ends := table[time.Time]{over: func(end, now time.Time) bool { return !now.Before(end) }}
	g.passes = func(key string, now time.Time) bool {
		end, ok := ends.get(key, now)
		if !ok || now.Before(*end) {
			return false
		}
		*end = now.Add(window)
		return true
	}
	return g
}

// Sample lets each update pass with the probability share, which is 0 (none) to 1
// (all). It panics if next is nil or share is anything else.
func Sample(next thestral.Thestral, share float64, seed uint64) *Gate {
	g := newGate(next, func(string, string) string { return "" }, nil)
	check(share >= 0 && share <= 1, "the share of Sample must be 0 to 1")
	dice := rand.New(rand.NewPCG(seed, 0))
	g.passes = func(string, time.Time) bool { return dice.Float64() < share }
	return g
}

// Throttle lets what one speaker says pass at the rate each, and what all say
// together at the rate all. What the first refuses takes nothing from the second.
// A nil clock stands for [time.Now]. It panics if next or speaker is nil, or if a
// rate is none.
func Throttle(next thestral.Thestral, each, all Rate, speaker Key, clock func() time.Time) *Gate {
	g := newGate(next, speaker, clock)
	check(each.Valid() && all.Valid(), "the rates of Throttle must have a burst and an interval")
	var together Bucket
	buckets := table[Bucket]{over: func(b Bucket, now time.Time) bool { return b.Free(each, now) == each.Burst }}
	g.passes = func(speaker string, now time.Time) bool {
		own, ok := buckets.get(speaker, now)
		return ok && own.Free(each, now) > 0 && together.Take(all, now) && own.Take(each, now)
	}
	return g
}

// check is for mistakes of the programmer who puts a gate somewhere.
func check(right bool, otherwise string) {
	if !right {
		panic("hush: " + otherwise)
	}
}
