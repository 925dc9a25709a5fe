package firenze

import (
	"net/http"
	"time"

	"github.com/rootspush/roots/firenze/parking"
)

// chunk is about how many bytes of messages are written at a time. A client that
// does not take them leaves no more than that lying; the rest stays in the queue,
// whose messages are shared by all sessions.
const chunk = 64 << 10

// A stream is a request that is answered without end. It is served by one
// goroutine at a time, that of a poller, of a publisher or its own, and so needs no
// lock. It fits into a cache line.
type stream struct {
	waiter
	client *client
	head   *string // of the answer, as long as it is not written; nil if net/http writes it
	told   uint64  // the number of the newest message that was written
	begun  bool    // something was written
	silent bool    // nothing came from the client since the last beat
	parted bool    // good-bye was said, and the client is to close
}

// partingTime is how long a client may take to close.
const partingTime = 5 * time.Second

// A form is how a stream looks on the wire: events, or frames of a WebSocket.
// All methods append to b.
type form interface {
	// say writes messages, with the number that confirms them. First says that
	// nothing was written before; then there may be none. The caller holds the
	// lock of the client.
	say(b []byte, c *client, items []item, number uint64, first bool) []byte
	// beat shows that the connection works.
	beat(b []byte) []byte
	// pause is the time between two beats. Must says that the client has to
	// answer them.
	pause() (d time.Duration, must bool)
	// end says good-bye, and why.
	end(b []byte, why parting) []byte
}

// form is that of the transport.
func (w *waiter) form() form {
	if w.kind == WebSocket {
		return socketForm{}
	}
	return eventForm{}
}

// A parting is why a stream ends that still could go on.
type parting int

const (
	superseded parting = iota // by another request of the session, or that is over
	goingDown                 // the server is
)

// open attaches a stream to the session of the request, or to a new one. It
// returns [errMoved], having done nothing, if the session is no longer here.
func (f *Firenze) open(s *stream, r *http.Request, c *client, number uint64) error {
	pause, _ := s.form().pause()
	s.wakeIn(f.setClock(), pause)
	if c != nil {
		_, err := c.enter(number, &s.waiter)
		if err == nil {
			s.client = c
		}
		if err == nil || err == errMoved {
			return err
		}
	}
	c, err := f.begin(r.URL.Query().Has("latest"))
	if err != nil {
		return err
	}
	s.client = c
	c.attach(&s.waiter) // nobody else knows it yet
	f.enter(c)
	return nil
}

// start appends the head of the answer, unless that was written.
func (s *stream) start(b []byte) []byte {
	if s.head != nil {
		b, s.head = append(b, *s.head...), nil
	}
	return b
}

// say appends what there is to say now. It reports false if that is the end.
func (s *stream) say(b []byte) (out []byte, open bool) {
	b = s.start(b)
	c, f := s.client, s.client.firenze
	if s.parted {
		return b, !s.isDue(f.now())
	}
	c.mu.Lock()
	items, number, more, ok := c.next(&s.waiter, chunk)
	f.sends(items)
	if ok && (len(items) > 0 || !s.begun) {
		b = s.form().say(b, c, items, number, !s.begun)
		s.begun, s.told = true, number
	}
	if more {
		s.tell()
	}
	over := c.over
	c.mu.Unlock()
	switch {
	case !ok:
		return s.part(b, s.form().end(nil, s.why(over)))
	case more:
		return b, true
	case f.isDraining():
		c.leave(&s.waiter)
		return s.form().end(b, goingDown), false
	}
	return s.beat(b)
}

// why says why the stream ends: its session is over, or another request took its
// place. A server that goes down ends both, and to the client one that handed its
// session on is no different.
func (s *stream) why(over ending) parting {
	if over == moved || s.client.firenze.isDraining() {
		return goingDown
	}
	return superseded
}

// part appends a good-bye, if there is one, and lets a client that was told so
// close the connection. Closing it while the client sends would lose what was
// written last.
func (s *stream) part(b, bye []byte) (out []byte, open bool) {
	s.parted = len(bye) > 0
	s.wakeIn(s.client.firenze.now(), partingTime)
	return append(b, bye...), s.parted
}

// beat appends a sign of life if it is time for one. It reports false if the
// client gave none.
func (s *stream) beat(b []byte) (out []byte, open bool) {
	now := s.client.firenze.now()
	if !s.isDue(now) {
		return b, true
	}
	pause, must := s.form().pause()
	if must && s.silent {
		s.client.leave(&s.waiter)
		return b, false
	}
	s.silent = true
	s.wakeIn(now, pause)
	return s.form().beat(b), true
}

// Prepare is told that something is about to happen.
func (s *stream) Prepare() byte { return s.client.prepare() }

// Ready says what there is to say to a parked client.
func (s *stream) Ready(conn *parking.Conn, b []byte) []byte {
	b, open := s.say(b)
	if !open {
		conn.Close()
	}
	return b
}

// Gone is told that the connection is no more.
func (s *stream) Gone(*parking.Conn, error) { s.client.leave(&s.waiter) }
