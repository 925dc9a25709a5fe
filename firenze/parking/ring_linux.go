package parking

import (
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A ring hands the kernel many calls at a time (io_uring), which takes a fifth less than
// one after the other (BenchmarkFanOut). None of these calls waits, so all are done as
// soon as they are handed over, and the kernel keeps nothing. One goroutine uses it at a
// time. A nil ring does nothing.
//
// Its memory is shared with the kernel, in the layout of linux/io_uring.h: a queue of
// submissions, at whose head the kernel takes and at whose tail we add, and one of
// completions, where it is the other way round.
type ring struct {
	fd          int
	queues      []byte // the memory of both queues but for the submissions
	memory      []byte // of the submissions
	submissions []submission
	completions []completion

	taken, added *uint32 // head and tail of the submissions
	seen, done   *uint32 // head and tail of the completions

	current []transfer // what is carried; it stays in its place in memory for that it is here
}

// A submission is a struct io_uring_sqe.
type submission struct {
	operation uint8
	_         [3]byte
	fd        int32
	_         uint64
	address   uint64
	size      uint32
	flags     uint32 // those of send and recv
	index     uint64 // comes back with the completion
	_         [3]uint64
}

// A completion is a struct io_uring_cqe.
type completion struct {
	index  uint64
	result int32 // as of a system call: a number of bytes, or an error below 0
	_      uint32
}

// ringParams are a struct io_uring_params.
type ringParams struct {
	submissions, completions uint32 // how many there is room for
	_                        [3]uint32
	features                 uint32
	_                        [4]uint32
	submitted                struct{ head, tail, mask, entries, flags, dropped, array, _, _, _ uint32 }
	completed                struct{ head, tail, mask, entries, overflow, completions, flags, _, _, _ uint32 }
}

// What we use of linux/io_uring.h.
const (
	atQueues      = 0           // where in the descriptor both queues are
	atSubmissions = 0x10000000  // and where the submissions are
	needed        = 1<<0 | 1<<5 // SINGLE_MMAP and FAST_POLL, of 5.7, which can send and receive
	opSend        = 26
	opReceive     = 27
	getEvents     = 1
)

// openRing returns nil where the kernel is older than that or gives no ring, as in many
// a container.
func openRing() *ring {
	var p ringParams
	fd, _, errno := syscall.Syscall(unix.SYS_IO_URING_SETUP, together, uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil
	}
	r := &ring{fd: int(fd)}
	if p.features&needed != needed || r.share(&p) != nil {
		r.close()
		return nil
	}
	return r
}

// share maps the memory that is shared with the kernel.
func (r *ring) share(p *ringParams) (err error) {
	const access = unix.PROT_READ | unix.PROT_WRITE
	const kind = unix.MAP_SHARED | unix.MAP_POPULATE
	array := p.submitted.array + p.submissions*uint32(unsafe.Sizeof(uint32(0)))
	completions := p.completed.completions + p.completions*uint32(unsafe.Sizeof(completion{}))
	if r.queues, err = unix.Mmap(r.fd, atQueues, int(max(array, completions)), access, kind); err != nil {
		return err
	}
	size := int(p.submissions) * int(unsafe.Sizeof(submission{}))
	if r.memory, err = unix.Mmap(r.fd, atSubmissions, size, access, kind); err != nil {
		return err
	}
	r.submissions = unsafe.Slice((*submission)(unsafe.Pointer(&r.memory[0])), p.submissions)
	r.completions = unsafe.Slice((*completion)(unsafe.Pointer(&r.queues[p.completed.completions])), p.completions)
	at := func(offset uint32) *uint32 { return (*uint32)(unsafe.Pointer(&r.queues[offset])) }
	r.taken, r.added = at(p.submitted.head), at(p.submitted.tail)
	r.seen, r.done = at(p.completed.head), at(p.completed.tail)
	for i, order := uint32(0), unsafe.Slice(at(p.submitted.array), p.submissions); i < p.submissions; i++ {
		order[i] = i // the kernel takes them as they are added
	}
	return nil
}

func (r *ring) close() {
	if r == nil {
		return
	}
	for _, memory := range [][]byte{r.queues, r.memory} {
		if memory != nil {
			_ = unix.Munmap(memory)
		}
	}
	_ = unix.Close(r.fd)
}

// send does the first of some transfers, as many as it can, and returns how many those
// are. What it leaves is to be done in another way.
func (r *ring) send(all []transfer) (done int) { return r.carry(opSend, all, sent) }

// receive does that with reading.
func (r *ring) receive(all []transfer) (done int) { return r.carry(opReceive, all, received) }

// carry does the first transfers, unless a plain call does as well. Result makes of the
// result of a call what a transfer says.
func (r *ring) carry(operation uint8, all []transfer, result func(int, error) (int, error)) (done int) {
	if r == nil || len(all) < 2 {
		return 0
	}
	r.current = all[:min(len(all), together)]
	for i := range r.current {
		r.add(operation, uint64(i), &r.current[i])
	}
	done = r.submit(len(r.current))
	for range done {
		c := r.next()
		t := &r.current[c.index]
		if c.result < 0 {
			t.n, t.err = result(0, syscall.Errno(-c.result))
		} else {
			t.n, t.err = result(int(c.result), nil)
		}
	}
	r.current = nil
	return done
}

func (r *ring) add(operation uint8, index uint64, t *transfer) {
	tail := *r.added
	r.submissions[tail%uint32(len(r.submissions))] = submission{
		operation: operation,
		fd:        int32(t.fd),
		address:   uint64(uintptr(unsafe.Pointer(unsafe.SliceData(t.bytes)))),
		size:      uint32(len(t.bytes)),
		flags:     sendFlags,
		index:     index,
	}
	atomic.StoreUint32(r.added, tail+1)
}

// submit has the kernel do the calls that were added, and returns how many of them it
// took. It forgets the others.
func (r *ring) submit(n int) (taken int) {
	before := *r.seen
	taken = r.enter(n, n)
	for atomic.LoadUint32(r.done)-before < uint32(taken) {
		r.enter(0, taken) // a signal came between
	}
	atomic.StoreUint32(r.added, atomic.LoadUint32(r.taken))
	return taken
}

// enter returns how many submissions the kernel took, and as a rule not before so many
// calls are done.
func (r *ring) enter(submit, done int) (taken int) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(submit), uintptr(done), getEvents, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// next takes a completion out of its queue. There must be one.
func (r *ring) next() completion {
	head := *r.seen
	c := r.completions[head%uint32(len(r.completions))]
	atomic.StoreUint32(r.seen, head+1)
	return c
}
