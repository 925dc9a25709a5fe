package gateway

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// A held connection is served by two goroutines, where it can't be parked: one reads,
// and one writes when it is woken.
type held struct {
	conn  net.Conn
	rings chan struct{} // has one element if the writer is to look
	over  chan struct{}

	mu sync.Mutex // held by who speaks with the client
}

// Wake has the writer look. It does not wait.
func (h *held) Wake() {
	select {
	case h.rings <- struct{}{}:
	default:
	}
}

// Close ends both goroutines.
func (h *held) Close() { _ = h.conn.Close() }

// hold takes the connection over and serves it, until it ends.
func (c *client) hold(w http.ResponseWriter) {
	defer c.forget()
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "a websocket needs a connection of its own, which this server can't give", http.StatusNotImplemented)
		return
	}
	_ = conn.SetDeadline(time.Time{}) // the server may have set one for the request
	h := &held{conn: conn, rings: make(chan struct{}, 1), over: make(chan struct{})}
	var writing sync.WaitGroup
	writing.Go(func() { h.write(c) })
	c.listen(h)
	for data, open := make([]byte, 4<<10), true; open; {
		n, err := buffered.Read(data)
		open = err == nil && h.speak(func() ([]byte, bool) { return c.read(data[:n]) })
	}
	h.Close()
	close(h.over)
	writing.Wait()
}

// write says what there is to say, whenever it is woken.
func (h *held) write(c *client) {
	for {
		select {
		case <-h.over:
			return
		case <-h.rings:
			if !h.speak(func() ([]byte, bool) { return c.say(nil) }) {
				h.Close()
			}
		}
	}
}

// speak does something with the client, and sends it what comes of that. It reports
// false if that was the end.
func (h *held) speak(with func() (out []byte, open bool)) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	out, open := with()
	if len(out) > 0 {
		_ = h.conn.SetWriteDeadline(time.Now().Add(writeTimeout)) // it fails only if writing does
		if _, err := h.conn.Write(out); err != nil {
			return false
		}
	}
	return open
}
