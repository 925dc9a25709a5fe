//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"weak"

	"github.com/rootspush/roots/firenze/parking"
)

func TestGone(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*net.TCPConn)
		want error
	}{
		{"closed", func(c *net.TCPConn) { c.Close() }, io.EOF},
		{"half closed", func(c *net.TCPConn) { c.CloseWrite() }, io.EOF},
		{"reset", func(c *net.TCPConn) { c.SetLinger(0); c.Close() }, syscall.ECONNRESET},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := newRig(t, parking.Options{})
			c, v := g.park(t)
			test.end(c.Conn.(*net.TCPConn))
			if err := <-v.gone; !errors.Is(err, test.want) {
				t.Errorf("gone with %v, want %v", err, test.want)
			}
			if _, err := v.conn.Write([]byte("late")); !errors.Is(err, net.ErrClosed) {
				t.Errorf("write then says %v", err)
			}
			v.conn.Close()
			v.conn.Return(nil)
			g.lot.Close()
			if len(v.gone) > 0 || len(v.read) > 0 {
				t.Error("the guest was told more than that")
			}
			if test.name == "half closed" {
				c.expectEnd()
			}
		})
	}
}

// TestGoneBehindWrapper is the same where the server's connections are wrapped.
func TestGoneBehindWrapper(t *testing.T) {
	g := newRig(t, parking.Options{}, wrapped)
	c, v := g.park(t)
	c.Close()
	if err := <-v.gone; err != io.EOF {
		t.Errorf("gone with %v", err)
	}
}

// TestForgotten holds that a connection that has left is not kept.
func TestForgotten(t *testing.T) {
	g := newRig(t, parking.Options{})
	c, v := g.park(t)
	left := weak.Make(v.conn)
	v.conn.Close()
	c.expectEnd()
	v.conn = nil
	if !eventually(func() bool { runtime.GC(); return left.Value() == nil }) {
		t.Error("it is still kept")
	}
}

func TestNotGoneAfterClose(t *testing.T) {
	g := newRig(t, parking.Options{})
	c, v := g.park(t)
	_, _ = v.conn.Write([]byte("bye"))
	v.conn.Close()
	v.conn.Close()
	if text, err := io.ReadAll(c); string(text) != "bye" || err != nil {
		t.Errorf("the client got %q, %v", text, err)
	}
	if _, err := v.conn.Write([]byte("late")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write then says %v", err)
	}
	_, other := g.park(t)
	g.lot.Close()
	if len(v.gone) > 0 || len(other.gone) > 0 {
		t.Error("the guest was told that the client is gone")
	}
}

func TestLotClosed(t *testing.T) {
	g := newRig(t, parking.Options{})
	c, _ := g.park(t)
	g.lot.Close()
	c.expectEnd()
	late := g.dial(t)
	late.send(get("/park"))
	late.expect("parking: use of closed network connection\n")
	if err := g.lot.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

// TestPipelined sends many requests at once, so that parked connections find
// later ones in their server's buffer, in what was returned, and on the way to
// the guest.
func TestPipelined(t *testing.T) {
	const rounds = 300 // is more than a buffer full
	checkLeaks(t)
	lot := parking.New(parking.Options{})
	parked := make(chan *keeper)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k := &keeper{path: r.URL.Path}
		var err error
		if k.conn, err = lot.Park(w, r, k); err == nil {
			parked <- k
		}
	}))
	defer server.Close()
	defer lot.Close()
	c := dial(t, server.Listener.Addr())
	go func() {
		for i := range rounds {
			c.send(get(fmt.Sprintf("/%d", i)))
		}
	}()
	for range rounds {
		k := <-parked
		_, _ = k.conn.Write(answer(k.path))
		k.giveBack()
	}
	for i := range rounds {
		c.expect(fmt.Sprintf("/%d", i))
	}
}

// A keeper keeps what comes until its connection goes back.
type keeper struct {
	path string
	conn *parking.Conn
	mu   sync.Mutex
	read []byte
	back bool
}

func (k *keeper) Read(c *parking.Conn, data []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.back {
		c.Return(data)
		return
	}
	k.read = append(k.read, data...)
}

func (k *keeper) Ready(*parking.Conn)       {}
func (k *keeper) Gone(*parking.Conn, error) {}

func (k *keeper) giveBack() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.back = true
	k.conn.Return(k.read)
}

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

