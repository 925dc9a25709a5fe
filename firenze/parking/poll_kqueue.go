//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package parking

import (
	"os"

	"golang.org/x/sys/unix"
)

// A queue is where the kernel reports descriptors. Reports are repeated as long
// as their reason lasts.
type queue struct {
	kqueue     int
	bell, rope int // descriptors; that the rope is closed comes from the bell
	events     [512]unix.Kevent_t
	ready      []int
}

func (q *queue) open() (err error) {
	if q.bell, q.rope, err = socketPair(); err != nil {
		return err
	}
	if q.kqueue, err = unix.Kqueue(); err != nil {
		closeSocket(q.bell, nil)
		closeSocket(q.rope, nil)
		return os.NewSyscallError("kqueue", err)
	}
	unix.CloseOnExec(q.kqueue)
	return q.add(q.bell, true, false)
}

// close ends the wait, which then gives back what the queue holds.
func (q *queue) close() { closeSocket(q.rope, nil) }

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

// wait returns whom there are reports about, as soon as there are any. The slice
// is good until the next call. It reports false once the queue is closed.
func (q *queue) wait() (ready []int, ok bool) {
	for {
		n, _ := unix.Kevent(q.kqueue, nil, q.events[:], nil) // it fails if a signal comes
		q.ready = q.ready[:0]
		for _, e := range q.events[:max(n, 0)] {
			if int(e.Ident) == q.bell {
				_ = unix.Close(q.kqueue)
				closeSocket(q.bell, nil)
				return nil, false
			}
			q.ready = append(q.ready, int(e.Ident))
		}
		if len(q.ready) > 0 {
			return q.ready, true
		}
	}
}
