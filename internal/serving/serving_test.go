package serving_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/rootspush/roots/internal/serving"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestHTTP: a request that is under way when the context ends is answered.
func TestHTTP(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := &http.Server{}
	goesDown := make(chan struct{})
	server.RegisterOnShutdown(func() { close(goesDown) })
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-goesDown
		io.WriteString(w, "done")
	})
	l := listen(t)
	ended := make(chan error)
	go func() { ended <- serving.HTTP(ctx, server, func() error { return server.Serve(l) }) }()
	answer, err := http.Get(fmt.Sprintf("http://%s/", l.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); string(text) != "done" {
		t.Errorf("the answer is %q, %v", text, err)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
	if _, err := http.Get(fmt.Sprintf("http://%s/", l.Addr())); err == nil {
		t.Error("it still listens")
	}
}

// TestHTTPFails: what serving fails with is told.
func TestHTTPFails(t *testing.T) {
	server := &http.Server{}
	l := listen(t)
	l.Close()
	if err := serving.HTTP(t.Context(), server, func() error { return server.Serve(l) }); !errors.Is(err, net.ErrClosed) {
		t.Errorf("it ended with %v", err)
	}
}
