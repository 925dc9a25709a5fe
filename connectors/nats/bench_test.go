package nats

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// deaf hears without keeping anything.
type deaf struct{}

func (deaf) Update(thestral.Thestral, string, string) {}
func (deaf) Next() []thestral.Thestral                { return nil }

// BenchmarkUnheard is an update that nobody hears anywhere: with a Pig alone, and
// with the node before him until NATS has it.
func BenchmarkUnheard(b *testing.B) {
	message := strings.Repeat("m", 100)
	b.Run("pig", func(b *testing.B) {
		owl := pig.New(nil, pig.Options{})
		for b.Loop() {
			owl.Update(nil, "shop/tea/green", message)
		}
	})
	b.Run("update", func(b *testing.B) { // what the caller waits for
		a := build(b, "a", startNATS(b, 0).ClientURL())
		b.ReportAllocs()
		for b.Loop() {
			a.Node.Update(nil, "shop/tea/green", message)
		}
	})
	b.Run("sent", func(b *testing.B) {
		a := build(b, "a", startNATS(b, 0).ClientURL())
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			a.Node.Update(nil, "shop/tea/green", message)
			if i%10_000 == 9999 {
				a.flush(b)
			}
		}
		a.flush(b)
	})
}

// BenchmarkThroughput has updates given to as many nodes as there are, and each of
// them heard by a receiver on one of them: on the next, or on the same.
func BenchmarkThroughput(b *testing.B) {
	message := strings.Repeat("m", 100)
	for _, nodes := range []int{1, 2, 3} {
		for _, where := range []string{"near", "far"} {
			if nodes == 1 && where == "far" {
				continue
			}
			b.Run(fmt.Sprintf("%d nodes/%s", nodes, where), func(b *testing.B) {
				url := startNATS(b, 0).ClientURL()
				var houses []*house
				for i := range nodes {
					houses = append(houses, build(b, fmt.Sprint("n", i), url))
				}
				counts := make([]*counter, nodes)
				for i, h := range houses {
					counts[i] = new(counter)
					h.pig.On(fmt.Sprint("path/", i), counts[i])
					h.flush(b)
				}
				shift := 0
				if where == "far" {
					shift = 1
				}
				b.ResetTimer()
				done := make(chan struct{})
				for i, h := range houses {
					go func() {
						path := fmt.Sprint("path/", (i+shift)%nodes)
						for n := range b.N / nodes {
							h.dolores.Update(nil, path, message)
							if n%10_000 == 9999 {
								h.flush(b) // no more than is kept
							}
						}
						done <- struct{}{}
					}()
				}
				for range houses {
					<-done
				}
				for _, c := range counts {
					for c.load() < b.N/nodes {
						time.Sleep(100 * time.Microsecond)
					}
				}
			})
		}
	}
}

// BenchmarkInterest is a node with a million paths that somebody hears: how long
// it takes until NATS has them, and what they take in memory here, with the NATS
// server in the same process.
func BenchmarkInterest(b *testing.B) {
	const paths = 1_000_000
	for range b.N {
		b.StopTimer()
		s := startNATS(b, 0)
		a := build(b, "a", s.ClientURL())
		before := heap()
		b.StartTimer()
		for i := range paths {
			a.pig.On(fmt.Sprint("user/", i, "/news"), deaf{})
		}
		for s.NumSubscriptions() < paths {
			time.Sleep(time.Millisecond)
		}
		b.StopTimer()
		b.ReportMetric(float64(heap()-before)/paths, "B/path")
		began := time.Now()
		a.current.Load().conn.Close() // and once more on another link
		testenv.Eventually(b, "the next link", func() bool { return a.Stats().Links == 2 && a.Stats().Linked })
		b.ReportMetric(time.Since(began).Seconds(), "s/relink")
		runtime.KeepAlive(a)
		b.StartTimer()
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
