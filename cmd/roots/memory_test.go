package main

import (
	"runtime/debug"
	"testing"
	"time"
)

// TestPercent holds that the heap may grow by what is named, whichever is more.
func TestPercent(t *testing.T) {
	for live, want := range map[uint64]int{
		0:         800, // of the 4 MiB that the runtime begins with
		1 << 20:   800,
		8 << 20:   400,
		32 << 20:  100,
		64 << 20:  50,
		512 << 20: 50,
	} {
		if got := percentFor(live); got != want {
			t.Errorf("beside %d MiB the heap may grow by %d%%, want %d%%", live>>20, got, want)
		}
	}
}

// TestCollectWhenQuiet holds that garbage is given back without anybody asking,
// though the heap may grow by more.
func TestCollectWhenQuiet(t *testing.T) {
	t.Setenv("GOGC", "")
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	ended := make(chan bool)
	go func() {
		collectWhenQuiet(t.Context())
		close(ended)
	}()
	t.Cleanup(func() { <-ended })
	const pieces = 16
	for range pieces {
		litter = make([]byte, slack)
	}
	litter = nil
	for end := time.Now().Add(time.Minute); readHeap().spare > pieces*slack/4; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d bytes are still not given back", readHeap().spare)
		}
	}
}

var litter []byte // so that garbage is really made
