//go:build unix

package main

import "golang.org/x/sys/unix"

// ownMaxFiles is how many files this process may open. A server that is started
// as it was may open as many.
func ownMaxFiles() (most float64, ok bool) {
	var limit unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	return float64(limit.Cur), err == nil
}
