//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze/parking"
)

// A talker says something, and what it does then is the test's.
type talker struct {
	said string
	do   func(*parking.Conn)
	gone chan error
}

func (s *talker) Read(c *parking.Conn, data, b []byte) []byte {
	s.do(c)
	return append(append(b, s.said...), data...)
}

func (s *talker) Ready(c *parking.Conn, b []byte) []byte {
	s.do(c)
	return append(b, s.said...)
}

func (s *talker) Gone(_ *parking.Conn, err error) { s.gone <- err }

// TestSaid has many guests say something at once, each something else, of which some
// is more than is kept or than the kernel takes, and one of them panics when it has
// appended half. Each client gets what its own guest said.
func TestSaid(t *testing.T) {
	old := slog.Default()
	defer slog.SetDefault(old)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	const clients = 100
	sizes := []int{0, 1, 100, 10_000, 300_000, 1_000_000}
	checkLeaks(t)
	lot := parking.New(parking.Options{WriteTimeout: time.Minute})
	parked := make(chan *parking.Conn)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var i, size int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d/%d", &i, &size)
		guest := parking.Guest(&talker{said: text(i, size), do: (*parking.Conn).Close})
		if i%10 == 9 {
			guest = breaking{}
		}
		c, err := lot.Park(w, r, guest)
		if err != nil {
			t.Error(err)
		}
		parked <- c
	}))
	defer server.Close()
	defer lot.Close()
	var all []*client
	var conns []*parking.Conn
	for i := range clients {
		c := dial(t, server.Listener.Addr())
		c.send(get(fmt.Sprintf("/%d/%d", i, sizes[i%len(sizes)])))
		all, conns = append(all, c), append(conns, <-parked)
	}
	for _, c := range conns {
		c.Wake()
	}
	for i, c := range all {
		want := text(i, sizes[i%len(sizes)])
		if i%10 == 9 {
			want = ""
		}
		if got, err := io.ReadAll(c); err != nil || string(got) != want {
			t.Errorf("client %d got %d bytes, %v; %d were said, to it alone", i, len(got), err, len(want))
		}
	}
}

func text(i, size int) string { return strings.Repeat(string(rune('a'+i%26)), size) }

// A breaking guest panics with a part of what it has to say said.
type breaking struct{ idle }

func (breaking) Ready(_ *parking.Conn, b []byte) []byte { panic(append(b, "half"...)) }

// serveUnix starts a server over a Unix socket, of which the kernel takes little at a time.
func serveUnix(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	server := httptest.NewUnstartedServer(handle)
	overUnix(t)(server)
	server.Start()
	return server
}

// TestSaidInTheEnd holds that what a guest said is sent after what it wrote in the same
// call, also if it had the connection leave there.
func TestSaidInTheEnd(t *testing.T) {
	for _, told := range []string{"Wake", "WakeHere", "Read"} {
		for _, leaves := range []string{"Close", "Return", "stay"} {
			t.Run(told+", "+leaves, func(t *testing.T) {
				checkLeaks(t)
				lot := parking.New(parking.Options{WriteTimeout: time.Minute})
				written, said := text(0, 1e6), text(1, 1e6) // each is more than the kernel takes
				guest := &talker{said: said, gone: make(chan error, 1)}
				guest.do = func(c *parking.Conn) {
					if _, err := c.Write([]byte(written)); err != nil {
						t.Error(err)
					}
					guest.do = func(*parking.Conn) { guest.said = "" } // it is told when all was sent
					switch leaves {
					case "Return":
						c.Return([]byte(get("/plain")))
					case "Close":
						c.Close()
					}
				}
				conns := make(chan *parking.Conn)
				server := serveUnix(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/plain" {
						_, _ = io.WriteString(w, "served")
						return
					}
					c, err := lot.Park(w, r, guest)
					if err != nil {
						t.Error(err)
					}
					conns <- c
				})
				defer server.Close()
				defer lot.Close()
				c := dial(t, server.Listener.Addr())
				c.send(get("/"))
				conn := <-conns
				want := written + said
				switch told {
				case "Wake":
					conn.Wake()
				case "WakeHere":
					lot.WakeHere(conn)
				case "Read":
					c.send(" end")
					want += " end"
				}
				got := make([]byte, len(want))
				if _, err := io.ReadFull(c.buf, got); err != nil || string(got) != want {
					t.Errorf("what came is not what was written and said: %v", err)
				}
				switch leaves {
				case "Return":
					c.expect("served")
				case "Close":
					c.expectEnd()
				}
			})
		}
	}
}

// TestSaidAndWritten has others write while many guests say something, to clients that
// take but a part of either at a time. What comes are whole pieces.
func TestSaidAndWritten(t *testing.T) {
	const clients, rounds, size = 100, 20, 10_000
	said, written := text(0, size), text(1, size)
	checkLeaks(t)
	lot := parking.New(parking.Options{WriteTimeout: time.Minute, MaxPending: 4 * rounds * size})
	conns := make(chan *parking.Conn)
	server := serveUnix(t, func(w http.ResponseWriter, r *http.Request) {
		c, err := lot.Park(w, r, &talker{said: said, do: func(*parking.Conn) {}, gone: make(chan error, 1)})
		if err != nil {
			t.Error(err)
		}
		conns <- c
	})
	defer server.Close()
	defer lot.Close()
	var readers, writers sync.WaitGroup
	var all []*parking.Conn
	for range clients {
		c := dial(t, server.Listener.Addr())
		c.send(get("/"))
		all = append(all, <-conns)
		readers.Go(func() {
			piece := make([]byte, size)
			for {
				if _, err := io.ReadFull(c.buf, piece); err == io.EOF {
					return
				} else if got := string(piece); err != nil || got != said && got != written {
					t.Errorf("a piece came that is not whole: %v", err)
					return
				}
			}
		})
	}
	for range 2 {
		writers.Go(func() {
			for range rounds {
				for _, c := range all {
					c.Wake()
					_, _ = c.Write([]byte(written))
				}
			}
		})
	}
	writers.Wait()
	lot.Close()
	readers.Wait()
}

// TestSaidToTheSlow holds that a client that does not take what its guest says is cut,
// as if it had been written.
func TestSaidToTheSlow(t *testing.T) {
	checkLeaks(t)
	lot := parking.New(parking.Options{MaxPending: 1000, WriteTimeout: time.Minute})
	defer lot.Close()
	guest := &talker{said: strings.Repeat("b", 1<<20), do: func(*parking.Conn) {}, gone: make(chan error, 2)}
	server := serveUnix(t, func(w http.ResponseWriter, r *http.Request) {
		if c, err := lot.Park(w, r, guest); err == nil {
			c.Wake()
		}
	})
	defer server.Close()
	dial(t, server.Listener.Addr()).send(get("/"))
	if err := <-guest.gone; err != parking.ErrSlow {
		t.Errorf("gone with %v", err)
	}
}
