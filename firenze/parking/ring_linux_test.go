package parking

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ringsVariable says to this program that it is to be refused rings.
const ringsVariable = "PARKING_TEST_WITHOUT_RINGS"

// TestWithoutRings has the other tests pass in a process that the kernel gives no ring,
// as the filters of containers do.
func TestWithoutRings(t *testing.T) {
	if os.Getenv(ringsVariable) != "" {
		if openRing() != nil {
			t.Error("there is a ring though it is forbidden")
		}
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.skip=Cost", "-test.timeout=3m")
	cmd.Env = append(os.Environ(), ringsVariable+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func init() {
	if os.Getenv(ringsVariable) == "" {
		return
	}
	if err := refuseRings(); err != nil {
		panic(err)
	}
}

// refuseRings has the kernel refuse all threads of this process new rings from now on.
func refuseRings() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_IO_URING_SETUP, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return errno
	}
	return nil
}

// mustOpen skips a test where the kernel gives no ring.
func mustOpen(t *testing.T) *ring {
	t.Helper()
	r := openRing()
	if r == nil {
		t.Skip("the kernel gives no ring: it is older than 5.7, or kernel.io_uring_disabled, or a container's filter forbids it")
	}
	t.Cleanup(r.close)
	return r
}

// pair returns both ends of a connection.
func pair(t *testing.T) (near, far int) {
	t.Helper()
	near, far, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.Close(near)
		_ = unix.Close(far)
	})
	return near, far
}

// ends are what may have become of a connection, each with its near end.
var ends = map[string]func(t *testing.T) int{
	"open": func(t *testing.T) int {
		near, _ := pair(t)
		return near
	},
	"with something to read": func(t *testing.T) int {
		near, far := pair(t)
		mustWrite(t, far, []byte("some text"))
		return near
	},
	"with much to read": func(t *testing.T) int {
		near, far := pair(t)
		mustWrite(t, far, make([]byte, 5000))
		return near
	},
	"full": func(t *testing.T) int {
		near, _ := pair(t)
		for {
			if _, err := unix.Write(near, make([]byte, 1000)); err == unix.EAGAIN {
				return near
			}
		}
	},
	"closed over there": func(t *testing.T) int {
		near, far := pair(t)
		_ = unix.Shutdown(far, unix.SHUT_RDWR)
		return near
	},
	"closed over there, one side": func(t *testing.T) int {
		near, far := pair(t)
		_ = unix.Shutdown(far, unix.SHUT_WR)
		return near
	},
	"closed here": func(t *testing.T) int {
		near, _ := pair(t)
		_ = unix.Shutdown(near, unix.SHUT_RDWR)
		return near
	},
	"reset": func(t *testing.T) int {
		near, far := pair(t)
		mustWrite(t, near, []byte("nobody reads this"))
		_ = unix.Shutdown(far, unix.SHUT_RDWR)
		return near
	},
	"no descriptor": func(*testing.T) int { return -1 },
}

func mustWrite(t *testing.T, fd int, b []byte) {
	t.Helper()
	if n, err := unix.Write(fd, b); n != len(b) || err != nil {
		t.Fatalf("writing returned %d, %v", n, err)
	}
}

// TestRing holds that a ring makes of any connection what calls one by one make of one
// like it, in lists of all lengths, the longer of which take several kinds of calls.
func TestRing(t *testing.T) {
	r := mustOpen(t)
	names := slices.Sorted(maps.Keys(ends))
	for _, operation := range []struct {
		name string
		size int
		do   func(*ring, []transfer)
	}{
		{"send", 100, (*ring).sendAll},
		{"send much", 300_000, (*ring).sendAll},
		{"receive", 100, (*ring).receiveAll},
	} {
		for _, length := range []int{0, 1, len(ends), together, together + 1, 2*together + 10} {
			t.Run(fmt.Sprint(operation.name, " ", length), func(t *testing.T) {
				var byRing, byCalls []transfer
				for j := range length {
					end, text := ends[names[j%len(names)]], bytes.Repeat([]byte{byte(j)}, operation.size)
					byRing = append(byRing, transfer{fd: end(t), bytes: text})
					byCalls = append(byCalls, transfer{fd: end(t), bytes: slices.Clone(text)})
				}
				operation.do(r, byRing)
				operation.do(nil, byCalls)
				for j := range length {
					got, want := byRing[j], byCalls[j]
					if got.n != want.n || fmt.Sprint(got.err) != fmt.Sprint(want.err) || !bytes.Equal(got.bytes, want.bytes) {
						t.Errorf("%s: %d, %v by the ring; %d, %v by a call; same bytes: %v", names[j%len(names)],
							got.n, got.err, want.n, want.err, bytes.Equal(got.bytes, want.bytes))
					}
				}
			})
		}
	}
}

// TestRingArrives holds that what is sent by a ring is what arrives.
func TestRingArrives(t *testing.T) {
	r := mustOpen(t)
	for round := range 10 {
		var list []transfer
		var far []int
		for i := range together {
			a, b := pair(t)
			list = append(list, transfer{fd: a, bytes: fmt.Appendf(nil, "round %d, %d", round, i)})
			far = append(far, b)
		}
		r.sendAll(list)
		got := make([]transfer, together)
		for i, fd := range far {
			got[i] = transfer{fd: fd, bytes: make([]byte, 100)}
		}
		r.receiveAll(got)
		for i, g := range got {
			if text := g.bytes[:g.n]; !bytes.Equal(text, list[i].bytes) {
				t.Errorf("%q came for %q", text, list[i].bytes)
			}
		}
	}
}

// TestRingBreaks holds that what a ring no longer does is done by calls, and once, also
// when the ring works again.
func TestRingBreaks(t *testing.T) {
	r := mustOpen(t)
	near, far := pair(t)
	say := func(words ...string) {
		t.Helper()
		var list []transfer
		for _, word := range words {
			list = append(list, transfer{fd: near, bytes: []byte(word)})
		}
		r.sendAll(list)
		for i, word := range words {
			if list[i].n != len(word) || list[i].err != nil {
				t.Errorf("sending %q says %d, %v", word, list[i].n, list[i].err)
			}
		}
	}
	fd := r.fd
	say("it works, ", "then ")
	r.fd = -1
	say("it breaks, ", "once ")
	say("more, ", "and ")
	r.fd = fd
	say("works ", "again")
	buf := make([]byte, 100)
	n, err := unix.Read(far, buf)
	if text := string(buf[:max(n, 0)]); text != "it works, then it breaks, once more, and works again" {
		t.Errorf("%q came, %v", text, err)
	}
}
