//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze/parking"
)

// An actor is a guest that has no lock and needs none.
type actor struct {
	read  func(*parking.Conn, string)
	ready func(*parking.Conn)
	gone  func()
}

func (a *actor) Read(c *parking.Conn, data, b []byte) []byte {
	a.read(c, string(data))
	return b
}

func (a *actor) Ready(c *parking.Conn, b []byte) []byte {
	a.ready(c)
	return b
}

func (a *actor) Gone(*parking.Conn, error) { a.gone() }

// stage parks everyone as the actor.
func stage(t *testing.T, a *actor) (*parking.Lot, net.Addr, chan *parking.Conn) {
	checkLeaks(t)
	lot := parking.New(parking.Options{})
	parked := make(chan *parking.Conn, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := lot.Park(w, r, a); err == nil {
			parked <- c
		}
	}))
	t.Cleanup(func() {
		lot.Close()
		server.Close()
	})
	return lot, server.Listener.Addr(), parked
}

func enter(t *testing.T, addr net.Addr, parked chan *parking.Conn) (*client, *parking.Conn) {
	c := dial(t, addr)
	c.send(get("/"))
	return c, <-parked
}

// TestWakeOnce holds that those who wake a connection many times are heard once,
// but that whoever wakes it when Ready has begun is heard again.
func TestWakeOnce(t *testing.T) {
	const often = 100
	wake := func(c *parking.Conn) {
		for range often {
			c.Wake()
		}
	}
	times := 0
	done := make(chan bool)
	lot, addr, parked := stage(t, &actor{
		read: func(c *parking.Conn, _ string) { wake(c) },
		ready: func(c *parking.Conn) {
			if times++; times == 1 {
				wake(c)
				return
			}
			done <- true
		},
	})
	c, _ := enter(t, addr, parked)
	c.send("x")
	<-done
	lot.Close()
	if times != 2 {
		t.Errorf("it was ready %d times, want 2", times)
	}
}

// TestReadyWhenSent holds that the guest is told Ready when what was pending has
// been sent, once, and not before, whether it was woken or not.
func TestReadyWhenSent(t *testing.T) {
	for _, woken := range []bool{false, true} {
		t.Run(fmt.Sprintf("woken %v", woken), func(t *testing.T) {
			g := newRig(t, parking.Options{WriteTimeout: time.Minute}, overUnix(t))
			c, v := g.park(t)
			if pending, err := v.conn.Write([]byte("x")); pending || err != nil {
				t.Errorf("what was sent at once is pending %v, %v", pending, err)
			}
			big := make([]byte, 1<<20)
			for _, b := range [][]byte{big, nil} {
				if pending, err := v.conn.Write(b); !pending || err != nil {
					t.Errorf("after a megabyte pending is %v, %v", pending, err)
				}
			}
			if woken {
				v.conn.Wake()
				if !eventually(func() bool { return !parking.Woken(v.conn) }) {
					t.Error("the poller did not come")
				}
			}
			_, _ = io.CopyN(io.Discard, c, int64(1+len(big)))
			if !<-v.ready {
				t.Error("it was told Ready while bytes were pending")
			}
			g.lot.Close()
			if len(v.ready) > 0 {
				t.Error("it was told Ready twice")
			}
		})
	}
}

// TestNotReadyAfterLeaving wakes connections before and after they leave.
func TestNotReadyAfterLeaving(t *testing.T) {
	for name, leave := range map[string]func(*parking.Conn){
		"Close":  func(c *parking.Conn) { c.Close() },
		"Return": func(c *parking.Conn) { c.Return([]byte("x")) },
	} {
		t.Run(name, func(t *testing.T) {
			left := make(chan bool)
			lot, addr, parked := stage(t, &actor{
				read: func(c *parking.Conn, _ string) {
					c.Wake()
					leave(c)
					left <- true
				},
				ready: func(*parking.Conn) { t.Error("it was told Ready after it left") },
			})
			c, conn := enter(t, addr, parked)
			c.send("x")
			<-left
			conn.Wake()
			lot.Close()
			conn.Wake()
		})
	}
	t.Run("Gone", func(t *testing.T) {
		g := newRig(t, parking.Options{})
		c, v := g.park(t)
		c.Close()
		<-v.gone
		v.conn.Wake()
		g.lot.Close()
		if len(v.ready) > 0 {
			t.Error("it was told Ready after Gone")
		}
	})
}

