package parking

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A queue is where the kernel reports descriptors. Reports are repeated as long
// as their reason lasts.
type queue struct {
	epoll  int
	events [512]unix.EpollEvent
	ready  []int
}

func (q *queue) open() (err error) {
	q.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	return os.NewSyscallError("epoll_create1", err)
}

func (q *queue) close() { _ = unix.Close(q.epoll) }

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

// poll returns whom there are reports about. The slice is good until the next
// call of poll or wait.
func (q *queue) poll() []int {
	n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(q.epoll),
		uintptr(unsafe.Pointer(&q.events)), uintptr(len(q.events)), 0, 0, 0)
	if errno != 0 {
		return nil
	}
	return q.about(int(n))
}

// wait is like poll, but waits until there are reports, or a signal comes.
func (q *queue) wait() []int {
	n, _ := unix.EpollWait(q.epoll, q.events[:], -1)
	return q.about(max(n, 0))
}

func (q *queue) about(n int) []int {
	q.ready = q.ready[:0]
	for _, e := range q.events[:n] {
		q.ready = append(q.ready, int(e.Fd))
	}
	return q.ready
}
