package faults_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"
)

// TestMain fails if a goroutine is left after all tests.
func TestMain(m *testing.M) {
	before := runtime.NumGoroutine()
	code := m.Run()
	for range 1200 {
		if runtime.NumGoroutine() <= before {
			os.Exit(code)
		}
		time.Sleep(50 * time.Millisecond) // net/http does not tell when its own have ended
	}
	fmt.Println("these goroutines are left:")
	pprof.Lookup("goroutine").WriteTo(os.Stdout, 1)
	os.Exit(1)
}

// serve serves handler on loopback until the test ends.
func serve(t testing.TB, handler http.Handler) (addr string) {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}
