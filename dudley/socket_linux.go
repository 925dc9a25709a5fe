package dudley

import (
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// A socket reads and writes a connection without telling Go's scheduler of the calls,
// as they never wait. The scheduler of a process that was idle, once told of a call,
// wakes a thread to watch it: at a thousand posts a second that takes as much as the
// rest of what becomes of a post. Only one goroutine may use it.
type socket struct {
	raw         syscall.RawConn
	read, write func(fd uintptr) (done bool)
	rest        []byte // is to be read into, or to be written
	n           int    // bytes that were read
	err         error
}

// direct returns what reads and writes conn for less, or conn itself if that may do
// more than its socket.
func direct(conn net.Conn) io.ReadWriter {
	switch conn.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return conn
	}
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return conn // it says so too
	}
	s := &socket{raw: raw}
	s.read, s.write = s.readNow, s.writeNow // here once, as each is on the heap
	return s
}

// Read is as that of a net.Conn.
func (s *socket) Read(b []byte) (int, error) {
	s.rest = b
	if err := s.raw.Read(s.read); err != nil {
		return 0, err
	}
	if s.n == 0 && s.err == nil && len(b) > 0 {
		return 0, io.EOF
	}
	return s.n, s.err
}

func (s *socket) readNow(fd uintptr) (done bool) {
	s.n, done, s.err = call("read", syscall.SYS_READ, fd, s.rest)
	return done
}

// Write is as that of a net.Conn.
func (s *socket) Write(b []byte) (int, error) {
	s.rest, s.err = b, nil
	err := s.raw.Write(s.write)
	if err == nil {
		err = s.err
	}
	return len(b) - len(s.rest), err
}

func (s *socket) writeNow(fd uintptr) (done bool) {
	for n := 0; len(s.rest) > 0; s.rest = s.rest[n:] {
		if n, done, s.err = call("write", syscall.SYS_WRITE, fd, s.rest); !done || s.err != nil {
			return done
		}
	}
	return true
}

// call calls the kernel. It is not done if there is to be waiting first.
func call(name string, number, fd uintptr, b []byte) (n int, done bool, err error) {
	for {
		n, _, errno := syscall.RawSyscall(number, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		switch errno {
		case 0:
			return int(n), true, nil
		case syscall.EAGAIN:
			return 0, false, nil
		case syscall.EINTR:
		default:
			return 0, true, os.NewSyscallError(name, errno)
		}
	}
}
