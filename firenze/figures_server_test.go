package firenze_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze"
)

// A site is a rig on a port of this machine.
type site struct {
	*rig
	server *http.Server
	addr   string
}

// newSite serves until the test ends, behind middleware, and sees to it that
// nothing is left then.
func newSite(t testing.TB, options firenze.Options, middleware ...func(http.Handler) http.Handler) *site {
	leaveNothing(t)
	s := &site{rig: newRig(t, options)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = listener.Addr().String()
	handler := http.Handler(s)
	for _, m := range middleware {
		handler = m(handler)
	}
	s.server = &http.Server{Handler: handler}
	s.server.RegisterOnShutdown(s.Drain)
	ended := make(chan error)
	go func() { ended <- s.server.Serve(listener) }()
	t.Cleanup(func() {
		s.server.Close()
		<-ended
	})
	return s
}

// call begins a session of a client of this site. It returns when that is known,
// and connects it to the paths.
func (s *site) call(way string, paths ...string) *caller {
	s.t.Helper()
	c, err := call(s.addr, way)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	if _, err := c.next(); err != nil {
		s.t.Fatal(err)
	}
	for _, path := range paths {
		s.connect(c.reconnectWith, path)
	}
	return c
}

// unparked is middleware that leaves no way to park a connection.
func unparked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, nil)))
	})
}

// waitForAttached waits until so many clients wait.
func (s *site) waitForAttached(n int) {
	s.t.Helper()
	waitFor(s.t, fmt.Sprintf("%d clients wait", n), func() bool { return firenze.Attached(s.Firenze) == n })
}

// leaveNothing sees to it that a test leaves no goroutine and no socket.
func leaveNothing(t testing.TB) {
	goroutines, sockets := runtime.NumGoroutine(), openSockets()
	t.Cleanup(func() {
		if !eventually(func() bool { return runtime.NumGoroutine() <= goroutines && openSockets() <= sockets }) {
			t.Errorf("%d goroutines and %d sockets are left, of %d and %d before", runtime.NumGoroutine(), openSockets(), goroutines, sockets)
			_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
		}
	})
}

// openSockets returns 0 where the system does not say.
func openSockets() (n int) {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		if target, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.HasPrefix(target, "socket:") {
			n++
		}
	}
	return n
}

// eventually says whether something comes true.
func eventually(holds func() bool) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if holds() {
			return true
		}
	}
	return false
}

// waitFor waits until something is true.
func waitFor(t testing.TB, what string, holds func() bool) {
	t.Helper()
	if !eventually(holds) {
		t.Fatalf("never came true: %s", what)
	}
}

// liveHeap is how many bytes the garbage collector can't take.
func liveHeap() int {
	runtime.GC()
	runtime.GC() // what is pooled takes two
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
