//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/rootspush/roots/internal/hijacked"
)

// sendBuffer is what a client that stops reading may hold of the kernel; Linux
// doubles it.
const sendBuffer = 64 << 10

// maxPieces is how many pieces go into one call of the kernel.
const maxPieces = 64

// bridgeSize is how much a bridge carries at a time, either way.
const bridgeSize = 4 << 10

// takeOver gets a descriptor for conn that Go's own poller knows nothing of, and
// closes conn. A wrapper may do more than its socket, so for all but plain sockets
// that is one end of a bridge, and conn is returned as via.
func takeOver(conn net.Conn) (fd int, via net.Conn, unread []byte, err error) {
	conn, via, unread = hijacked.Take(conn)
	switch socket := conn.(type) {
	case *net.TCPConn:
		fd, err = duplicate(socket)
	case *net.UnixConn:
		fd, err = duplicate(socket)
	default:
		fd, err = bridge(conn)
		return fd, conn, unread, err
	}
	_ = conn.Close()
	return fd, via, unread, err
}

func duplicate(socket syscall.Conn) (fd int, err error) {
	raw, err := socket.SyscallConn()
	if err != nil {
		return -1, err
	}
	controlErr := raw.Control(func(old uintptr) {
		fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0)
	})
	return fd, errors.Join(err, controlErr)
}

// bridge returns a descriptor that stands for conn, which it closes if it fails.
// Two goroutines carry the bytes until either side is closed.
func bridge(conn net.Conn) (int, error) {
	fd, other, err := socketPair()
	if err != nil {
		_ = conn.Close()
		return -1, err
	}
	far, err := adopt(other)
	if err != nil {
		_ = conn.Close()
		closeSocket(fd, nil)
		return -1, err
	}
	go func() {
		_, _ = io.CopyBuffer(far, conn, make([]byte, bridgeSize))
		_ = far.(*net.UnixConn).CloseWrite()
	}()
	go func() {
		_, _ = io.CopyBuffer(conn, far, make([]byte, bridgeSize))
		_ = conn.Close()
		_ = far.Close()
	}()
	return fd, nil
}

func socketPair() (int, int, error) {
	syscall.ForkLock.RLock()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(pair[0])
		unix.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, -1, os.NewSyscallError("socketpair", err)
	}
	return pair[0], pair[1], errors.Join(unix.SetNonblock(pair[0], true), unix.SetNonblock(pair[1], true))
}

// adopt makes a connection of Go's own out of a descriptor, which it closes. Package
// net turns keep-alive on.
func adopt(fd int) (net.Conn, error) {
	allowSilence(fd)
	file := os.NewFile(uintptr(fd), "")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	if conn.RemoteAddr() == nil { // the client has gone, and so has its address
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	return conn, nil
}

// send sends as much of b as the socket takes now.
func send(fd int, b [][]byte) (total int, err error) {
	for len(b) > 0 {
		pieces := b[:min(len(b), maxPieces)]
		n, err := sent(transmit(fd, pieces))
		if total += n; err != nil || n < sizeOf(pieces) {
			return total, err
		}
		b = b[len(pieces):]
	}
	return total, nil
}

// sent makes of what the kernel says how much was sent, and what broke the connection.
func sent(n int, err error) (int, error) {
	switch {
	case temporary(err):
		return 0, nil
	case err != nil:
		return 0, os.NewSyscallError("send", err)
	}
	return n, nil
}

// receive reads what there is now, which may be nothing.
func receive(fd int, buf []byte) (int, error) { return received(read(fd, buf)) }

// received makes of what the kernel says how much was read, and what broke the
// connection.
func received(n int, err error) (int, error) {
	switch {
	case temporary(err):
		return 0, nil
	case err != nil:
		return 0, os.NewSyscallError("read", err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// temporary says of an error that the poller will report when to try again.
func temporary(err error) bool { return err == unix.EAGAIN || err == unix.EINTR }

// limit bounds what a client can hold, and for how long. It works without that too.
func limit(fd int) {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer)
	limitSilence(fd)
}

// shutdown makes the poller report the socket, and reading it say that it ended.
func shutdown(fd int) { _ = unix.Shutdown(fd, unix.SHUT_RDWR) }

func closeSocket(fd int, _ []byte) { _ = unix.Close(fd) }

// dropSocket closes a descriptor and forgets what the client has not taken, which
// the kernel would keep for minutes otherwise.
func dropSocket(fd int, _ []byte) {
	_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	closeSocket(fd, nil)
}
