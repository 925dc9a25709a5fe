//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze/parking"
)

// needFiles skips a test that the system does not allow enough descriptors for.
func needFiles(t testing.TB, n uint64) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || uint64(limit.Cur) < n+100 {
		t.Skipf("this needs %d descriptors; see ulimit -n", n)
	}
}

// TestMany parks 5,000 clients, answers all, and does so again over the same
// connections.
func TestMany(t *testing.T) {
	const clients = 5000
	needFiles(t, 2*clients)
	checkLeaks(t)
	lot := parking.New(parking.Options{})
	arrived := make(chan bool, clients)
	b := &board{lot: lot, arrived: func() { arrived <- true }, waiting: map[*reader]bool{}}
	server := httptest.NewServer(b)
	defer server.Close()
	defer lot.Close()
	all := make([]*client, clients)
	for i := range all {
		all[i] = dial(t, server.Listener.Addr())
	}
	for _, notice := range []string{"one", "two"} {
		for _, c := range all {
			c.send(get("/"))
		}
		for range all {
			<-arrived
		}
		b.Post(notice)
		for _, c := range all {
			c.expect(notice)
		}
	}
}

// A loner is a connection with a number, which is all that is ever written to it
// or sent by its client. So it notices if a descriptor is used for another.
type loner struct {
	t      *testing.T
	number byte
	ended  atomic.Int64
}

func (l *loner) Read(c *parking.Conn, data, b []byte) []byte {
	for _, sent := range data {
		if sent != l.number {
			l.t.Errorf("connection %d was told what %d sent", l.number, sent)
		}
	}
	if rand.IntN(10) == 0 {
		c.Close()
	}
	return append(b, l.number)
}

func (l *loner) Ready(_ *parking.Conn, b []byte) []byte { return append(b, l.number) }

func (l *loner) Gone(*parking.Conn, error) {
	if l.ended.Add(1) != 1 {
		l.t.Error("gone twice")
	}
}

// TestRaces writes, closes, returns and breaks connections at once, while the
// system gives their descriptors to others.
func TestRaces(t *testing.T) {
	const rounds = 200
	checkLeaks(t)
	lot := parking.New(parking.Options{WriteTimeout: quick, MaxPending: 100_000})
	type visit struct {
		conn   *parking.Conn
		number byte
	}
	parked := make(chan visit)
	var number atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l := &loner{t: t, number: r.URL.Path[1]}
		c, err := lot.Park(w, r, l)
		if err != nil {
			t.Error(err)
		}
		parked <- visit{c, l.number}
	}))
	defer server.Close()
	defer lot.Close()
	var clients, users sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for range rounds {
				loneClient(t, server.Listener.Addr().String(), byte('a'+number.Add(1)%26))
			}
		})
	}
	for range 4 * rounds {
		v := <-parked
		users.Go(func() { use(v.conn, v.number) })
	}
	users.Wait()
	clients.Wait()
}

// use does to a connection what may be done, from three goroutines at once.
func use(c *parking.Conn, number byte) {
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range rand.IntN(20) {
				_, _ = c.Write(bytes.Repeat([]byte{number}, rand.IntN(20_000)))
				c.Wake()
			}
			if rand.IntN(2) == 0 {
				c.Close()
			} else {
				c.Return(nil)
			}
		})
	}
	all.Wait()
}

// loneClient sends its number a few times, and reads for a while. A server that
// got its connection back may find fault with what it sent.
func loneClient(t *testing.T, addr string, number byte) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, get("/"+string(number)))
	for range rand.IntN(5) {
		_, _ = conn.Write([]byte{number})
	}
	_ = conn.SetReadDeadline(time.Now().Add(quick))
	got, _ := io.ReadAll(io.LimitReader(conn, rand.Int64N(100_000)))
	own, _, _ := bytes.Cut(got, []byte("HTTP/1.1 400"))
	if bytes.Count(own, []byte{number}) != len(own) {
		t.Errorf("connection %c got what was written to another", number)
	}
}
