//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze/parking"
)

// quick is a write timeout for clients that will not take anything.
const quick = 20 * time.Millisecond

// stuff writes until so much is pending.
func stuff(t *testing.T, v *visitor, pending int) {
	t.Helper()
	for parking.Pending(v.conn) < pending {
		if _, err := v.conn.Write(make([]byte, 10_000)); err != nil {
			t.Fatal(err)
		}
	}
}

// flood makes more pending than the kernel can take, with one write, as a quick
// timeout may be over before another.
func flood(t *testing.T, v *visitor) {
	t.Helper()
	if pending, err := v.conn.Write(make([]byte, parking.DefaultMaxPending)); !pending || err != nil {
		t.Fatalf("pending is %v, %v", pending, err)
	}
}

func TestTakesNothing(t *testing.T) {
	g := newRig(t, parking.Options{WriteTimeout: quick})
	c, v := g.park(t)
	flood(t, v)
	if err := <-v.gone; err != parking.ErrSlow {
		t.Errorf("gone with %v", err)
	}
	if _, err := io.Copy(io.Discard, c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client may believe that it has all: %v", err)
	}
	if _, err := v.conn.Write([]byte("late")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write then says %v", err)
	}
}

func TestMaxPending(t *testing.T) {
	for _, over := range []int{0, 1} {
		const most = 1_000_000
		g := newRig(t, parking.Options{MaxPending: most, WriteTimeout: time.Minute}, overUnix(t))
		c, v := g.park(t)
		stuff(t, v, 1)
		_, err := v.conn.Write(make([]byte, most-parking.Pending(v.conn)+over))
		if over == 0 {
			if err != nil || len(v.gone) > 0 {
				t.Errorf("with as much pending as may be: %v", err)
			}
			_, _ = io.CopyN(io.Discard, c, 300_000)
			if !eventually(func() bool { return parking.Pending(v.conn) < most }) {
				t.Error("what was taken is still counted")
			}
			continue
		}
		if err != parking.ErrSlow {
			t.Errorf("with a byte too much: %v", err)
		}
		if _, err := v.conn.Write([]byte("more")); err == nil {
			t.Error("there may be more after something was left out")
		}
		if err := <-v.gone; err != parking.ErrSlow {
			t.Errorf("gone with %v", err)
		}
		if rest, _ := io.ReadAll(c); len(rest) > most {
			t.Errorf("%d bytes were sent", len(rest))
		}
	}
}

// TestOrder reads slowly what several goroutines write fast.
func TestOrder(t *testing.T) {
	const writers, rounds, size = 4, 300, 5_000
	g := newRig(t, parking.Options{MaxPending: writers * rounds * size, WriteTimeout: time.Minute})
	c, v := g.park(t)
	for w := range writers {
		go func() {
			for i := range rounds {
				b := bytes.Repeat([]byte{byte(w)}, size)
				binary.BigEndian.PutUint32(b[1:], uint32(i))
				if _, err := v.conn.WriteShared(b[:3], nil, b[3:700], b[700:]); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	next := make([]int, writers)
	b := make([]byte, size)
	for n := range writers * rounds {
		if _, err := io.ReadFull(c.buf, b); err != nil {
			t.Fatalf("after %d pieces: %v", n, err)
		}
		w, i := b[0], int(binary.BigEndian.Uint32(b[1:]))
		if i != next[w] || bytes.Count(b[5:], b[:1]) != size-5 {
			t.Fatalf("piece %d of writer %d came where %d should be, or is torn", i, w, next[w])
		}
		next[w]++
	}
	if !eventually(func() bool { return parking.Pending(v.conn) == 0 }) {
		t.Error("something is pending for ever")
	}
}

// TestLeaveWithPending holds that what was written is sent before the connection
// leaves.
func TestLeaveWithPending(t *testing.T) {
	big := make([]byte, 1<<20)
	leave := map[string]func(g *rig, v *visitor){
		"Close":     func(_ *rig, v *visitor) { v.conn.Close() },
		"Return":    func(_ *rig, v *visitor) { v.conn.Return([]byte(get("/plain"))) },
		"Lot.Close": func(g *rig, v *visitor) { go g.lot.Close() },
	}
	for name, leave := range leave {
		t.Run(name, func(t *testing.T) {
			g := newRig(t, parking.Options{WriteTimeout: time.Minute}, overUnix(t))
			c, v := g.park(t)
			_, _ = v.conn.Write(answer(string(big)))
			leave(g, v)
			if name != "Lot.Close" {
				if _, err := v.conn.Write([]byte("late")); !errors.Is(err, net.ErrClosed) {
					t.Errorf("write after it is to leave says %v", err)
				}
			}
			c.expect(string(big))
			if name == "Return" {
				c.expect("/plain @")
			} else {
				c.expectEnd()
			}
		})
	}
}

// TestLeaveSlow holds that a slow client does not keep a connection, nor the Lot.
func TestLeaveSlow(t *testing.T) {
	g := newRig(t, parking.Options{WriteTimeout: quick})
	_, v := g.park(t)
	flood(t, v)
	v.conn.Return(nil)
	_, v = g.park(t)
	flood(t, v)
	v.conn.Close()
	_, v = g.park(t)
	flood(t, v)
	g.lot.Close()
	if len(v.gone) > 1 { // once is for a client that was cut before the Lot was closed
		t.Error("gone twice")
	}
}

// TestRest holds that a connection that has nothing to do costs no time: above
// all that it does not ask for ever whether it can send.
func TestRest(t *testing.T) {
	g := newRig(t, parking.Options{}, overUnix(t))
	_, waits := g.park(t)
	c, sent := g.park(t)
	stuff(t, sent, 1)
	go io.Copy(io.Discard, c)
	_, stuck := g.park(t)
	stuff(t, stuck, 1)
	half, leaves := g.park(t)
	stuff(t, leaves, 1)
	leaves.conn.Close()
	_ = half.Conn.(*net.UnixConn).CloseWrite()
	if !eventually(func() bool { return parking.Pending(sent.conn) == 0 }) {
		t.Fatal("something is pending for ever")
	}
	for range 20 {
		time.Sleep(time.Millisecond) // the poller falls asleep
		waits.conn.Wake()
		<-waits.ready
	}
	const nap = 200 * time.Millisecond
	least := nap
	for range 5 { // Go itself may be at work in one, but who asks for ever is in all
		before := processTime()
		time.Sleep(nap)
		if least = min(least, processTime()-before); least <= nap/2 {
			break
		}
	}
	if least > nap/2 {
		t.Errorf("%v of processor time in %v", least, nap)
	}
	waits.conn.Close()
}

// processTime is what this process has had of the processors.
func processTime() time.Duration {
	var use syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
