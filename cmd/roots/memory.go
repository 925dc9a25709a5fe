package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Most of the heap are sessions that wait, and a message leaves little garbage. So
// garbage is collected seldom while there is much to do, and all of it when there
// is not: then clients that only wait are all that takes memory.

const (
	// headroom is how much garbage may lie, in bytes, beside few sessions.
	headroom = 32 << 20
	// gcPercent is how much may lie beside many, in percent of them.
	gcPercent = 50
	// pause is for how long nothing may have been collected until all is.
	pause = 2 * time.Second
	// slack is how much is not worth that, in bytes; or a quarter of what lives.
	slack = 4 << 20
)

// collectWhenQuiet does so until ctx ends, if GOGC does not say what to do.
func collectWhenQuiet(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	afterCollections(ctx, func() { debug.SetGCPercent(percentFor(readHeap().live)) })
	ticks := time.NewTicker(pause)
	defer ticks.Stop()
	stays := uint64(0) // what the runtime keeps even then
	for before := readHeap(); ; {
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return
		}
		now := readHeap()
		if now.collections == before.collections && now.spare > stays+max(slack, now.live/4) {
			debug.FreeOSMemory()
			now = readHeap()
			stays = now.spare
		}
		before = now
	}
}

// percentFor returns by how much the heap may grow if so many bytes of it live.
func percentFor(live uint64) int {
	const least = 4 << 20 // the runtime takes less for as much
	return max(gcPercent, int(headroom*100/max(live, least)))
}

// afterCollections calls do now, and after each collection until ctx ends.
func afterCollections(ctx context.Context, do func()) {
	if ctx.Err() == nil {
		do()
		runtime.AddCleanup(new([1]*byte), func(ctx context.Context) { afterCollections(ctx, do) }, ctx)
	}
}

// A heap is what the runtime tells of its own.
type heap struct {
	live        uint64 // bytes that the last collection left
	spare       uint64 // bytes that one could give back now
	collections uint64
}

func readHeap() heap {
	s := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/gc/cycles/total:gc-cycles"},
	}
	metrics.Read(s)
	live, objects, free := s[0].Value.Uint64(), s[1].Value.Uint64(), s[2].Value.Uint64()
	return heap{live, max(objects, live) - live + free, s[3].Value.Uint64()}
}
