package serving_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

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
	go func() { ended <- serving.HTTP(ctx, server, l, server.Serve) }()
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
	if err := serving.HTTP(t.Context(), server, l, server.Serve); !errors.Is(err, net.ErrClosed) {
		t.Errorf("it ended with %v", err)
	}
}

// TestNobodyIsDropped: while another goes on to hold the listener no request is lost,
// however often the server ends and another begins.
func TestNobodyIsDropped(t *testing.T) {
	held := listen(t).(*net.TCPListener)
	defer held.Close()
	quit := make(chan struct{})
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			for {
				select {
				case <-quit:
					return
				default:
				}
				answer, err := client.Post(fmt.Sprintf("http://%s/", held.Addr()), "text/plain", strings.NewReader("x"))
				if err != nil {
					t.Error(err)
					return
				}
				answer.Body.Close()
			}
		})
	}
	for range 20 {
		file, err := held.File()
		if err != nil {
			t.Fatal(err)
		}
		copied, err := net.FileListener(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
		if err := serving.HTTP(ctx, server, copied, server.Serve); err != nil {
			t.Error(err)
		}
		cancel()
	}
	close(quit)
	last, err := held.File()
	if err != nil {
		t.Fatal(err)
	}
	defer last.Close()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error)
	server := &http.Server{}
	go func() { served <- serving.HTTP(ctx, server, held, server.Serve) }() // for those who still ask
	asking.Wait()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
