//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package parking

import (
	"os"

	"golang.org/x/sys/unix"
)

// A queue is where the kernel reports descriptors. Reports are repeated as long
// as their reason lasts.
type queue struct {
	kqueue int
	events [512]unix.Kevent_t
	ready  []int
}

func (q *queue) open() (err error) {
	q.kqueue, err = unix.Kqueue()
	if err == nil {
		unix.CloseOnExec(q.kqueue)
	}
	return os.NewSyscallError("kqueue", err)
}

func (q *queue) close() { _ = unix.Close(q.kqueue) }

// add has a descriptor watched: whether it can be read, and whether it can be
// written. That the other side closed is reported with the former, that the
// connection broke with either.
func (q *queue) add(fd int, read, write bool) error {
	changes := make([]unix.Kevent_t, 2)
	unix.SetKevent(&changes[0], fd, unix.EVFILT_READ, unix.EV_ADD|able(read))
	unix.SetKevent(&changes[1], fd, unix.EVFILT_WRITE, unix.EV_ADD|able(write))
	_, err := unix.Kevent(q.kqueue, changes, nil, nil)
	return os.NewSyscallError("kevent", err)
}

// watch changes what a descriptor is watched for.
func (q *queue) watch(fd int, read, write bool) { _ = q.add(fd, read, write) }

func (q *queue) remove(fd int) {
	changes := make([]unix.Kevent_t, 2)
	unix.SetKevent(&changes[0], fd, unix.EVFILT_READ, unix.EV_DELETE)
	unix.SetKevent(&changes[1], fd, unix.EVFILT_WRITE, unix.EV_DELETE)
	_, _ = unix.Kevent(q.kqueue, changes, nil, nil)
}

func able(on bool) int {
	if on {
		return unix.EV_ENABLE
	}
	return unix.EV_DISABLE
}

// poll returns whom there are reports about. The slice is good until the next
// call of poll or wait.
func (q *queue) poll() []int { return q.about(&unix.Timespec{}) }

// wait is like poll, but waits until there are reports, or a signal comes.
func (q *queue) wait() []int { return q.about(nil) }

func (q *queue) about(timeout *unix.Timespec) []int {
	n, _ := unix.Kevent(q.kqueue, nil, q.events[:], timeout)
	q.ready = q.ready[:0]
	for _, e := range q.events[:max(n, 0)] {
		q.ready = append(q.ready, int(e.Ident))
	}
	return q.ready
}
