package parking

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls of this file never wait, so they are made without telling Go's
// scheduler, which takes longer than the rest of what is done here (BenchmarkFanOut).

// maxSilence is how long a client may leave unanswered what it is sent.
const maxSilence = 30 * time.Second

// limitSilence ends a TCP connection whose client vanished, soon after something
// was sent to it. Keep-alive is off meanwhile: together with this a single probe that
// is lost costs the connection, and of ten thousand clients whose probes are due at
// once the kernel loses most, as no queue of it holds so many.
func limitSilence(fd int) {
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(maxSilence.Milliseconds()))
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 0)
}

// allowSilence takes the limit back. Keep-alive is for whoever gets the connection.
func allowSilence(fd int) { _ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 0) }

const sendFlags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL

// transmit sends the pieces, or as much of them as the socket takes.
func transmit(fd int, pieces [][]byte) (int, error) {
	if len(pieces) == 1 {
		return call(unix.SYS_SENDTO, fd, unsafe.Pointer(unsafe.SliceData(pieces[0])), len(pieces[0]), sendFlags)
	}
	var vector [maxPieces]unix.Iovec
	for i, piece := range pieces {
		vector[i].Base = unsafe.SliceData(piece)
		vector[i].SetLen(len(piece))
	}
	message := unix.Msghdr{Iov: &vector[0]}
	message.SetIovlen(len(pieces))
	return call(unix.SYS_SENDMSG, fd, unsafe.Pointer(&message), sendFlags, 0)
}

func read(fd int, buf []byte) (int, error) {
	return call(unix.SYS_READ, fd, unsafe.Pointer(unsafe.SliceData(buf)), len(buf), 0)
}

func call(number uintptr, fd int, p unsafe.Pointer, a, b int) (int, error) {
	n, _, errno := syscall.RawSyscall6(number, uintptr(fd), uintptr(p), uintptr(a), uintptr(b), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
