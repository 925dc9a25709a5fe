package pig

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rootspush/roots/thestral"
)

// A sink is a receiver that costs next to nothing, and is its own directory.
type sink struct{ _ [64]byte }

func (*sink) Update(thestral.Thestral, string, string) {}
func (*sink) Next() []thestral.Thestral                { return nil }

type everybody struct{ t thestral.Thestral }

func (e everybody) Lookup(string) (thestral.Thestral, bool) { return e.t, true }

// The floor of dispatching: an atomic pointer to a read-only map, one look-up,
// one call through an interface for each receiver.
type floor struct {
	paths atomic.Pointer[map[string][]thestral.Thestral]
}

func (f *floor) Update(sender thestral.Thestral, path, message string) {
	for _, t := range (*f.paths.Load())[path] {
		t.Update(sender, path, message)
	}
}

func pathNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("shop/order/%07d", i)
	}
	return names
}

// wirings give each path its receivers: those of the floor, of a Pig who was told
// with On, and of one who was told with ids.
var wirings = []struct {
	name string
	wire func(names []string, receivers int) thestral.Thestral
}{
	{"floor", func(names []string, receivers int) thestral.Thestral {
		paths := make(map[string][]thestral.Thestral, len(names))
		for _, name := range names {
			for range receivers {
				paths[name] = append(paths[name], new(sink))
			}
		}
		f := new(floor)
		f.paths.Store(&paths)
		return f
	}},
	{"pig", func(names []string, receivers int) thestral.Thestral {
		p := New(nil, Options{})
		for _, name := range names {
			for range receivers {
				p.On(name, new(sink))
			}
		}
		return p
	}},
	{"ids", func(names []string, receivers int) thestral.Thestral {
		p := New(everybody{new(sink)}, Options{})
		for n, name := range names {
			for r := range receivers {
				_ = p.Connect(fmt.Sprint(n, "-", r), name)
			}
		}
		return p
	}},
}

// BenchmarkDispatch shows what an update costs beside the floor: hot, the same
// path again and again, and random, where the memory is what takes the time.
// Run it with -cpu 1,2 to see that cores do not slow each other down.
func BenchmarkDispatch(b *testing.B) {
	for _, size := range []struct{ paths, receivers int }{
		{1, 1}, {1, 10}, {1, 1000}, {10_000, 1}, {10_000, 10}, {1_000_000, 1},
	} {
		names := pathNames(size.paths)
		order := rand.Perm(len(names))
		for _, who := range wirings {
			t := who.wire(names, size.receivers)
			for _, walk := range []string{"hot", "random"} {
				if walk == "random" && size.paths == 1 {
					continue
				}
				b.Run(fmt.Sprintf("paths=%d/receivers=%d/%s/%s", size.paths, size.receivers, walk, who.name), func(b *testing.B) {
					benchmarkUpdates(b, t, names, order, walk == "random")
				})
			}
		}
	}
}

func benchmarkUpdates(b *testing.B, t thestral.Thestral, names []string, order []int, random bool) {
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		at := rand.IntN(len(names))
		for pb.Next() {
			name := names[at]
			if random {
				name = names[order[at]]
				if at++; at == len(names) {
					at = 0
				}
			}
			t.Update(nil, name, "message")
		}
	})
}

// BenchmarkPatterns shows what patterns cost an update: that there are others,
// that a local receiver has one that matches, and that an id has.
func BenchmarkPatterns(b *testing.B) {
	for _, c := range []struct {
		name string
		wire func(p *Pig)
	}{
		{"none", func(*Pig) {}},
		{"others", func(p *Pig) { p.On("other/*", new(sink)) }},
		{"local", func(p *Pig) { p.On("shop/*/7", new(sink)) }},
		{"id", func(p *Pig) { _ = p.Match("id", "shop/*/7") }},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := New(everybody{new(sink)}, Options{})
			p.On("shop/order/7", new(sink))
			c.wire(p)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					p.Update(nil, "shop/order/7", "message")
				}
			})
		})
	}
}

// BenchmarkConnect connects and disconnects one more receiver of a path, while
// another goroutine publishes on that path or on one beside it.
func BenchmarkConnect(b *testing.B) {
	for _, receivers := range []int{1, 1000, 100_000} {
		p := New(everybody{new(sink)}, Options{})
		for range receivers {
			p.On("shop/order", new(sink))
		}
		p.On("shop/neighbour", new(sink))
		for _, published := range []string{"nothing", "shop/neighbour", "shop/order"} {
			b.Run(fmt.Sprintf("receivers=%d/published=%s", receivers, published), func(b *testing.B) {
				defer publishing(p, published)()
				for b.Loop() {
					if p.Connect("id", "shop/order") != nil || p.Disconnect("id", "shop/order") != nil {
						b.Fatal("connecting failed")
					}
				}
			})
		}
	}
}

// publishing sends updates of path until it is stopped.
func publishing(t thestral.Thestral, path string) (stop func()) {
	var done atomic.Bool
	var all sync.WaitGroup
	if path != "nothing" {
		all.Go(func() {
			for !done.Load() {
				t.Update(nil, path, "message")
			}
		})
	}
	return func() { done.Store(true); all.Wait() }
}

// BenchmarkTable compares the look-up of a path with that of a sync.Map.
func BenchmarkTable(b *testing.B) {
	for _, size := range []int{1, 10_000, 1_000_000} {
		names, order := pathNames(size), rand.Perm(size)
		var of table[audience]
		var other sync.Map
		for _, name := range names {
			other.Store(name, of.put(hashOf(name), name))
		}
		for _, who := range []struct {
			name string
			get  func(name string) *audience
		}{
			{"table", func(name string) *audience { return of.get(hashOf(name), name) }},
			{"sync.Map", func(name string) *audience { v, _ := other.Load(name); return v.(*audience) }},
		} {
			b.Run(fmt.Sprintf("paths=%d/%s", size, who.name), func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					if who.get(names[order[i%size]]).live != 0 {
						b.Fatal("the wrong audience")
					}
				}
			})
		}
	}
}
