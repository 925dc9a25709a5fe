package faults_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/rootspush/roots/internal/faults"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

const path = "my/data"

// A said is an answer of a server that says what a test tells it to.
type said struct {
	session string // what the client reconnects with
	updates []thestral.Update
}

// says makes an answer of the session a with messages of path. A number stands
// for the text that belongs to it, "" for itself.
func says(messages ...any) said {
	s := said{session: "a/key-1"}
	for _, m := range messages {
		text := fmt.Sprint(m)
		if number, ok := m.(int); ok {
			text = faults.Text(path, uint64(number))
		}
		s.updates = append(s.updates, thestral.Update{Path: path, Message: text})
	}
	return s
}

// on puts the same messages on another path.
func (s said) on(path string) said {
	for i := range s.updates {
		s.updates[i].Path = path
	}
	return s
}

// in puts them into another session.
func (s said) in(session string) said {
	s.session = session
	return s
}

// A script is a server that answers requests with one thing after the other, in
// whatever transport it is asked for. When it has said all it says nothing new.
type script struct {
	mu    sync.Mutex // guards lines
	lines []said
}

func (s *script) next() said {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := s.lines[0]
	if s.lines[0].updates = nil; len(s.lines) > 1 {
		s.lines = s.lines[1:]
	}
	return line
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost:
		http.Error(w, "there is no such session", http.StatusNotFound)
	case r.Header.Get("Upgrade") != "":
		s.serveSocket(w, r)
	case r.Header.Get("Accept") != "":
		w.Header().Set("Content-Type", "text/event-stream")
		line := s.next()
		fmt.Fprintf(w, "retry: 1\nevent: session\nid: %s\ndata: {\"reconnectWith\":%q}\n\n:\n\n", line.session, line.session)
		for _, u := range line.updates {
			fmt.Fprintf(w, "id: %s\ndata: %s\n\n", line.session, encode(u))
		}
	default:
		w.Write(s.next().frame())
	}
}

func (s *script) serveSocket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	conn.Write(r.Context(), websocket.MessageText, s.next().frame())
	conn.Read(r.Context()) // until the client is gone
	conn.CloseNow()
}

func (s said) frame() []byte {
	return encode(map[string]any{"updates": s.updates, "reconnectWith": s.session})
}

func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

var transports = map[string]faults.Transport{"long-poll": faults.LongPoll, "events": faults.Events, "WebSocket": faults.WebSocket}

// newClient returns a client of a back-end that is at number 5, and sends
// nothing to anybody.
func newClient(t *testing.T, handler http.Handler, transport faults.Transport) *faults.Client {
	backend := faults.NewBackend(new(thestraltest.Recorder), path)
	for range 5 {
		backend.Publish(path)
	}
	c := faults.NewClient(faults.Options{
		Addr: serve(t, handler), Prefix: "/comet", Backend: backend, Ledger: new(faults.Ledger),
		Transports: []faults.Transport{transport}, Patience: time.Minute, Seed: 7,
	})
	t.Cleanup(c.Close)
	return c
}

// TestClient lets a server say things right and wrong, over each transport.
func TestClient(t *testing.T) {
	for name, transport := range transports {
		for _, test := range []struct {
			name  string
			lines []said
			want  string // of the error; empty if all is right
		}{
			{"in order", []said{says(), says("", 6), says(7, 8)}, ""},
			{"new session", []said{says(""), says().in("b/key-0"), says("", 3).in("b/key-1")}, ""},
			{"gap", []said{says("", 6), says(8)}, "number 8 came after 6"},
			{"gap after loading", []said{says("", 7)}, "the state was loaded at 5"},
			{"gap in a new session", []said{says("", 6), says("", 7).in("b/key-1")}, "the state was loaded at 5"},
			{"twice", []said{says("", 6), says(6)}, "number 6 came after 6"},
			{"twice in one answer", []said{says("", 6, 6)}, "number 6 came after 6"},
			{"out of order", []said{says("", 6, 8, 7)}, "number 8 came after 6"},
			{"two empty messages", []said{says(""), says("")}, "a second empty message"},
			{"no empty message", []said{says(6)}, "before the empty message"},
			{"garbled", []said{says("", "6 my/datb")}, "which nobody sent"},
			{"no number", []said{says("", "hello")}, "which nobody sent"},
			{"other path", []said{says(6).on("your/data")}, "the client is not connected"},
			{"answer to what was not sent", []said{says("2 x").on(faults.Taken)}, "which nobody sent"},
			{"answer that lacks one before", []said{says(faults.Text(faults.Taken, 2)).on(faults.Taken)}, "the first message is 2"},
			{"no token", []said{says().in("a")}, "it has to be"},
			{"no session", []said{says().in("/x")}, "it has to be"},
		} {
			t.Run(name+"/"+test.name, func(t *testing.T) {
				c := newClient(t, &script{lines: test.lines}, transport)
				wantError(t, steps(c, len(test.lines)+1), test.want)
			})
		}
	}
}

// steps lets a client go on until something is wrong.
func steps(c *faults.Client, count int) (err error) {
	for i := 0; i < count && err == nil; i++ {
		err = c.Step()
	}
	return err
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %q", err, want)
	}
}

// TestClientWire answers with what is no right answer of its transport.
func TestClientWire(t *testing.T) {
	const events = "text/event-stream"
	for _, test := range []struct {
		name      string
		transport faults.Transport
		status    int
		kind      string
		body      string
		want      string
	}{
		{"status of a poll", faults.LongPoll, 503, "", "{}", "503"},
		{"nothing", faults.LongPoll, 200, "", "", "not of the form"},
		{"other field", faults.LongPoll, 200, "", `{"updates":[],"reconnectWith":"a/b","x":1}`, "not of the form"},
		{"two objects", faults.LongPoll, 200, "", `{"updates":[],"reconnectWith":"a/b"}{}`, "not of the form"},
		{"status of events", faults.Events, 503, events, "", "503"},
		{"type of events", faults.Events, 200, "application/json", "", "application/json"},
		{"no session", faults.Events, 200, events, "id: a/b\ndata: {}\n\n", "the name"},
		{"two tokens", faults.Events, 200, events, "event: session\nid: a/b\ndata: {\"reconnectWith\":\"a/c\"}\n\n", "two tokens"},
		{"event is cut", faults.Events, 200, events, "event: session\nid: a/b\ndata: {\"reconn", ""},
		{"status of a WebSocket", faults.WebSocket, 503, "", "", "503"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", test.kind)
				w.WriteHeader(test.status)
				w.Write([]byte(test.body))
			}), test.transport)
			wantError(t, c.Step(), test.want)
		})
	}
}
