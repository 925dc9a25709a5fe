//go:build linux

// Epoll is a yardstick: what it costs to write ready-made answers to sockets,
// one thread for each core, and nothing else. A server that does more can't cost
// much less.
//
// It speaks as much of Firenze's and Dudley's wire as the driver sees. A request
// is taken for whole when anything of it has come, and after the first one of a
// connection it is only read: a poll is answered when there is a message, be it
// there or not. There are no sessions, no paths, no queues, and no care for what
// the kernel does not take. A message is posted to /all or to the id of a client,
// and is not looked at.
package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"os"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/rootspush/roots/internal/websocket"
)

func main() {
	if err := serve(runtime.NumCPU()); err != nil {
		fmt.Fprintln(os.Stderr, "epoll:", err)
		os.Exit(1)
	}
}

// serve runs until something fails.
func serve(n int) error {
	failed := make(chan error)
	threads := make([]*thread, n)
	port := 0
	for i := range threads {
		t, err := newThread(threads, port)
		if err != nil {
			return err
		}
		threads[i], port = t, t.port
	}
	for _, t := range threads {
		go func() { failed <- t.run() }()
	}
	fmt.Printf("firenze http://127.0.0.1:%d/comet/\ndudley http://127.0.0.1:%d/\n", port, port)
	return <-failed
}

// A kind is what a connection is.
type kind byte

const (
	unknown kind = iota
	poll
	events
	frames
	backend
)

// A thread has its own connections.
type thread struct {
	all      []*thread
	port     int
	epoll    int
	listener int
	wake     int // an eventfd: there is something in posted
	kinds    []kind
	buffer   []byte

	mu     sync.Mutex
	posted [][]byte // messages that wait to be written to all
}

func newThread(all []*thread, port int) (*thread, error) {
	t := &thread{all: all, buffer: make([]byte, 64<<10)}
	var err error
	if t.listener, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(t.listener, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
		return nil, err
	}
	if err := unix.Bind(t.listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: port}); err != nil {
		return nil, err
	}
	if err := unix.Listen(t.listener, 4096); err != nil {
		return nil, err
	}
	own, err := unix.Getsockname(t.listener)
	if err != nil {
		return nil, err
	}
	t.port = own.(*unix.SockaddrInet4).Port
	if t.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if t.wake, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		return nil, err
	}
	if err := t.watch(t.listener); err != nil {
		return nil, err
	}
	return t, t.watch(t.wake)
}

func (t *thread) watch(fd int) error {
	for len(t.kinds) <= fd {
		t.kinds = append(t.kinds, unknown)
	}
	t.kinds[fd] = unknown
	return unix.EpollCtl(t.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(fd)})
}

func (t *thread) run() error {
	runtime.LockOSThread()
	var ready [256]unix.EpollEvent
	for {
		n, err := unix.EpollWait(t.epoll, ready[:], -1)
		if err != nil && err != unix.EINTR {
			return err
		}
		for i := range max(n, 0) {
			switch fd := int(ready[i].Fd); fd {
			case t.listener:
				err = t.accept()
			case t.wake:
				t.writeAll()
			default:
				t.read(fd)
			}
		}
		if err != nil && err != unix.EINTR {
			return err
		}
	}
}

// accept takes all that are there, for that is told only once.
func (t *thread) accept() error {
	for {
		fd, _, err := unix.Accept4(t.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch {
		case err == unix.EAGAIN:
			return nil
		case err != nil:
			return err
		}
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
			return err
		}
		if err := t.watch(fd); err != nil {
			return err
		}
	}
}

// read takes a request for whole. Only the first one of a client, and those of
// back-ends, are looked at.
func (t *thread) read(fd int) {
	n, err := read(fd, t.buffer)
	if err != nil || n == 0 {
		t.kinds[fd] = unknown
		unix.Close(fd)
		return
	}
	switch request := t.buffer[:n]; {
	case t.kinds[fd] == backend || bytes.HasPrefix(request, []byte("POST")):
		t.kinds[fd] = backend
		t.post(request)
		write(fd, []byte("HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"success\":true}"))
	case t.kinds[fd] == unknown:
		t.begin(fd, request)
	}
}

// begin answers the first request of a client. Its id says what is needed to
// write to it.
func (t *thread) begin(fd int, request []byte) {
	k, head := poll, []byte(nil)
	switch _, key, _ := bytes.Cut(request, []byte("Sec-WebSocket-Key: ")); {
	case len(key) >= 24:
		sum := sha1.Sum(append(key[:24:24], "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"...))
		head = []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
			base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n")
		k = frames
	case bytes.Contains(request, []byte("text/event-stream")):
		head = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
		k = events
	}
	t.kinds[fd] = k
	body := fmt.Appendf(nil, `{"updates":[],"reconnectWith":"%d-%d/0"}`, fd, k)
	write(fd, append(head, answers(body)[k]...))
}

// post has a message written to all, or writes it to the client with that id.
func (t *thread) post(request []byte) {
	head, message, _ := bytes.Cut(request, []byte("\r\n\r\n"))
	body := fmt.Appendf(nil, `{"updates":[{"path":"all","message":"%s"}],"reconnectWith":"0/0"}`, message)
	var fd int
	var k kind
	if n, _ := fmt.Sscanf(string(head), "POST /%d-%d ", &fd, &k); n == 2 {
		write(fd, answers(body)[k])
		return
	}
	for _, other := range t.all {
		other.mu.Lock()
		other.posted = append(other.posted, body)
		other.mu.Unlock()
		write(other.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

// writeAll writes what was posted to the clients of this thread.
func (t *thread) writeAll() {
	read(t.wake, t.buffer)
	t.mu.Lock()
	posted := t.posted
	t.posted = nil
	t.mu.Unlock()
	for _, body := range posted {
		ready := answers(body)
		for fd, k := range t.kinds {
			if ready[k] != nil {
				write(fd, ready[k])
			}
		}
	}
}

// answers makes of a body what each kind of client is sent.
func answers(body []byte) [backend + 1][]byte {
	return [backend + 1][]byte{
		poll:   fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body),
		events: fmt.Appendf(nil, "id: 0/0\ndata: %s\n\n", body),
		frames: websocket.Append(nil, websocket.Text, body),
	}
}

// read and write are raw, as the sockets never make them wait and Go's scheduler
// needs not be told.
func read(fd int, b []byte) (int, error) {
	n, _, err := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if err != 0 {
		return 0, err
	}
	return int(n), nil
}

func write(fd int, b []byte) {
	unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
}
