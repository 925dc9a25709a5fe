package parking

import (
	"errors"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A queue is where the kernel reports descriptors. Reports are repeated as long
// as their reason lasts.
type queue struct {
	epoll  int
	file   *os.File // the same, so that Go's poller watches it
	waiter syscall.RawConn
	events [512]unix.EpollEvent
	ready  []int
}

func (q *queue) open() (err error) {
	if q.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	err = unix.SetNonblock(q.epoll, true) // it says to os that there may be waiting
	q.file = os.NewFile(uintptr(q.epoll), "epoll")
	waiter, noConn := q.file.SyscallConn()
	q.waiter = waiter
	return errors.Join(err, noConn)
}

func (q *queue) close() { _ = q.file.Close() }

// add has a descriptor watched: whether it can be read, and whether it can be
// written. That it broke is always reported, that the other side closed with the
// former.
func (q *queue) add(fd int, read, write bool) error {
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(q.epoll, unix.EPOLL_CTL_ADD, fd, event(fd, read, write)))
}

// watch changes what a descriptor is watched for.
func (q *queue) watch(fd int, read, write bool) {
	_ = unix.EpollCtl(q.epoll, unix.EPOLL_CTL_MOD, fd, event(fd, read, write))
}

func (q *queue) remove(fd int) { _ = unix.EpollCtl(q.epoll, unix.EPOLL_CTL_DEL, fd, nil) }

func event(fd int, read, write bool) *unix.EpollEvent {
	e := &unix.EpollEvent{Fd: int32(fd)}
	if read {
		e.Events |= unix.EPOLLIN
	}
	if write {
		e.Events |= unix.EPOLLOUT
	}
	return e
}

// wait returns whom there are reports about, as soon as there are any. The slice
// is good until the next call. It reports false once the queue is closed.
func (q *queue) wait() (ready []int, ok bool) {
	err := q.waiter.Read(q.poll)
	return q.ready, err == nil
}

// poll takes what reports there are now, if any.
func (q *queue) poll(uintptr) bool {
	n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(q.epoll),
		uintptr(unsafe.Pointer(&q.events)), uintptr(len(q.events)), 0, 0, 0)
	q.ready = q.ready[:0]
	if errno == 0 {
		for _, e := range q.events[:n] {
			q.ready = append(q.ready, int(e.Fd))
		}
	}
	return len(q.ready) > 0
}