// TestWakeAndLotClose wakes connections for as long as the Lot closes them, and
// after that.
func TestWakeAndLotClose(t *testing.T) {
	const clients = 20
	var closed, stop atomic.Bool
	lot, addr, parked := stage(t, &actor{ready: func(c *parking.Conn) {
		if closed.Load() {
			t.Error("it was told Ready after the Lot was closed")
		}
		_, _ = c.Write([]byte("x"))
	}})
	var wakers sync.WaitGroup
	for range clients {
		_, c := enter(t, addr, parked)
		wakers.Go(func() {
			for !stop.Load() {
				c.Wake()
			}
		})
	}
	lot.Close()
	closed.Store(true)
	for range lot.All() {
		t.Error("there is still a connection in it")
	}
	stop.Store(true)
	wakers.Wait()
}

// TestWriteCopies writes from one buffer to a client that reads later.
func TestWriteCopies(t *testing.T) {
	g := newRig(t, parking.Options{WriteTimeout: time.Minute}, overUnix(t))
	c, v := g.park(t)
	buf := make([]byte, 5000)
	var want bytes.Buffer
	for i := range 200 {
		for j := range buf {
			buf[j] = byte(i + j)
		}
		want.Write(buf)
		if _, err := v.conn.Write(buf); err != nil {
			t.Fatal(err)
		}
	}
	clear(buf)
	if parking.Pending(v.conn) < 1<<19 {
		t.Error("hardly anything is pending")
	}
	v.conn.Close()
	if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d bytes came, %v, and they are not those that were written", len(got), err)
	}
}

// TestAll holds that those that stay are found once each, while others come and
// go, and that the loop's body may use the connections and the Lot.
func TestAll(t *testing.T) {
	const stay, visits, rounds = 300, 50, 30
	g := newRig(t, parking.Options{})
	staying := map[*parking.Conn]*visitor{}
	for range stay {
		_, v := g.park(t)
		staying[v.conn] = v
	}
	var churn sync.WaitGroup
	churn.Go(func() {
		for range visits {
			c, v := g.park(t)
			c.Close()
			<-v.gone
		}
	})
	for range rounds {
		found := map[*parking.Conn]bool{}
		for c, guest := range g.lot.All() {
			if found[c] {
				t.Fatal("it was found twice")
			}
			found[c] = true
			if v := staying[c]; v != nil && v != guest {
				t.Error("it was found with the guest of another")
			}
			c.Wake()
			for range g.lot.All() {
				break
			}
		}
		for c := range staying {
			if !found[c] {
				t.Fatal("one that stays was not found")
			}
		}
	}
	churn.Wait()
}

// TestRestless holds that connections that are woken all the time starve nobody:
// neither those that are woken, nor those that something comes from.
func TestRestless(t *testing.T) {
	var seen sync.Map
	_, addr, parked := stage(t, &actor{
		read: func(c *parking.Conn, text string) {
			_, _ = c.Write([]byte(text))
			c.Wake()
		},
		ready: func(c *parking.Conn) {
			if _, before := seen.LoadOrStore(c, true); !before {
				_, _ = c.Write([]byte("ready"))
			}
			c.Wake()
		},
		gone: func() {},
	})
	for range 10 {
		c, _ := enter(t, addr, parked)
		for _, exchange := range [][2]string{{"one", "oneready"}, {"two", "two"}} {
			c.send(exchange[0])
			got := make([]byte, len(exchange[1]))
			if _, err := io.ReadFull(c, got); err != nil || string(got) != exchange[1] {
				t.Fatalf("the answer is %q, %v; want %q", got, err, exchange[1])
			}
		}
	}
}

// TestCloseTellsTheWoken holds that those who were woken before Close still say
// what they have to, however they were woken.
func TestCloseTellsTheWoken(t *testing.T) {
	for name, wake := range map[string]func(*parking.Lot, *parking.Conn){
		"Wake":     func(_ *parking.Lot, c *parking.Conn) { c.Wake() },
		"WakeHere": (*parking.Lot).WakeHere,
	} {
		t.Run(name, func(t *testing.T) {
			lot, addr, parked := stage(t, &actor{ready: func(c *parking.Conn) {
				_, _ = c.Write(answer("bye"))
				c.Close()
			}})
			var clients []*client
			var conns []*parking.Conn
			for range 400 {
				c, conn := enter(t, addr, parked)
				clients, conns = append(clients, c), append(conns, conn)
			}
			for _, conn := range conns {
				wake(lot, conn)
			}
			lot.Close()
			for _, c := range clients {
				c.expect("bye")
				c.expectEnd()
			}
		})
	}
}
