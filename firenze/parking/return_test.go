//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/rootspush/roots/firenze/parking"
)

// TestReturnWhileTold holds that what the guest is just being told is not lost if
// another goroutine returns the connection at that moment.
func TestReturnWhileTold(t *testing.T) {
	checkLeaks(t)
	lot := parking.New(parking.Options{})
	g := &hesitant{told: make(chan bool), proceed: make(chan bool)}
	parked := make(chan *parking.Conn)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/park" {
			_, _ = io.WriteString(w, r.URL.Path)
			return
		}
		if c, err := lot.Park(w, r, g); err == nil {
			parked <- c
		}
	}))
	defer server.Close()
	defer lot.Close()
	c := dial(t, server.Listener.Addr())
	c.send(get("/park"))
	conn := <-parked
	request := get("/plain")
	c.send(request[5:10])
	<-g.told
	conn.Return([]byte(request[:5]))
	close(g.proceed)
	c.send(request[10:])
	c.expect("/plain")
}

// A hesitant guest gives back what it is told, but in its own time.
type hesitant struct {
	idle
	told, proceed chan bool
}

func (h *hesitant) Read(c *parking.Conn, data, b []byte) []byte {
	h.told <- true
	<-h.proceed
	c.Return(data)
	return b
}

func TestReturn(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(t *testing.T, s *httptest.Server)
	}{
		{"TCP", func(*testing.T, *httptest.Server) {}},
		{"Unix", func(t *testing.T, s *httptest.Server) { overUnix(t)(s) }},
		{"wrapped", func(_ *testing.T, s *httptest.Server) { wrapped(s) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var begun atomic.Int64
			g := newRig(t, parking.Options{}, func(s *httptest.Server) {
				test.change(t, s)
				s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
					begun.Add(1)
					return ctx
				}
			})
			c := g.dial(t)
			addr := c.LocalAddr().String()
			if test.name == "Unix" {
				addr = "@"
			}
			const rounds = 20
			for range rounds {
				c.send(get("/park"))
				v := <-g.parked
				if v.addr != addr {
					t.Fatalf("parked with the address %q, want %q", v.addr, addr)
				}
				_, _ = v.conn.Write(answer("parked"))
				c.expect("parked")
				c.send(get("/one"))
				v.conn.Return([]byte(<-v.read))
				c.expect("/one " + addr)
				c.send(get("/two")) // is not told to any guest
				c.expect("/two " + addr)
			}
			if n := g.served.Load(); n != 3*rounds {
				t.Errorf("the middleware saw %d requests, want %d", n, 3*rounds)
			}
			if n := begun.Load(); n != rounds+1 {
				t.Errorf("the server began %d connections, want %d", n, rounds+1)
			}
		})
	}
}

func wrapped(s *httptest.Server) { s.Listener = wrapping{s.Listener} }

// wrapping is a listener whose connections are no plain sockets.
type wrapping struct{ net.Listener }

func (w wrapping) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	return struct{ net.Conn }{conn}, err
}

func TestReturnToClosedServer(t *testing.T) {
	g := newRig(t, parking.Options{})
	c, v := g.park(t)
	g.server.Config.Close()
	v.conn.Return([]byte(get("/plain")))
	c.expectEnd()
}

// TestReturnedIsIdle holds that Shutdown ends what has been returned and served.
func TestReturnedIsIdle(t *testing.T) {
	g := newRig(t, parking.Options{})
	c, v := g.park(t)
	v.conn.Return([]byte(get("/plain")))
	c.expect("/plain " + c.LocalAddr().String())
	if err := g.server.Config.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	c.expectEnd()
}
