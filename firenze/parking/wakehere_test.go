//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking_test

import (
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze/parking"
)

// TestWakeHere holds that whoever wakes a connection so tells its guest, even while
// the poller is busy, and that a wake which comes meanwhile is heard.
func TestWakeHere(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // for one poller
	busy, free := make(chan bool), make(chan bool)
	var told atomic.Int32
	var first *parking.Conn
	var lot *parking.Lot
	var addr net.Addr
	var parked chan *parking.Conn
	lot, addr, parked = stage(t, &actor{
		ready: func(c *parking.Conn) {
			switch {
			case c == first:
				busy <- true
				<-free
			case told.Add(1) == 1:
				time.Sleep(time.Millisecond) // long enough that the next may help again
				lot.WakeHere(c)
			}
		},
		gone: func() {},
	})
	_, first = enter(t, addr, parked)
	_, second := enter(t, addr, parked)
	first.Wake()
	<-busy
	lot.WakeHere(second)
	if n := told.Load(); n != 1 {
		t.Errorf("the guest was told %d times before WakeHere returned, want once", n)
	}
	free <- true
	if !eventually(func() bool { return told.Load() == 2 }) {
		t.Errorf("the guest was told %d times, want twice", told.Load())
	}
}

// TestWakeHereKeepsThePollerAway holds that a guest is not told what came for as long
// as somebody else tells it something, and is afterwards.
func TestWakeHereKeepsThePollerAway(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // for one poller
	inside, free := make(chan bool), make(chan bool)
	heard := make(chan *parking.Conn, 10)
	lot, addr, parked := stage(t, &actor{
		read:  func(c *parking.Conn, _ string) { heard <- c },
		ready: func(*parking.Conn) { inside <- true; <-free },
		gone:  func() {},
	})
	client, conn := enter(t, addr, parked)
	other, _ := enter(t, addr, parked)
	go lot.WakeHere(conn)
	<-inside
	client.send("x")
	for range 3 { // so often the poller had its turn
		other.send("x")
		if <-heard == conn {
			t.Error("the guest was told what came while it was told Ready")
		}
	}
	free <- true
	if <-heard != conn {
		t.Error("the guest was not told what came")
	}
}

// TestTellersTakeTurns has many wake the same connections, in both ways, while their
// clients send. A guest is told one thing at a time, which the race detector sees
// too, all that was to be written is, and all that was sent is heard.
func TestTellersTakeTurns(t *testing.T) {
	const conns, wakers, times = 4, 8, 2000
	type state struct {
		todo   atomic.Int64
		inside bool
		heard  int
	}
	var states sync.Map
	of := func(c *parking.Conn) *state {
		s, _ := states.LoadOrStore(c, &state{})
		return s.(*state)
	}
	tell := func(s *state, what func()) {
		if s.inside {
			t.Error("a guest is told two things at a time")
		}
		s.inside = true
		what()
		s.inside = false
	}
	var all sync.WaitGroup
	lot, addr, parked := stage(t, &actor{
		read: func(c *parking.Conn, text string) {
			s := of(c)
			tell(s, func() {
				if s.heard += len(text); s.heard == times {
					all.Done()
				}
			})
		},
		ready: func(c *parking.Conn) {
			s := of(c)
			tell(s, func() {
				if n := s.todo.Swap(0); n > 0 {
					_, _ = c.Write([]byte(strings.Repeat("x", int(n))))
				}
			})
		},
		gone: func() {},
	})
	for range conns {
		client, conn := enter(t, addr, parked)
		all.Add(1) // for what the client sends
		for i := range wakers {
			all.Go(func() {
				for range times {
					of(conn).todo.Add(1)
					if i%2 == 0 {
						lot.WakeHere(conn)
					} else {
						conn.Wake()
					}
				}
			})
		}
		all.Go(func() {
			for range times {
				client.send("y")
			}
		})
		all.Go(func() {
			if n, err := io.CopyN(io.Discard, client, wakers*times); err != nil {
				t.Errorf("%d of %d bytes came: %v", n, wakers*times, err)
			}
		})
	}
	all.Wait()
}

// TestUnread holds that what the guest was not ready for comes again, before what
// came later, and goes back to the server with that.
func TestUnread(t *testing.T) {
	heard := make(chan string)
	ready := false
	_, addr, parked := stage(t, &actor{
		read: func(c *parking.Conn, text string) {
			if ready {
				heard <- text
				return
			}
			ready = true
			c.Unread([]byte("later "))
			c.Unread([]byte(text + " "))
		},
		gone: func() {},
	})
	c, _ := enter(t, addr, parked)
	c.send("first")
	if text := <-heard; text != "first later " {
		t.Errorf("the guest heard %q", text)
	}
	c.send("last")
	if text := <-heard; text != "last" {
		t.Errorf("the guest heard %q", text)
	}
}
