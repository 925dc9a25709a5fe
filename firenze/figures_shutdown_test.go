package firenze_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/testenv"
)

// TestShutdownOfMany: all who wait are let go in the way of their transport, and
// nothing is left of them.
func TestShutdownOfMany(t *testing.T) {
	waiting := 3000
	if testenv.Race() {
		waiting = 999 // the race detector can't bear many more goroutines, in the crowd
	}
	shutDown(t, waiting)
}

// BenchmarkShutdown tells how long it takes with 10,000, from the call of
// Shutdown until the clients have all read to the end.
func BenchmarkShutdown(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(shutDown(b, 9999).Seconds(), "s-to-answer-all")
	}
}

func shutDown(t testing.TB, waiting int) (took time.Duration) {
	s := newSite(t, firenze.Options{})
	var crowds []*crowd
	for _, way := range ways {
		c, _ := startCrowd(t, s.addr, way, waiting/len(ways))
		c.command("ask")
		crowds = append(crowds, c)
	}
	s.waitForAttached(waiting)
	waitFor(t, "waiting costs no goroutines", func() bool { return runtime.NumGoroutine() < waiting/10 })
	for _, c := range crowds {
		c.start("end")
	}
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.server.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	for _, c := range crowds {
		c.done("end")
	}
	took = time.Since(start)
	s.Close()
	for _, c := range crowds {
		c.stop()
	}
	return took
}
