//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long nothing may arrive before a measurement is given up.
const patience = 10 * time.Second

var errStalled = fmt.Errorf("nothing arrived for %v", patience)

// A driver runs all connections of a measurement in the goroutine of its caller.
type driver struct {
	ctx      context.Context
	epoll    int
	sockets  []*socket // by descriptor
	first    []*socket // that are read before all others
	buffer   []byte
	events   [256]unix.EpollEvent
	progress time.Time // when something last arrived that was waited for
}

// A socket is what the driver watches.
type socket struct {
	fd     int
	rest   []byte // what came of something that isn't complete
	reader reader
}

// A reader takes what is complete at the beginning of data. It returns how many
// bytes that was, 0 if more must come.
type reader interface {
	take(data []byte) (int, error)
}

var began = time.Now()

// now is the time that messages carry, in nanoseconds.
func now() int64 { return int64(time.Since(began)) }

func newDriver(ctx context.Context) (*driver, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	return &driver{ctx: ctx, epoll: fd, buffer: make([]byte, 1<<20)}, os.NewSyscallError("epoll_create1", err)
}

// close resets the connections, so that no port is left waiting.
func (d *driver) close() {
	for _, s := range d.sockets {
		if s != nil {
			_ = unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}) // a timer has none
			_ = unix.Close(s.fd)
		}
	}
	_ = unix.Close(d.epoll)
}

// portsEach is how many connections come from one address of the loopback. There
// are fewer ports than descriptors could be.
const portsEach = 20_000

// dial connects to a server, as the nth client of it, and has that watched.
func (d *driver) dial(n int, to netip.AddrPort, r reader) (*socket, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	s := d.add(fd, r)
	own := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(1 + n/portsEach)}}
	return s, errors.Join(
		os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)),
		os.NewSyscallError("bind", unix.Bind(fd, own)),
		os.NewSyscallError("connect", unix.Connect(fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())})),
		os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)),
		os.NewSyscallError("fcntl", unix.SetNonblock(fd, true)),
		d.watch(fd),
	)
}

// watch has the kernel tell when a descriptor can be read.
func (d *driver) watch(fd int) error {
	in := &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(d.epoll, unix.EPOLL_CTL_ADD, fd, in))
}

// add makes a descriptor one of the driver's, which closes it.
func (d *driver) add(fd int, r reader) *socket {
	for len(d.sockets) <= fd {
		d.sockets = append(d.sockets, nil)
	}
	d.sockets[fd] = &socket{fd: fd, reader: r}
	return d.sockets[fd]
}

// send writes a request. Requests are small and few at a time, so the kernel
// takes them whole.
func (s *socket) send(request []byte) error {
	switch n, err := unix.Write(s.fd, request); {
	case err != nil:
		return os.NewSyscallError("write", err)
	case n < len(request):
		return errors.New("the server does not read what it is sent")
	}
	return nil
}

// until runs the connections until done says so.
func (d *driver) until(done func() bool) error {
	d.progress = time.Now()
	for !done() {
		if err := d.turn(time.Second); err != nil {
			return err
		}
		if time.Since(d.progress) > patience {
			return errStalled
		}
	}
	return nil
}

// linger runs the connections for some time.
func (d *driver) linger(t time.Duration) error {
	for end := time.Now().Add(t); time.Now().Before(end); {
		if err := d.turn(time.Until(end)); err != nil {
			return err
		}
	}
	return nil
}

// turn reads whatever is there, or waits for it.
func (d *driver) turn(wait time.Duration) error {
	n, err := unix.EpollWait(d.epoll, d.events[:], int(wait.Milliseconds())+1)
	if err != nil && err != unix.EINTR {
		return os.NewSyscallError("epoll_wait", err)
	}
	for _, s := range d.first {
		if err := d.read(s); err != nil {
			return err
		}
	}
	for i := range max(n, 0) {
		if err := d.read(d.sockets[d.events[i].Fd]); err != nil {
			return err
		}
	}
	return d.ctx.Err()
}

func (d *driver) read(s *socket) error {
	had := copy(d.buffer, s.rest)
	n, err := unix.Read(s.fd, d.buffer[had:])
	switch {
	case err == unix.EAGAIN:
		return nil
	case err != nil:
		return os.NewSyscallError("read", err)
	case n == 0:
		return errors.New("the server closed a connection")
	}
	data := d.buffer[:had+n]
	for len(data) > 0 {
		taken, err := s.reader.take(data)
		if err != nil {
			return err
		}
		if taken == 0 {
			break
		}
		data = data[taken:]
	}
	if len(data) == len(d.buffer) {
		return errors.New("an answer is too long")
	}
	s.rest = append(s.rest[:0], data...)
	return nil
}
