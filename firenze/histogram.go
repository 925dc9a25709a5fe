package firenze

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// A Histogram tells how many durations were how long.
type Histogram struct {
	Count   uint64
	Sum     float64 // of all, in seconds
	Buckets [buckets]Bucket
}

// A Bucket counts the durations that were not longer than UpTo, those of the
// buckets before it among them.
type Bucket struct {
	UpTo  time.Duration
	Count uint64
}

const buckets = 12

// The bounds of the buckets. A message is to take milliseconds, and a poll may
// wait for a little more than [DefaultHold].
var (
	deliveryBounds = [buckets]time.Duration{
		time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond,
		20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond,
		500 * time.Millisecond, time.Second, 5 * time.Second, 30 * time.Second,
	}
	holdBounds = [buckets]time.Duration{
		10 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, time.Second,
		2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second,
		20 * time.Second, 25 * time.Second, 30 * time.Second, 35 * time.Second,
	}
)

// A histogram is filled by many goroutines at once.
type histogram struct {
	counts [buckets + 1]atomic.Uint64 // of each bucket alone, and of what is longer than all
	micros atomic.Uint64              // the sum; of nanoseconds 100,000 polls would fill it in two days
}

// add counts a duration that stands for so many like it.
func (h *histogram) add(bounds *[buckets]time.Duration, d time.Duration, weight uint32) {
	d = max(d, 0) // two clocks that are read at once may be stored in the wrong order
	i := 0
	for i < buckets && d > bounds[i] {
		i++
	}
	h.counts[i].Add(uint64(weight))
	h.micros.Add(uint64(d.Microseconds()) * uint64(weight))
}

// read returns what was counted. What is added meanwhile may be missed in the
// sum, never in one bucket but not in those above it.
func (h *histogram) read(bounds *[buckets]time.Duration) Histogram {
	out := Histogram{Sum: time.Duration(h.micros.Load()).Seconds() * float64(time.Microsecond)}
	for i := range bounds {
		out.Count += h.counts[i].Load()
		out.Buckets[i] = Bucket{bounds[i], out.Count}
	}
	out.Count += h.counts[buckets].Load()
	return out
}

// measuredPerTick is about how many answers have their times measured in a
// tick. Reading the clock costs some 40 ns, which is a hundredth of an answer.
const measuredPerTick = 1000

// A sampler has everything measured as long as that is little, and then one in so
// many at random, each of which stands for those that were passed over.
type sampler struct {
	every  atomic.Uint32 // one in so many; 0 stands for 1
	before uint64        // what was counted at the last tick; only the sweeper uses it
}

// draw returns how many the answer at hand stands for, or 0 if it is not to be
// measured.
func (s *sampler) draw() (weight uint32) {
	every := s.every.Load()
	if every <= 1 {
		return 1
	}
	if rand.Uint32N(every) > 0 {
		return 0
	}
	return every
}

// adapt is told at every tick how many messages were ever sent.
func (s *sampler) adapt(sent uint64) {
	s.every.Store(uint32((sent - s.before) / measuredPerTick))
	s.before = sent
}
