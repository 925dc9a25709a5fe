package firenze

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Where a connection can't be parked, on HTTP/2 or with TLS, the goroutine of its
// request serves it, in the same way as a poller would.

// A bell is the line to a goroutine that waits. It holds one ring.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

// Wake rings. It does not wait.
func (b bell) Wake() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// A writeFunc sends bytes, within [writeTimeout].
type writeFunc func([]byte) error

// responseWriter sends through net/http, at once.
func responseWriter(w http.ResponseWriter) writeFunc {
	c := http.NewResponseController(w)
	return func(b []byte) error {
		limitWriting(w)
		if _, err := w.Write(b); err != nil {
			return err
		}
		return c.Flush()
	}
}

// connWriter sends to a connection of our own.
func connWriter(conn net.Conn) writeFunc {
	return func(b []byte) error {
		_ = conn.SetWriteDeadline(time.Now().Add(writeTimeout)) // it fails only if writing does
		_, err := conn.Write(b)
		return err
	}
}

// hold serves a stream until it ends, or gone does. What comes from the client is
// handed to read; the sender of it goes on when it gets it back.
func (s *stream) hold(ctx context.Context, write writeFunc, came chan []byte, read func([]byte) ([]byte, bool)) {
	defer s.client.leave(&s.waiter)
	rings := newBell()
	rings.Wake()
	s.client.listen(&s.waiter, rings)
	f := s.client.firenze
	draining := f.draining
	for open := true; open; {
		var out []byte
		timer := time.NewTimer(time.Duration(s.due.Load()) - f.setClock())
		select {
		case data := <-came:
			out, open = read(data)
			came <- data
		case <-rings:
			out, open = s.say(nil)
		case <-timer.C:
			f.setClock()
			out, open = s.say(nil)
		case <-draining:
			draining = nil // once
			out, open = s.say(nil)
		case <-ctx.Done():
			return
		}
		timer.Stop()
		if len(out) > 0 && write(out) != nil {
			return
		}
	}
}

// readSize is how much is read at a time.
const readSize = 4 << 10

// holdSocket takes the connection over and serves it with two goroutines: this
// one, and one that reads.
func (f *Firenze) holdSocket(w http.ResponseWriter, s *socket) {
	if !f.countHeld() {
		s.client.leave(&s.waiter)
		f.refuse(w, errDraining)
		return
	}
	defer f.held.Done()
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.client.leave(&s.waiter)
		f.fail(w, http.StatusNotImplemented, "a WebSocket needs a connection of its own, which this server can't give")
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Time{}) // the server may have set one for the request
	ctx, end := context.WithCancel(context.Background())
	came := make(chan []byte)
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		defer end()
		buf := make([]byte, readSize)
		for {
			n, err := buffered.Read(buf)
			if err != nil {
				return
			}
			select {
			case came <- buf[:n]:
				<-came
			case <-ctx.Done():
				return
			}
		}
	}()
	s.hold(ctx, connWriter(conn), came, s.read)
	end()
	conn.Close()
	<-reading
}

// countHeld counts a WebSocket that Close waits for, unless it may be waiting
// already.
func (f *Firenze) countHeld() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.drained {
		f.held.Add(1)
	}
	return !f.drained
}
