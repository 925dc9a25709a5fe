package firenze_test

import (
	"net"
	"os"
	"strconv"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernelMemory returns how many bytes the kernel holds for the connections of a
// server in this process: the most for one, and for all.
func kernelMemory(t testing.TB, addr string) (most, sum int) {
	t.Helper()
	_, text, _ := net.SplitHostPort(addr)
	port, _ := strconv.Atoi(text)
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		fd, _ := strconv.Atoi(e.Name())
		if own, err := unix.Getsockname(fd); err != nil {
			continue
		} else if inet, ok := own.(*unix.SockaddrInet4); !ok || inet.Port != port {
			continue
		}
		held := socketMemory(fd)
		most, sum = max(most, held), sum+held
	}
	return most, sum
}

// socketMemory is what ss -m shows of a socket, beside its limits: r, w, o and bl.
func socketMemory(fd int) int {
	var info [9]uint32 // SK_MEMINFO_VARS
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0 // it was closed meanwhile
	}
	const received, queued, options, backlog = 0, 5, 6, 7
	return int(info[received] + info[queued] + info[options] + info[backlog])
}
