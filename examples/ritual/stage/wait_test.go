package stage

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

// visit serves a quest to one client that asks once, and returns its connection.
func visit(t *testing.T, s *Stage, q quest) (net.Conn, *bufio.Reader) {
	t.Helper()
	await := func(w http.ResponseWriter, r *http.Request) { s.await(w, r, q) }
	conn, err := net.Dial("tcp", testenv.Serve(t, http.HandlerFunc(await), s.Drain).Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // less than it would be held
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	return conn, bufio.NewReader(conn)
}

// TestNewsWhileItIsParked: what comes when a request is heard for, but not yet
// parked, is not missed.
func TestNewsWhileItIsParked(t *testing.T) {
	var news atomic.Bool
	_, in := visit(t, small(t), quest{
		hear: func(to thestral.Thestral) (off func()) {
			news.Store(true)
			to.Update(nil, "p", "")
			return func() {}
		},
		say: func(bool) [][]byte {
			if !news.Load() {
				return nil
			}
			return object()
		},
		lost: func() {},
	})
	if _, err := http.ReadResponse(in, nil); err != nil {
		t.Errorf("it is not answered: %v", err)
	}
}

// TestIdleConnection: a connection on which nothing more is asked is closed.
func TestIdleConnection(t *testing.T) {
	s := small(t)
	var news atomic.Bool
	_, in := visit(t, s, quest{
		hear: func(thestral.Thestral) (off func()) { return func() {} },
		say: func(over bool) [][]byte {
			if !news.Load() {
				return nil
			}
			return object()
		},
		lost: func() {},
	})
	for waiting := false; !waiting; time.Sleep(time.Millisecond) {
		for conn := range s.lot.All() {
			waiting = true
			news.Store(true)
			conn.Wake()
		}
	}
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body) // two bytes
	for conn, guest := range s.lot.All() {
		if guest.(*waiter).isDue() {
			t.Error("it is closed at once")
		}
		guest.(*waiter).due.Store(0)
		wakeIfDue(conn, guest)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("it goes on: %v", err)
	}
}
