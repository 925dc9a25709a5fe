package firenze_test

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/testenv"
)

// A stall is a kind of client that asks and then reads nothing.
type stall struct {
	name, way string
	again     bool // it is the second request on its connection
}

var stalls = []stall{
	{"poll", byPoll, false},
	{"poll again", byPoll, true},
	{"events", byEvents, false},
	{"socket", bySocket, false},
}

// What a client that stalls may cost, in bytes.
const (
	maxKernel = 160 << 10
	maxHeap   = 80 << 10 // what was not taken of the last chunk of 64 KiB, and the session
)

// TestStalled: clients that stall cost little, and nobody else anything. Their
// sessions end when there is too much to keep, and nothing is left of them.
func TestStalled(t *testing.T) {
	each := 250
	if testenv.Full() {
		each = 2500
	}
	c := newCrush(t)
	for _, kind := range stalls {
		c.stall(kind, each)
	}
	c.measure()
	if c.kernel > maxKernel {
		t.Errorf("the kernel holds %d bytes for a connection", c.kernel)
	}
	if c.heap > maxHeap {
		t.Errorf("there are %d bytes on the heap for each who stalls", c.heap)
	}
	c.end()
	waitFor(t, "the heap is back", func() bool { return c.left() < 0.05 })
}

// BenchmarkStalled tells the figures for 10,000 of each kind. The heap is measured
// ten seconds after the clients are let go.
func BenchmarkStalled(b *testing.B) {
	for _, kind := range stalls {
		b.Run(kind.name, func(b *testing.B) {
			for b.Loop() {
				c := newCrush(b)
				c.stall(kind, 10_000)
				c.measure()
				c.end()
				time.Sleep(10 * time.Second)
				b.ReportMetric(p99(c.publishing).Seconds()*1e3, "ms-to-publish-p99")
				b.ReportMetric(p99(c.delivering).Seconds()*1e3, "ms-to-healthy-p99")
				b.ReportMetric(float64(c.kernel), "kernel-B")
				b.ReportMetric(float64(c.heap), "heap-B")
				b.ReportMetric(100*c.left(), "%-heap-left")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

func p99(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)*99/100]
}

// A crush is a site with a few healthy clients and many that stall.
type crush struct {
	*site
	healthy                   []*listener
	crowds                    []*crowd
	stalled                   int
	streams                   int // of those
	heapBefore, socketsBefore int

	publishing []time.Duration // what each update took the publisher
	delivering []time.Duration // what each took to each healthy client
	kernel     int             // bytes, of the worst connection
	heap       int             // bytes, of each who stalls
}

// A listener is a client that reads.
type listener struct {
	*caller
	late []time.Duration // each update
}

const (
	healthyOfEach = 2
	filling       = 600 // updates that fill the queues of those who stall
	measured      = 300 // more updates, that all get; both together are allowed
	pace          = 5 * time.Millisecond
)

func newCrush(t testing.TB) *crush {
	// However long it takes, sessions end for what they have to keep alone.
	c := &crush{site: newSite(t, firenze.Options{RepeatsSkipMiddleware: true, Absence: time.Hour, MaxAge: time.Hour})}
	for range healthyOfEach {
		for _, way := range ways {
			c.healthy = append(c.healthy, &listener{caller: c.call(way, "all")})
		}
	}
	c.heapBefore, c.socketsBefore = liveHeap(), openSockets()
	return c
}

// stall brings in clients, fills their queues, and lets them ask for that.
func (c *crush) stall(kind stall, n int) {
	crowd, sessions := startCrowd(c.t, c.addr, kind.way, n)
	c.crowds = append(c.crowds, crowd)
	c.stalled += n
	if kind.way != byPoll {
		c.streams += n
	}
	if kind.again {
		crowd.command("ask")
		c.waitForAttached(n + healthyOfEach*2) // streams are attached, polls not yet
	}
	for _, session := range sessions {
		c.connect(session, kind.name)
		c.connect(session, "all")
	}
	c.fill(kind.name, filling)
	crowd.command("shrink")
	crowd.command("ask")
	c.settle()
}

// settle returns when those who stall have all that they take.
func (c *crush) settle() {
	for before, now := -1, 0; before != now; {
		time.Sleep(100 * time.Millisecond)
		before = now
		var most int
		most, now = kernelMemory(c.t, c.addr)
		c.kernel = max(c.kernel, most)
	}
}

func (c *crush) fill(path string, messages int) {
	text := strings.Repeat("m", 1000)
	for range messages {
		c.dolores.Update(nil, path, text)
	}
}

// measure publishes to all, at a pace that healthy clients can bear.
func (c *crush) measure() {
	var published [measured]atomic.Pointer[time.Time]
	var listening sync.WaitGroup
	for _, l := range c.healthy {
		listening.Go(func() { l.listen(c.t, &published) })
	}
	for i := range measured {
		start := time.Now()
		published[i].Store(&start)
		c.dolores.Update(nil, "all", strconv.Itoa(i))
		c.publishing = append(c.publishing, time.Since(start))
		time.Sleep(pace)
	}
	listening.Wait()
	for _, l := range c.healthy {
		c.delivering = append(c.delivering, l.late...)
	}
	c.heap = (liveHeap() - c.heapBefore) / c.stalled
}

// listen hears all that is measured, each once and in order.
func (l *listener) listen(t testing.TB, published *[measured]atomic.Pointer[time.Time]) {
	for len(l.late) < measured {
		updates, err := l.next()
		if err != nil {
			t.Errorf("by %s: after %d updates: %v", l.way, len(l.late), err)
			return
		}
		for _, u := range updates {
			switch i := len(l.late); {
			case u.Message == "" && i == 0: // it is connected
			case u.Message != strconv.Itoa(i):
				t.Errorf("by %s: %q came where %d should", l.way, u.Message, i)
				return
			default:
				l.late = append(l.late, time.Since(*published[i].Load()))
			}
		}
	}
}

// end sends those who stall more than they can keep, and lets them go when their
// sessions are over, and the streams cut.
func (c *crush) end() {
	for _, kind := range stalls {
		c.fill(kind.name, firenze.MaxMessages+1)
	}
	waitFor(c.t, "the sessions of those who stall are over", func() bool {
		return c.Stats() == firenze.Stats{Sessions: len(c.healthy), Overflowed: uint64(c.stalled)}
	})
	waitFor(c.t, "the streams are cut", func() bool { return openSockets() <= c.socketsBefore+c.stalled-c.streams })
	for _, crowd := range c.crowds {
		crowd.stop()
	}
	c.crowds = nil
	waitFor(c.t, "no connection is left", func() bool { return openSockets() <= c.socketsBefore })
}

// left is how much of the heap that those who stalled took is not back.
func (c *crush) left() float64 {
	return float64(liveHeap()-c.heapBefore) / float64(c.heap*c.stalled)
}
