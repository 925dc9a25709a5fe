package pomona_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// cutter is a dialer whose connections can all be cut.
type cutter struct {
	mu    sync.Mutex // guards conns
	conns []net.Conn
}

func (c *cutter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.conns = append(c.conns, conn)
	}
	return conn, err
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		conn.Close()
	}
	c.conns = nil
}

// TestRealServer: on real sockets, that are cut again and again, all messages
// arrive once and in order, down and up, by the transport that was asked for.
func TestRealServer(t *testing.T) {
	for _, kind := range []pomona.Transport{pomona.WebSocket, pomona.SSE, pomona.Poll} {
		t.Run(string(kind), func(t *testing.T) { testReal(t, kind) })
	}
}

func testReal(t *testing.T, kind pomona.Transport) {
	defer wantGoroutines(t, runtime.NumGoroutine())
	d := new(dolores.Dolores)
	p := pig.New(d, pig.Options{})
	d.Delegate(p)
	const messages, cuts = 120, 3
	up := make(chan string, messages)
	f := firenze.New(d, firenze.Options{Incoming: thestral.Func(func(_ thestral.Thestral, path, message string) {
		up <- path + " " + message
	})})
	kinds := make(chan pomona.Transport, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			kinds <- kindOf(r)
		}
		f.ServeHTTP(w, r)
	}))
	defer server.Close()
	defer f.Close() // before, as it gives connections back
	cutter := new(cutter)
	transport := &http.Transport{DialContext: cutter.dial}
	defer transport.CloseIdleConnections()
	c := pomona.New(server.URL, pomona.Options{
		Connect: func(_ context.Context, id string, paths []string) error {
			for _, path := range paths {
				_ = p.Connect(id, path)
			}
			return nil
		},
		Lost:       func() { t.Error("the session was lost") },
		Transports: []pomona.Transport{kind},
		HTTP:       &http.Client{Transport: transport},
	})
	down := make(chan string, messages)
	c.On("a", thestral.Func(func(_ thestral.Thestral, _, message string) { down <- message }))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()

	if first := <-down; first != "" {
		t.Errorf("the first message is %q, want none", first)
	}
	var gotDown, gotUp, wantDown, wantUp []string
	for i := range messages {
		message := strconv.Itoa(i)
		if i%(messages/cuts) == 0 {
			cutter.cut()
		}
		d.Update(nil, "a", message)
		if err := c.Update(ctx, "b", message); err != nil {
			t.Error(err)
		}
		gotDown, gotUp = append(gotDown, <-down), append(gotUp, <-up)
		wantDown, wantUp = append(wantDown, message), append(wantUp, "b "+message)
	}
	if diff := cmp.Diff([][]string{wantDown, wantUp}, [][]string{gotDown, gotUp}); diff != "" {
		t.Errorf("messages down and up (-want +got):\n%s", diff)
	}
	if err := c.Update(ctx, "::connect", "x->y"); !errors.Is(err, pomona.ErrRefused) {
		t.Errorf("a control path has the error %v, want a refusal", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run returned %v, want nil", err)
	}
	if sessions := f.Stats().Sessions; sessions != 0 {
		t.Errorf("%d sessions are left, want none", sessions)
	}
	n := len(kinds) // a request that was given up may still arrive
	for range n {
		if used := <-kinds; used != kind {
			t.Errorf("%s was used", used)
		}
	}
	if n <= cuts {
		t.Errorf("there were %d requests, want more than the %d cuts", n, cuts)
	}
}

func kindOf(r *http.Request) pomona.Transport {
	switch {
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		return pomona.WebSocket
	case r.Header.Get("Accept") == "text/event-stream":
		return pomona.SSE
	}
	return pomona.Poll
}

// wantGoroutines waits until no more run than before.
func wantGoroutines(t *testing.T, before int) {
	for range 6000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("goroutines are left:\n%s", stacks[:runtime.Stack(stacks, true)])
}
