package pig_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// TestBornAndGone: a million receivers come, connect and go, in waves, and leave
// nothing behind.
func TestBornAndGone(t *testing.T) {
	const wave = 10_000
	waves := 100
	if pig.Quick() {
		waves = 5
	}
	d, p := wired(pig.Options{})
	ids := make([]string, wave)
	live(d, p, ids) // what stays for good, such as the pages of the runtime, is there after the first
	before := heap()
	for range waves {
		live(d, p, ids)
	}
	after := heap()
	if diff := cmp.Diff(dolores.Stats{Ever: uint64((waves + 1) * wave)}, d.Stats()); diff != "" {
		t.Errorf("Dolores (-want +got):\n%s", diff)
	}
	wantStats(t, p, pig.Stats{})
	if grown := int64(after) - int64(before); grown >= 1<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	runtime.KeepAlive(p)
}

// live is the life of one wave: each hears a path of its own, one that it shares
// with all, and some a pattern.
func live(d *dolores.Dolores, p *pig.Pig, ids []string) {
	for i := range ids {
		ids[i] = d.Register(new(thestraltest.Recorder))
		d.Update(nil, "::connect", ids[i]+"->news")
		d.Update(nil, "::connect", ids[i]+"->user/"+ids[i])
		if i%100 == 0 {
			d.Update(nil, "::match", fmt.Sprintf("%s->room/%d/*", ids[i], i))
		}
	}
	for i, id := range ids {
		d.Unregister(id)
		ids[i] = ""
	}
}

// heap is how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkBornAndGone is the life of one receiver among a thousand others.
func BenchmarkBornAndGone(b *testing.B) {
	d, p := wired(pig.Options{})
	ids := make([]string, 1000)
	for i := range ids {
		ids[i], _ = member(d)
		if err := p.Connect(ids[i], "news"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.Unregister(ids[i%len(ids)])
		ids[i%len(ids)] = d.Register(new(thestraltest.Recorder))
		d.Update(nil, "::connect", ids[i%len(ids)]+"->news")
	}
}
