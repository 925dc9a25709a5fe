package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// stage is a server that does what it is told, whatever it is asked, and keeps
// what it was sent byte by byte.
type stage struct {
	listener net.Listener
	acts     []act
	done     chan struct{} // closed when the stage ends
	running  sync.WaitGroup

	mu       sync.Mutex // guards all below
	requests []sent
	conns    []net.Conn
	closed   int // how many of them were
}

// act plays one request, and says whether the connection goes on.
type act func(s *stage, conn net.Conn) (open bool)

// sent is what came with one request.
type sent struct {
	conn       int // the number of the connection
	line, body string
	header     http.Header
}

// newStage plays the acts to the requests, in order, and the last of them to
// all that follow.
func newStage(acts ...act) (*stage, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &stage{listener: listener, acts: acts, done: make(chan struct{})}
	s.running.Go(s.accept)
	return s, nil
}

func (s *stage) addr() string { return s.listener.Addr().String() }

// close ends all connections and waits for them.
func (s *stage) close() {
	close(s.done)
	s.listener.Close()
	s.mu.Lock()
	for _, conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

func (s *stage) accept() {
	for n := 0; ; n++ {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns = append(s.conns, conn)
		s.mu.Unlock()
		s.running.Go(func() { s.serve(n, conn) })
	}
}

func (s *stage) serve(n int, conn net.Conn) {
	defer s.ended(conn)
	r := bufio.NewReader(conn)
	for {
		request, err := read(r)
		if err != nil {
			return
		}
		request.conn = n
		if !s.next(request)(s, conn) {
			return
		}
	}
}

// ended closes a connection and counts it.
func (s *stage) ended(conn net.Conn) {
	conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed++
}

// hasClosed says whether so many connections were closed.
func (s *stage) hasClosed(want int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed >= want
}

// next keeps a request and returns what is played to it.
func (s *stage) next(request sent) act {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, request)
	return s.acts[min(len(s.requests), len(s.acts))-1]
}

// sent returns the requests so far, in order.
func (s *stage) sent() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sent(nil), s.requests...)
}

// read reads a request, believing its Content-Length.
func read(r *bufio.Reader) (request sent, err error) {
	text := textproto.NewReader(r)
	if request.line, err = text.ReadLine(); err != nil {
		return sent{}, err
	}
	header, err := text.ReadMIMEHeader()
	if err != nil {
		return sent{}, err
	}
	request.header = http.Header(header)
	size, _ := strconv.Atoi(request.header.Get("Content-Length"))
	body := make([]byte, max(size, 0))
	_, err = io.ReadFull(r, body)
	request.body = string(body)
	return request, err
}

// httpAnswer is an answer as Dudley gives them.
func httpAnswer(status int, body string, headers ...string) string {
	lines := append([]string{
		"HTTP/1.1 " + strconv.Itoa(status) + " " + http.StatusText(status),
		"Content-Type: application/json",
		"Content-Length: " + strconv.Itoa(len(body)),
	}, headers...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

const success = `{"success":true}`

// says answers with this text, and leaves the connection open.
func says(text string) act {
	return func(_ *stage, conn net.Conn) bool {
		_, err := io.WriteString(conn, text)
		return err == nil
	}
}

// cuts does the same and closes it.
func cuts(text string) act {
	return func(_ *stage, conn net.Conn) bool {
		io.WriteString(conn, text)
		return false
	}
}

// takes answers as Dudley does.
var takes = says(httpAnswer(200, success))

// drips says each of these texts after a pause.
func drips(pause time.Duration, texts ...string) act {
	return func(s *stage, conn net.Conn) bool {
		for _, text := range texts {
			select {
			case <-s.done:
				return false
			case <-time.After(pause):
			}
			if _, err := io.WriteString(conn, text); err != nil {
				return false
			}
		}
		return true
	}
}

// late says the text when it is told to, and then that it did.
func late(text string, now <-chan struct{}, said chan<- struct{}) act {
	return func(s *stage, conn net.Conn) bool {
		defer close(said)
		select {
		case <-s.done:
		case <-now:
			io.WriteString(conn, text)
		}
		return true
	}
}

// pourings is how many MiB pours says, so much more than all buffers hold that
// who takes nearly all of them reads on and on.
const pourings = 64

// pours says the beginning and then the text again and again, and counts the MiB
// that were taken.
func pours(beginning, text string, taken *atomic.Int32) act {
	return func(_ *stage, conn net.Conn) bool {
		io.WriteString(conn, beginning)
		chunk := strings.Repeat(text, 1<<20/len(text))
		for range pourings {
			if _, err := io.WriteString(conn, chunk); err != nil {
				break
			}
			taken.Add(1)
		}
		return false
	}
}
