//go:build linux

package parking_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rootspush/roots/firenze/parking"
	"github.com/rootspush/roots/internal/hijacked"
)

const fanOut = 10_000

var frame = make([]byte, 150)

// TestWakeMany wakes 10,000 connections at once, twice, and holds that the guest
// of each is told so once each time.
func TestWakeMany(t *testing.T) {
	needFiles(t, fanOut)
	checkLeaks(t)
	lot := parking.New(parking.Options{})
	conns := make(chan *parking.Conn, fanOut)
	var told [fanOut]atomic.Int64
	var number atomic.Int64
	var round sync.WaitGroup
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		times := &told[number.Add(1)-1]
		c, err := lot.Park(w, r, &actor{ready: func(c *parking.Conn) {
			times.Add(1)
			_, _ = c.Write(frame)
			round.Done()
		}})
		if err != nil {
			t.Error(err)
		}
		conns <- c
	})
	all := collect(conns)
	for range 2 {
		round.Add(fanOut)
		for _, c := range all {
			c.Wake()
		}
		round.Wait()
	}
	lot.Close()
	for i := range told {
		if n := told[i].Load(); n != 2 {
			t.Fatalf("the guest of connection %d was told Ready %d times, want 2", i, n)
		}
	}
}

// TestSilence holds that the kernel ends a parked connection whose client vanished, and
// that it does not probe ten thousand at once. What has been returned is as it was.
func TestSilence(t *testing.T) {
	served := make(chan net.Conn, 2)
	g := newRig(t, parking.Options{}, func(s *httptest.Server) {
		s.Config.ConnState = func(conn net.Conn, state http.ConnState) {
			if state == http.StateNew {
				served <- conn
			}
		}
	})
	c, v := g.park(t)
	<-served
	fd := parking.Descriptor(v.conn)
	if timeout, alive := silence(t, fd); timeout != 30_000 || alive != 0 {
		t.Errorf("parked: it ends after %d ms, keep-alive is %d", timeout, alive)
	}
	v.conn.Return([]byte(get("/plain")))
	c.expect("/plain " + c.LocalAddr().String())
	raw, err := (<-served).(*hijacked.Conn).Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		if timeout, alive := silence(t, int(fd)); timeout != 0 || alive != 1 {
			t.Errorf("returned: it ends after %d ms, keep-alive is %d", timeout, alive)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func silence(t *testing.T, fd int) (timeout, alive int) {
	timeout, err1 := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	alive, err2 := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE)
	if err := errors.Join(err1, err2); err != nil {
		t.Error(err)
	}
	return timeout, alive
}

// BenchmarkFanOut sends a frame to each of 10,000 clients: it wakes the guests,
// which write. The yardstick is a loop over bare descriptors. It tells how much of
// the processor a delivery takes, in and out of the kernel; the clients are another process.
func BenchmarkFanOut(b *testing.B) {
	needFiles(b, fanOut)
	b.Run("silent", func(b *testing.B) { wakeAll(b, nil) })
	b.Run("woken", func(b *testing.B) { wakeAll(b, frame) })
	b.Run("bare", func(b *testing.B) {
		descriptors := make(chan int, fanOut)
		serve(b, func(w http.ResponseWriter, _ *http.Request) {
			descriptors <- bare(b, w)
		})
		all := collect(descriptors)
		defer func() {
			for _, fd := range all {
				_ = unix.Close(fd)
			}
		}()
		deliver(b, func() {
			for _, fd := range all {
				_ = unix.Sendto(fd, frame, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, nil)
			}
		})
	})
}

func wakeAll(b *testing.B, frame []byte) {
	lot := parking.New(parking.Options{})
	defer lot.Close()
	var round sync.WaitGroup
	conns := make(chan *parking.Conn, fanOut)
	serve(b, func(w http.ResponseWriter, r *http.Request) {
		c, err := lot.Park(w, r, &subscriber{round: &round, frame: frame})
		if err != nil {
			b.Error(err)
		}
		conns <- c
	})
	all := collect(conns)
	deliver(b, func() {
		round.Add(fanOut)
		for _, c := range all {
			c.Wake()
		}
		round.Wait()
	})
}

// A subscriber says its frame, if it has one, whenever it is woken.
type subscriber struct {
	idle
	frame []byte
	round *sync.WaitGroup
}

func (s *subscriber) Ready(_ *parking.Conn, b []byte) []byte {
	s.round.Done() // of the last few, when they are about to be sent
	return append(b, s.frame...)
}

// serve has so many clients ask.
func serve(b testing.TB, handle http.HandlerFunc) {
	server := httptest.NewServer(handle)
	b.Cleanup(server.Close)
	b.Cleanup(startClients(b, server.Listener.Addr(), fanOut))
}

func collect[T any](from chan T) (all []T) {
	for range fanOut {
		all = append(all, <-from)
	}
	return all
}

// bare takes the connection away from the server and Go.
func bare(b *testing.B, w http.ResponseWriter) int {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		b.Error(err)
		return -1
	}
	defer conn.Close()
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		b.Error(err)
		return -1
	}
	defer file.Close()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		b.Error(err)
	}
	return fd
}

func deliver(b *testing.B, round func()) {
	var before, after syscall.Rusage
	b.ReportAllocs()
	round()
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	for b.Loop() {
		round()
	}
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	per := func(after, before syscall.Timeval) float64 {
		return float64(after.Nano()-before.Nano()) / float64(b.N*fanOut) / 1000
	}
	b.ReportMetric(per(after.Utime, before.Utime), "user-µs/delivery")
	b.ReportMetric(per(after.Stime, before.Stime), "system-µs/delivery")
}
