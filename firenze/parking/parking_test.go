//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
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
	v.conn.Wake()
	<-v.ready
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

func (k *keeper) Read(c *parking.Conn, data, b []byte) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.back {
		c.Return(data)
		return b
	}
	k.read = append(k.read, data...)
	return b
}

func (k *keeper) Ready(_ *parking.Conn, b []byte) []byte { return b }
func (k *keeper) Gone(*parking.Conn, error)              {}

func (k *keeper) giveBack() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.back = true
	k.conn.Return(k.read)
}

// TestKeepAlive polls through an ordinary client, over one connection.
func TestKeepAlive(t *testing.T) {
	checkLeaks(t)
	lot := parking.New(parking.Options{})
	b := &board{lot: lot, waiting: map[*reader]bool{}}
	b.arrived = func() { go b.Post("news") }
	var accepted atomic.Int64
	server := httptest.NewUnstartedServer(http.StripPrefix("/b", b))
	server.Listener = counting{server.Listener, &accepted}
	server.Start()
	defer server.Close()
	defer lot.Close() // before, as it gives connections back
	for range 300 {
		if body := fetch(t, server.Client(), server.URL+"/b"); body != "news" {
			t.Fatalf("the answer is %q", body)
		}
	}
	if n := accepted.Load(); n != 1 {
		t.Errorf("it took %d connections", n)
	}
}

type counting struct {
	net.Listener
	accepted *atomic.Int64
}

func (c counting) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.accepted.Add(1)
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
		if c, err := lot.Park(w, r, panicking{}); err == nil && r.URL.Path == "/wake" {
			c.Wake()
		}
	}))
	defer server.Close()
	for _, request := range []string{get("/") + "more", get("/wake")} {
		bad := dial(t, server.Listener.Addr())
		bad.send(request)
		bad.expectEnd()
	}
	c, v := g.park(t)
	_, _ = v.conn.Write(answer("well"))
	c.expect("well")
}

type panicking struct{}

func (panicking) Read(*parking.Conn, []byte, []byte) []byte { panic("no") }
func (panicking) Ready(*parking.Conn, []byte) []byte        { panic("no") }
func (panicking) Gone(*parking.Conn, error)                 { panic("no") }
