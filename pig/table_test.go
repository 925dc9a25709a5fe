package pig

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// TestTableTwin compares a table with a map. Few hashes make many collisions.
func TestTableTwin(t *testing.T) {
	for _, hashes := range []uint64{1, 3, 1 << 40} {
		t.Run(fmt.Sprint(hashes), func(t *testing.T) {
			var of table[int]
			twin := map[string]int{}
			for n := range 5000 {
				number := rand.IntN(60)
				key, hash := fmt.Sprint(number), uint64(number)*0x9e3779b97f4a7c15%hashes
				_, in := twin[key]
				switch {
				case rand.IntN(2) == 0 || n%1000 > 900 && !in:
					v := of.put(hash, key)
					if *v != twin[key] {
						t.Fatalf("put of %s gave %d instead of %d", key, *v, twin[key])
					}
					*v = n + 1
					twin[key] = n + 1
				case in:
					of.remove(hash, key)
					delete(twin, key)
				}
				if v := of.get(hash, key); v == nil && twin[key] != 0 || v != nil && *v != twin[key] {
					t.Fatalf("get of %s gave %v instead of %d", key, v, twin[key])
				}
				c := &checker{}
				checkTable(c, &of)
				c.want(of.live == len(twin), "", "entries were lost")
				if c.err != nil {
					t.Fatal(c.err)
				}
			}
		})
	}
}

// TestTableIsReadWhileItIsWritten: who stays is found at any moment, and who was
// never there is not.
func TestTableIsReadWhileItIsWritten(t *testing.T) {
	const steady = 10
	var of table[int]
	key := func(n int) (uint64, string) { return uint64(n % 7), fmt.Sprint(n) }
	for n := range steady {
		*of.put(key(n)) = n
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for n := 0; ; n = (n + 1) % steady {
				select {
				case <-done:
					return
				default:
				}
				if v := of.get(key(n)); v == nil || *v != n {
					t.Errorf("%d was not found", n)
				}
				if of.get(key(-1-n)) != nil {
					t.Errorf("%d was found", -1-n)
				}
			}
		})
	}
	for range 300 {
		for n := steady; n < 60; n++ {
			of.put(key(n))
		}
		for n := steady; n < 60; n++ {
			of.remove(key(n))
		}
	}
	close(done)
	readers.Wait()
	if of.live != steady {
		t.Errorf("%d entries are left", of.live)
	}
}
