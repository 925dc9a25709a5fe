//go:build linux

package main

import (
	"encoding/binary"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A pace tells when a message is due. It is a timer of the kernel, since
// epoll_wait knows no time shorter than a millisecond.
type pace struct {
	fd    int
	every time.Duration
	start int64
	ticks int
}

// newPace makes one that the driver watches, and that has not begun.
func (d *driver) newPace(every time.Duration) (*pace, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	p := &pace{fd: fd, every: every}
	d.add(fd, p)
	return p, d.watch(fd)
}

// begin begins from zero.
func (p *pace) begin() error {
	p.start, p.ticks = now(), 0
	each := unix.NsecToTimespec(int64(p.every))
	return os.NewSyscallError("timerfd_settime", unix.TimerfdSettime(p.fd, 0, &unix.ItimerSpec{Interval: each, Value: each}, nil))
}

func (p *pace) take(data []byte) (int, error) {
	p.ticks += int(binary.NativeEndian.Uint64(data))
	return 8, nil
}

// due is when message n is due, n from 0.
func (p *pace) due(n int) int64 { return p.start + int64(n+1)*int64(p.every) }
