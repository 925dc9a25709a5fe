//go:build unix

package feed

import (
	"os"
	"os/signal"
	"syscall"
)

// onSuspend returns what gets a signal when somebody types Ctrl-Z, so that the cursor
// can be shown before, and what ends that.
func onSuspend() (signals <-chan os.Signal, release func()) {
	if signal.Ignored(syscall.SIGTSTP) { // by whoever started this, and could not wake it
		return nil, func() {}
	}
	typed := make(chan os.Signal, 1)
	signal.Notify(typed, syscall.SIGTSTP)
	return typed, func() { signal.Stop(typed) }
}

// suspendSelf stops this process until it is told to go on.
func suspendSelf() { _ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) }