func (h *hesitant) Read(c *parking.Conn, data []byte) {
	h.told <- true
	<-h.proceed
	c.Return(data)
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

// TestKeepAlive polls through an ordinary client, over one connection.
func TestKeepAlive(t *testing.T) {
	checkLeaks(t)
	lot := parking.New(parking.Options{})
	defer lot.Close()
	b := &board{lot: lot, waiting: map[*reader]bool{}}
	b.arrived = func() { go b.Post("news") }
	accepted := 0
	server := httptest.NewUnstartedServer(http.StripPrefix("/b", b))
	server.Listener = counting{server.Listener, &accepted}
	server.Start()
	defer server.Close()
	for range 300 {
		if body := fetch(t, server.Client(), server.URL+"/b"); body != "news" {
			t.Fatalf("the answer is %q", body)
		}
	}
	if accepted != 1 {
		t.Errorf("it took %d connections", accepted)
	}
}

type counting struct {
	net.Listener
	accepted *int
}

func (c counting) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		*c.accepted++
	}
	return conn, err
}

func fetch(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestUnsupported holds that where parking is impossible the writer is as it was.
func TestUnsupported(t *testing.T) {
	lot := parking.New(parking.Options{})
	defer lot.Close()
	var refused error
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, refused = lot.Park(w, r, &visitor{})
		_, _ = io.WriteString(w, r.Proto)
	})
	plain := httptest.NewServer(handler)
	defer plain.Close()
	encrypted := httptest.NewTLSServer(handler)
	defer encrypted.Close()
	second := httptest.NewUnstartedServer(handler)
	second.EnableHTTP2 = true
	second.StartTLS()
	defer second.Close()
	unwrappable := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler(struct{ http.ResponseWriter }{w}, r)
	}))
	defer unwrappable.Close()
	wide := &tls.Config{InsecureSkipVerify: true}
	for _, test := range []struct {
		name   string
		method string
		server *httptest.Server
		client *http.Client
		want   string
	}{
		{"TLS", "GET", encrypted, &http.Client{Transport: &http.Transport{TLSClientConfig: wide}}, "HTTP/1.1"},
		{"HTTP/2", "GET", second, second.Client(), "HTTP/2.0"},
		{"body", "POST", plain, plain.Client(), "HTTP/1.1"},
		{"no Hijack", "GET", unwrappable, unwrappable.Client(), "HTTP/1.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			defer test.client.CloseIdleConnections()
			var body io.Reader
			if test.method == "POST" {
				body = strings.NewReader("body")
			}
			req, _ := http.NewRequest(test.method, test.server.URL, body)
			resp, err := test.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if got, _ := io.ReadAll(resp.Body); string(got) != test.want {
				t.Errorf("the answer is %q, want %q", got, test.want)
			}
			if !errors.Is(refused, errors.ErrUnsupported) {
				t.Errorf("Park said %v", refused)
			}
		})
	}
	t.Run("recorder", func(t *testing.T) {
		w := httptest.NewRecorder()
		handler(w, httptest.NewRequest("GET", "/", nil))
		if w.Body.String() != "HTTP/1.1" || !errors.Is(refused, errors.ErrUnsupported) {
			t.Errorf("the answer is %q, and Park said %v", w.Body, refused)
		}
	})
}

// TestFallback holds that a handler serves clients that can't be parked the same.
func TestFallback(t *testing.T) {
	lot := parking.New(parking.Options{})
	defer lot.Close()
	b := &board{lot: lot, waiting: map[*reader]bool{}}
	b.arrived = func() { go b.Post("news") }
	server := httptest.NewTLSServer(b)
	defer server.Close()
	if body := fetch(t, server.Client(), server.URL); body != "news" {
		t.Errorf("the answer is %q", body)
	}
}

// TestShutdown answers all who wait as the server shuts down.
func TestShutdown(t *testing.T) {
	const clients = 500
	g := newRig(t, parking.Options{})
	var mu sync.Mutex
	var parked []*visitor
	released := make(chan bool)
	g.server.Config.RegisterOnShutdown(func() {
		defer close(released)
		mu.Lock()
		defer mu.Unlock()
		for _, v := range parked {
			_, _ = v.conn.Write(answer("goodbye"))
			v.conn.Close()
		}
	})
	var all []*client
	for range clients {
		c, v := g.park(t)
		all = append(all, c)
		mu.Lock()
		parked = append(parked, v)
		mu.Unlock()
	}
	if err := g.server.Config.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-released
	g.lot.Close()
	for _, c := range all {
		c.expect("goodbye")
		c.expectEnd()
	}
}

func TestGuestPanics(t *testing.T) {
	old := slog.Default()
	defer slog.SetDefault(old)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	g := newRig(t, parking.Options{})
	lot := g.lot
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = lot.Park(w, r, panicking{})
	}))
	defer server.Close()
	bad := dial(t, server.Listener.Addr())
	bad.send(get("/") + "more")
	bad.expectEnd()
	c, v := g.park(t)
	_, _ = v.conn.Write(answer("well"))
	c.expect("well")
}

type panicking struct{}

func (panicking) Read(*parking.Conn, []byte) { panic("no") }
func (panicking) Ready(*parking.Conn)        { panic("no") }
func (panicking) Gone(*parking.Conn, error)  { panic("no") }
