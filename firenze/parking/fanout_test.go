//go:build linux

package parking_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rootspush/roots/firenze/parking"
)

const fanOut = 10_000

var frame = make([]byte, 150)

// BenchmarkFanOut sends a frame to each of 10,000 clients: it wakes the guests,
// which write. The yardstick is a loop over bare descriptors. It tells how much of
// the processor a delivery takes, in and out of the kernel; the clients are another process.
func BenchmarkFanOut(b *testing.B) {
	needFiles(b, fanOut)
	b.Run("woken", func(b *testing.B) {
		lot := parking.New(parking.Options{})
		defer lot.Close()
		var round sync.WaitGroup
		conns := make(chan *parking.Conn, fanOut)
		serve(b, func(w http.ResponseWriter, r *http.Request) {
			c, err := lot.Park(w, r, &subscriber{round: &round})
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
	})
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

// A subscriber writes a frame whenever it is woken.
type subscriber struct {
	idle
	round *sync.WaitGroup
}

func (s *subscriber) Ready(c *parking.Conn) {
	_, _ = c.Write(frame)
	s.round.Done()
}

// serve has so many clients ask.
func serve(b *testing.B, handle http.HandlerFunc) {
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
