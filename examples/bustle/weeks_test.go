//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// TestWeeks: what runs for weeks takes no more memory and no more of the disk than
// it did after the first of them, though names come that were never seen before.
func TestWeeks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, "ann", "bob")
		p.o.Poll = true
		p.o.Look, p.o.LogSize, p.o.Window = 5*time.Minute, 4<<10, time.Minute
		p.run()
		n := 0
		week := func() (heap uint64) {
			for end := time.Now().Add(7 * 24 * time.Hour); time.Now().Before(end); n++ {
				add(p, p.spoolOf("ann"), fmt.Sprintf("shout %d\n{\"kind\":\"noise\",\"place\":\"p%d\"}\n", n, n))
				write(p, filepath.Join(p.home("bob"), "notes.txt"), fmt.Sprint(n))
				time.Sleep(10 * time.Minute)
				if len(p.heard()) == 0 {
					p.Fatalf("nothing is said in round %d", n)
				}
				if n%100 == 0 {
					ok(p, os.Truncate(p.spoolOf("ann"), 0))
				}
			}
			synctest.Wait() // until the town does nothing
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		first := week()
		week()
		if third := week(); third > first+256<<10 {
			p.Errorf("the heap grew from %d to %d KiB", first>>10, third>>10)
		}
		for _, log := range []string{p.o.Log, p.o.Audit} {
			files, err := filepath.Glob(log + "*")
			ok(p, err)
			same(p, "files of "+log, keptFiles+1, len(files))
			for _, file := range files {
				if info, err := os.Stat(file); err != nil || info.Size() > p.o.LogSize {
					p.Errorf("%s is too large: %v, %v", file, info.Size(), err)
				}
			}
		}
		p.stop()
	})
}
