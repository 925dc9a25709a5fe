package testenv

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// Serve serves a handler that parks connections until the test ends, when drain has it
// let everybody go. The server's Addr is where that is. It gets parked connections back
// while it closes, too, which a server of httptest must not.
func Serve(t testing.TB, handler http.Handler, drain func()) *http.Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Addr: l.Addr().String(), Handler: handler}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		drain()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = server.Shutdown(ctx) // who still asks for nothing then is cut off
		_ = server.Close()
		<-ended
	})
	return server
}
