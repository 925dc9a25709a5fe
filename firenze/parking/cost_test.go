//go:build linux

package parking_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/rootspush/roots/firenze/parking"
)

// TestCost tells what 10,000 connections cost that wait, and holds that one that
// is parked takes at most 300 bytes of heap, and with all goroutines' stacks a
// tenth of what one takes whose handler waits. The clients are a process of their own.
func TestCost(t *testing.T) {
	const clients = 10_000
	needFiles(t, clients)
	lot := parking.New(parking.Options{})
	defer lot.Close()
	parked := measure(t, clients, 0, func(w http.ResponseWriter, r *http.Request, arrived chan bool) {
		_, err := lot.Park(w, r, idle{})
		arrived <- err == nil
	})
	waiting := measure(t, clients, 2*clients, func(_ http.ResponseWriter, r *http.Request, arrived chan bool) {
		arrived <- true
		<-r.Context().Done()
	})
	t.Logf("parked  %v", parked)
	t.Logf("waiting %v", waiting)
	if parked.heap > 300 || (parked.heap+parked.stack)*10 > waiting.heap+waiting.stack {
		t.Error("parking costs too much")
	}
}

// A cost is what a connection takes, in bytes.
type cost struct {
	heap     int
	stack    int
	resident int // of all memory of the process
}

func (c cost) String() string {
	return fmt.Sprintf("%6d bytes of heap, %6d of stack, %6d resident", c.heap, c.stack, c.resident)
}

func (c cost) minus(d cost, n int) cost {
	return cost{(c.heap - d.heap) / n, (c.stack - d.stack) / n, (c.resident - d.resident) / n}
}

// measure has so many clients wait for what handle does with their requests, which
// takes so many goroutines.
func measure(t *testing.T, clients, goroutines int, handle func(http.ResponseWriter, *http.Request, chan bool)) cost {
	t.Helper()
	arrived := make(chan bool, clients)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle(w, r, arrived)
	}))
	defer server.Close()
	before, running := inUse(), runtime.NumGoroutine()+20 // the pollers, and who hears the clients' process
	stop := startClients(t, server.Listener.Addr(), clients)
	defer stop()
	for range clients {
		if !<-arrived {
			t.Fatal("a connection was not parked")
		}
	}
	if most := running + goroutines; !eventually(func() bool { return runtime.NumGoroutine() <= most }) {
		t.Fatalf("there are %d goroutines, of which %d should be left", runtime.NumGoroutine(), most)
	}
	return inUse().minus(before, clients)
}

func inUse() (c cost) {
	for range 3 { // a pool lets go of what it holds at the second time
		runtime.GC()
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	c.heap, c.stack = int(m.HeapAlloc), int(m.StackInuse)
	status, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := bytes.Cut(status, []byte("VmRSS:")); ok {
		_, _ = fmt.Sscan(string(rest), &c.resident)
	}
	c.resident *= 1024
	return c
}
