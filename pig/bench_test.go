package pig

import (
	"fmt"
	"math/rand/v2"
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

// wire gives each path its receivers, the same ones for the floor and for a Pig.
func wire(names []string, receivers int) (thestral.Thestral, thestral.Thestral) {
	f, p := new(floor), New(nil, Options{})
	paths := make(map[string][]thestral.Thestral, len(names))
	for _, name := range names {
		for range receivers {
			s := new(sink)
			paths[name] = append(paths[name], s)
			p.On(name, s)
		}
	}
	f.paths.Store(&paths)
	return f, p
}

// BenchmarkDispatch shows what an update costs beside the floor: hot, the same
// path again and again, and random, where the memory is what takes the time.
// Run it with -cpu 1,2 to see that cores do not slow each other down.
func BenchmarkDispatch(b *testing.B) {
	for _, size := range []struct{ paths, receivers int }{
		{1, 1}, {1, 10}, {1, 1000}, {10_000, 1}, {10_000, 10}, {1_000_000, 1},
	} {
		names := pathNames(size.paths)
		f, p := wire(names, size.receivers)
		order := rand.Perm(len(names))
		for _, walk := range []string{"hot", "random"} {
			if walk == "random" && size.paths == 1 {
				continue
			}
			for _, who := range []struct {
				name string
				t    thestral.Thestral
			}{{"floor", f}, {"pig", p}} {
				b.Run(fmt.Sprintf("paths=%d/receivers=%d/%s/%s", size.paths, size.receivers, walk, who.name), func(b *testing.B) {
					b.ReportAllocs()
					b.RunParallel(func(pb *testing.PB) {
						at := rand.IntN(len(names))
						for pb.Next() {
							name := names[at]
							if walk == "random" {
								name = names[order[at]]
								if at++; at == len(names) {
									at = 0
								}
							}
							who.t.Update(nil, name, "message")
						}
					})
				})
			}
		}
	}
}
