package firenze

import (
	"math"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// TestHistogram: a bound belongs to its bucket, and each bucket has those below.
func TestHistogram(t *testing.T) {
	for _, c := range []struct {
		d      time.Duration
		weight uint32
		bucket int // the first that has it
	}{
		{-time.Hour, 1, 0}, {0, 1, 0}, {time.Millisecond, 1, 0}, {time.Millisecond + 1, 1, 1},
		{2 * time.Millisecond, 3, 1}, {time.Second, 1, 9}, {time.Second + 1, 1, 10},
		{30 * time.Second, 7, 11}, {30*time.Second + 1, 1, 12}, {time.Hour, 5, 12},
	} {
		var h histogram
		h.add(&deliveryBounds, c.d, c.weight)
		got := h.read(&deliveryBounds)
		if got.Count != uint64(c.weight) {
			t.Errorf("%v is counted %d times instead of %d", c.d, got.Count, c.weight)
		}
		if want := max(0, c.d.Seconds()) * float64(c.weight); math.Abs(got.Sum-want) > float64(c.weight)*1e-6 {
			t.Errorf("the sum of %v is %v instead of %v", c.d, got.Sum, want)
		}
		for i, b := range got.Buckets {
			if in := i >= c.bucket; b.UpTo != deliveryBounds[i] || (b.Count == got.Count) != in || (b.Count == 0) == in {
				t.Errorf("%v: the bucket up to %v has %d of %d", c.d, b.UpTo, b.Count, got.Count)
			}
		}
	}
}

// TestHistogramHoldsYears of 100,000 polls that wait.
func TestHistogramHoldsYears(t *testing.T) {
	var h histogram
	for range 365 {
		h.add(&holdBounds, 24*time.Hour, 100_000)
	}
	if got, want := h.read(&holdBounds).Sum, 365*24*3600*1e5; got != want {
		t.Errorf("the sum is %v instead of %v", got, want)
	}
}

// TestSampler: what is drawn stands for all, however many they are; few are all
// drawn, and of many about as many as are to be measured.
func TestSampler(t *testing.T) {
	const each = 1_000_000
	for _, c := range []struct{ rate, every uint64 }{
		{0, 1}, {measuredPerTick, 1}, {2*measuredPerTick - 1, 1}, {2 * measuredPerTick, 2}, {100_000, 100},
	} {
		var s sampler
		s.adapt(7)
		s.adapt(7 + c.rate)
		var drawn, sum uint64
		for range each {
			weight := uint64(s.draw())
			if sum += weight; weight > 0 {
				drawn++
			}
			if weight != 0 && weight != c.every {
				t.Fatalf("at %d a second one stands for %d instead of %d", c.rate, weight, c.every)
			}
		}
		// Ten standard deviations, or nothing where there is no chance in it.
		slack := 10 * math.Sqrt(each/float64(c.every)*(1-1/float64(c.every)))
		if diff := math.Abs(float64(drawn) - each/float64(c.every)); diff > slack {
			t.Errorf("at %d a second %d of %d are drawn", c.rate, drawn, each)
		}
		if sum != drawn*c.every {
			t.Errorf("at %d a second the weights are %d in all", c.rate, sum)
		}
	}
}

// TestSamplerIsToldAtEachTick how much was sent.
func TestSamplerIsToldAtEachTick(t *testing.T) {
	f := New(nil, Options{})
	for _, sent := range []uint64{50 * measuredPerTick, 20 * measuredPerTick, 0} {
		f.counters.sent.Add(sent)
		f.renew()
		if every := f.counters.sampler.every.Load(); uint64(every) != sent/measuredPerTick {
			t.Errorf("after %d messages in a tick, one of %d is measured", sent, every)
		}
	}
}

// TestTimesAreExact although the clock of the sessions is late.
func TestTimesAreExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(nil, Options{})
		time.Sleep(400 * time.Millisecond)
		p, c := new(poll), &client{firenze: f}
		p.at.Store(c)
		p.await()
		time.Sleep(7 * time.Millisecond)
		since := f.frames.frame(c, "path", "message").since
		time.Sleep(3 * time.Millisecond)
		p.collect(0)
		time.Sleep(2 * time.Millisecond)
		f.sends([]item{{1, &frame{since: since}}})
		if got := f.Traffic(); got.Hold.Sum != 0.010 || got.Delivery.Sum != 0.005 {
			t.Errorf("the times are %v and %v s instead of 0.01 and 0.005", got.Hold.Sum, got.Delivery.Sum)
		}
	})
}

// BenchmarkSends is what counting costs an answer.
func BenchmarkSends(b *testing.B) {
	items := []item{{1, &frame{json: make([]byte, 100)}}}
	for name, every := range map[string]uint32{"calm": 1, "100,000 a second": 100} {
		b.Run(name, func(b *testing.B) {
			f := &Firenze{started: time.Now()}
			f.counters.sampler.every.Store(every)
			for b.Loop() {
				f.sends(items)
			}
		})
	}
}

// BenchmarkCensus walks over 10,000 sessions with ten messages each.
func BenchmarkCensus(b *testing.B) {
	f, clients := crowd(b, 10_000)
	for i := range 10 {
		for _, c := range clients {
			c.Update(nil, "path", strconv.Itoa(i))
		}
	}
	for b.Loop() {
		f.Census()
	}
}
