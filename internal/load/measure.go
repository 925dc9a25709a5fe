//go:build linux

package main

import (
	"math"
	"slices"
	"time"
)

// Sizes say how much is measured.
type sizes struct {
	idle     int           // clients of memory
	clients  int           // clients of all else
	messages int           // of a fan-out
	updates  int           // of a unicast
	paced    time.Duration // how long latency is measured
	settle   time.Duration // how long idle clients are left alone
}

// A measure opens clients and returns what it found.
type measure struct {
	name string
	main string // the column of its main figure
	run  func(l *load, t transport, s sizes) (figures, error)
}

// figures are by the name of their column.
type figures map[string]float64

var measures = []measure{
	{"memory", "pss", memory},
	{"fanout", "rate", fanout(1)},
	{"fanout16", "rate", fanout(16)},
	{"unicast", "rate", unicast(1, 32)},
	{"batch", "rate", unicast(batchSize, 4*batchSize)},
	{"latency", "p99", latency},
}

const batchSize = 100

func memory(l *load, t transport, s sizes) (figures, error) {
	if err := l.linger(s.settle); err != nil {
		return nil, err
	}
	before, err := l.server.memory()
	if err != nil {
		return nil, err
	}
	if err := l.open(s.idle, t, false, 4); err != nil {
		return nil, err
	}
	if err := l.linger(s.settle); err != nil {
		return nil, err
	}
	after, err := l.server.memory()
	each := float64(s.idle)
	return figures{"clients": each, "rss": (after.rss - before.rss) / each, "pss": (after.pss - before.pss) / each}, err
}

// fanout posts to all clients together, one message after the other, with no
// more than window at a time. They come over one connection, for several would
// change their order.
func fanout(window int) func(*load, transport, sizes) (figures, error) {
	return func(l *load, t transport, s sizes) (figures, error) {
		if err := l.open(s.clients, t, true, 1); err != nil {
			return nil, err
		}
		ready := func(int) bool { return l.posted-l.complete < window && l.idle() != nil }
		post := func(int) error { return l.postAll() }
		return l.measured(s.messages/5, s.messages, func(n int) error { return l.turns(n, ready, post) })
	}
}

// unicast posts to one client after the other, batch messages in one post, with
// no more than window at a time.
func unicast(batch, window int) func(*load, transport, sizes) (figures, error) {
	return func(l *load, t transport, s sizes) (figures, error) {
		if err := l.open(s.clients, t, false, 4); err != nil {
			return nil, err
		}
		ready := func(int) bool { return l.posted-l.delivered <= window-batch && l.ready(batch) }
		post := func(int) error { return l.postNext(batch, now()) }
		return l.measured(s.clients/batch, s.updates/batch, func(n int) error { return l.turns(n, ready, post) })
	}
}

// latency posts to one client after the other, each message at its time.
func latency(l *load, t transport, s sizes) (figures, error) {
	if err := l.open(s.clients, t, false, 16); err != nil {
		return nil, err
	}
	pace, err := l.newPace(time.Millisecond)
	if err != nil {
		return nil, err
	}
	ready := func(i int) bool { return pace.ticks > i && l.ready(1) }
	post := func(i int) error { return l.postNext(1, pace.due(i)) }
	n := int(s.paced / pace.every)
	return l.measured(n/10, n, func(n int) error {
		if err := pace.begin(); err != nil {
			return err
		}
		return l.turns(n, ready, post)
	})
}

// turns makes n posts, each when all is ready for it, and waits until all that
// was posted has arrived. It stays a moment longer: the next polls are a part of
// it, and messages that come twice are to be noticed.
func (l *load) turns(n int, ready func(i int) bool, post func(i int) error) error {
	for i := range n {
		if err := l.until(func() bool { return ready(i) }); err != nil {
			return err
		}
		if err := post(i); err != nil {
			return err
		}
	}
	if err := l.until(func() bool { return l.delivered >= l.due }); err != nil {
		return err
	}
	return l.linger(200 * time.Millisecond)
}

// measured takes warmup turns that do not count and then n that do, and returns
// what these cost.
func (l *load) measured(warmup, n int, turns func(n int) error) (figures, error) {
	if err := turns(warmup); err != nil {
		return nil, err
	}
	l.latencies = l.latencies[:0]
	before, err := l.server.cpu()
	if err != nil {
		return nil, err
	}
	if err := turns(n); err != nil {
		return nil, err
	}
	after, err := l.server.cpu()
	return l.summary(after.user-before.user, after.system-before.system), err
}

// summary is of the latencies, and of the CPU that the deliveries took.
func (l *load) summary(user, system time.Duration) figures {
	each := float64(len(l.latencies))
	slices.Sort(l.latencies)
	f := figures{
		"clients": float64(len(l.clients)),
		"user":    user.Seconds() / each * 1e6, "system": system.Seconds() / each * 1e6,
		"p50": l.percentile(0.5), "p99": l.percentile(0.99), "p999": l.percentile(0.999),
	}
	if all := user + system; all > 0 {
		f["rate"] = each / all.Seconds()
	}
	return f
}

// percentile is in milliseconds, of latencies that are sorted.
func (l *load) percentile(part float64) float64 {
	i := int(math.Ceil(part*float64(len(l.latencies)))) - 1
	return float64(l.latencies[max(i, 0)]) / 1e6
}
