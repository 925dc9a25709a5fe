package hush

import "time"

// A Rate is how often something may happen: Burst times at once, and then once in
// every Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// PerMinute is the rate of n in a minute, all of which may come at once. n is at
// least 1.
func PerMinute(n int) Rate { return Rate{n, time.Minute / time.Duration(n)} }

// Valid says whether this is a rate: it must have a burst and an interval.
func (r Rate) Valid() bool { return r.Burst > 0 && r.Every > 0 }

// A Bucket counts what happened against a [Rate], which must be the same each
// time. The zero value is full. One goroutine uses it at a time.
type Bucket struct{ full time.Time } // when it will be full again

// Free returns how often it may happen now.
func (b *Bucket) Free(r Rate, now time.Time) int {
	missing := max(b.full.Sub(now), 0)
	return int((time.Duration(r.Burst)*r.Every - missing) / r.Every)
}

// Take reports whether it may happen now, and counts it if so.
func (b *Bucket) Take(r Rate, now time.Time) bool {
	if b.Free(r, now) < 1 {
		return false
	}
	if b.full.Before(now) {
		b.full = now
	}
	b.full = b.full.Add(r.Every)
	return true
}
