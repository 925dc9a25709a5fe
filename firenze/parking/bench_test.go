//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/rootspush/roots/firenze/parking"
)

// BenchmarkPoll is a request that waits, is answered by another goroutine, and is
// followed by the next on the same connection: parked and returned each time, and
// with a handler that waits.
func BenchmarkPoll(b *testing.B) {
	lot := parking.New(parking.Options{})
	defer lot.Close()
	parked := make(chan *parking.Conn)
	b.Run("parked", func(b *testing.B) {
		poll(b, func(w http.ResponseWriter, r *http.Request) {
			c, err := lot.Park(w, r, returner{})
			if err != nil {
				b.Error(err)
			}
			parked <- c
		}, func() { _, _ = (<-parked).Write(answer("news")) })
	})
	waiting := make(chan chan string)
	b.Run("waiting", func(b *testing.B) {
		poll(b, func(w http.ResponseWriter, _ *http.Request) {
			notice := make(chan string)
			waiting <- notice
			_, _ = io.WriteString(w, <-notice)
		}, func() { <-waiting <- "news" })
	})
}

func poll(b *testing.B, handle http.HandlerFunc, reply func()) {
	b.ReportAllocs()
	server := httptest.NewServer(handle)
	defer server.Close()
	c := dial(b, server.Listener.Addr())
	for b.Loop() {
		c.send(get("/"))
		reply()
		c.expect("news")
	}
}

// returner gives the connection back for the next request.
type returner struct{ idle }

func (returner) Read(c *parking.Conn, data, b []byte) []byte {
	c.Return(data)
	return b
}

// BenchmarkWrite writes three pieces to a client that takes them.
func BenchmarkWrite(b *testing.B) {
	b.ReportAllocs()
	g := newRig(b, parking.Options{})
	c, v := g.park(b)
	go io.Copy(io.Discard, c)
	head, body, end := []byte("data: "), make([]byte, 100), []byte("\n\n")
	for b.Loop() {
		if _, err := v.conn.WriteShared(head, body, end); err != nil {
			b.Fatal(err)
		}
		for parking.Pending(v.conn) > 100_000 {
			runtime.Gosched() // the reader lags behind
		}
	}
}
