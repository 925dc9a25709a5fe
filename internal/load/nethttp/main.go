// Nethttp is a yardstick: the server that one writes first, on net/http, with a
// goroutine for each request that waits. It speaks Firenze's long-poll and
// Server-Sent Events, and takes messages as Dudley does, one in each post.
//
// A session has a queue of at most 1,000 messages, numbered, and is over when
// that is full. A poll confirms what its token says was received, so nothing is
// lost with an answer. There is no expiry, no secret in the token, and no limit
// to the sessions.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

func main() {
	s := &server{sessions: map[string]*session{}, paths: map[string][]*session{}}
	http.HandleFunc("GET /comet/", s.hear)
	http.HandleFunc("POST /", s.post)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		fmt.Printf("firenze http://%v/comet/\ndudley http://%v/\n", l.Addr(), l.Addr())
		err = http.Serve(l, nil)
	}
	fmt.Fprintln(os.Stderr, "nethttp:", err)
	os.Exit(1)
}

type server struct {
	mu       sync.RWMutex // guards all below
	sessions map[string]*session
	paths    map[string][]*session
}

// begin makes a session.
func (s *server) begin() *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &session{id: fmt.Sprintf("nethttp-%d", len(s.sessions)+1), news: make(chan struct{}, 1)}
	s.sessions[c.id] = c
	return c
}

func (s *server) find(id string) *session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.sessions[id]
}

// post takes a message for the path that is posted to, or "id->path" for
// "::connect".
func (s *server) post(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch path := r.URL.Path[1:]; path {
	case "::connect":
		s.connect(string(body))
	default:
		s.publish(path, string(body))
	}
	io.WriteString(w, `{"success":true}`)
}

func (s *server) connect(message string) {
	id, path, _ := strings.Cut(message, "->")
	c := s.find(id)
	if c == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paths[path] = append(s.paths[path], c)
}

// publish encodes a message once, and puts it into the queues.
func (s *server) publish(path, message string) {
	update, _ := json.Marshal(map[string]string{"path": path, "message": message})
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.paths[path] {
		c.put(update)
	}
}

const (
	hold       = 30 * time.Second
	heartbeat  = 15 * time.Second
	queueLimit = 1000
)

// hear answers a poll, or a stream.
func (s *server) hear(w http.ResponseWriter, r *http.Request) {
	id, token, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/comet/"), "/")
	c := s.find(id)
	isNew := c == nil
	if isNew {
		c = s.begin()
	}
	if r.Header.Get("Accept") == "text/event-stream" {
		c.stream(w, r)
		return
	}
	if !isNew {
		c.wait(r, token)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(c.answer())
}

// A session is a queue of numbered messages.
type session struct {
	id   string
	news chan struct{} // there is something in the queue

	mu     sync.Mutex // guards all below
	queue  [][]byte   // updates as JSON
	number int        // of the last in the queue
	over   bool
}

func (c *session) put(update []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over = c.over || len(c.queue) == queueLimit; c.over {
		return
	}
	c.queue = append(c.queue, update)
	c.number++
	select {
	case c.news <- struct{}{}:
	default:
	}
}

// wait confirms what was received, and waits until there is more.
func (c *session) wait(r *http.Request, token string) {
	if c.confirm(token) {
		return
	}
	timer := time.NewTimer(hold)
	defer timer.Stop()
	select {
	case <-c.news:
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// confirm forgets what was received, and reports whether there is more.
func (c *session) confirm(token string) bool {
	var received int
	fmt.Sscan(token, &received)
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := received - (c.number - len(c.queue)); old > 0 && old <= len(c.queue) {
		c.queue = append(c.queue[:0], c.queue[old:]...)
	}
	select {
	case <-c.news:
	default:
	}
	return len(c.queue) > 0
}

func (c *session) answer() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := []byte(`{"updates":[`)
	for i, update := range c.queue {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, update...)
	}
	return fmt.Appendf(b, `],"reconnectWith":"%s/%d"}`, c.id, c.number)
}

// stream writes events until the client leaves.
func (c *session) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, "event: session\nid: %s/0\ndata: {\"reconnectWith\":\"%s/0\"}\n\n", c.id, c.id)
	flush := http.NewResponseController(w).Flush
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for flush() == nil {
		select {
		case <-c.news:
			c.writeEvents(w)
		case <-ticker.C:
			io.WriteString(w, ":\n\n")
		case <-r.Context().Done():
			return
		}
	}
}

func (c *session) writeEvents(w io.Writer) {
	c.mu.Lock()
	queue, number := c.queue, c.number-len(c.queue)
	c.queue = nil
	c.mu.Unlock()
	for i, update := range queue {
		fmt.Fprintf(w, "id: %s/%d\ndata: %s\n\n", c.id, number+i+1, update)
	}
}
