package imperio_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

// heard is a Prompt receiver that keeps what it is told.
type heard struct {
	mu      sync.Mutex // guards all below
	updates []thestral.Update
	senders int // how many updates had one
}

var _ thestral.Prompt = (*heard)(nil)

func (h *heard) Update(sender thestral.Thestral, path, message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.updates = append(h.updates, thestral.Update{Path: path, Message: message})
	if sender != nil {
		h.senders++
	}
}

func (h *heard) Next() []thestral.Thestral { return nil }

func (h *heard) all() []thestral.Update {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]thestral.Update(nil), h.updates...)
}

// want fails the test unless exactly these updates were heard, without sender.
func (h *heard) want(t *testing.T, updates ...thestral.Update) {
	t.Helper()
	if diff := cmp.Diff(updates, h.all()); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
	if h.senders > 0 {
		t.Errorf("%d updates had a sender, want none", h.senders)
	}
}

// up is short for tables.
func up(path, message string) thestral.Update {
	return thestral.Update{Path: path, Message: message}
}

// text is a buffer for many goroutines.
type text struct {
	mu     sync.Mutex // guards buffer
	buffer bytes.Buffer
}

func (w *text) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buffer.Write(p)
}

func (w *text) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buffer.String()
}

// wantLines fails the test unless the text has one line for each of parts, with
// the part in it, and no other line.
func (w *text) wantLines(t *testing.T, parts ...string) {
	t.Helper()
	var lines []string
	if all := strings.TrimSuffix(w.String(), "\n"); all != "" {
		lines = strings.Split(all, "\n")
	}
	if len(lines) != len(parts) {
		t.Fatalf("logged %d lines, want %d:\n%s", len(lines), len(parts), w)
	}
	for i, part := range parts {
		if !strings.Contains(lines[i], part) {
			t.Errorf("logged %s\nwant a line with %q", lines[i], part)
		}
	}
}

// logged catches what the pieces log until the test ends.
func logged(t testing.TB) *text {
	w := new(text)
	slog.SetDefault(slog.New(slog.NewTextHandler(w, nil)))
	t.Cleanup(func() { slog.SetDefault(slog.New(slog.DiscardHandler)) })
	return w
}

// pipes is a listener in memory, so that a fake clock can run a server.
type pipes struct{ *testenv.Pipes }

func newPipes() *pipes { return &pipes{testenv.NewPipes()} }

func (p *pipes) Accept() (net.Conn, error) {
	conn, err := p.Pipes.Accept()
	if err != nil {
		return nil, err
	}
	return pipe{conn}, nil
}

// dial connects a client, which keeps all that the server says.
func (p *pipes) dial() *client {
	c := &client{Conn: p.Dial(), over: make(chan struct{})}
	go func() {
		defer close(c.over)
		io.Copy(&c.answer, c.Conn)
	}()
	return c
}

type client struct {
	net.Conn
	answer text
	over   chan struct{} // closed when the server ended the connection
}

func (c *client) isOver() bool {
	select {
	case <-c.over:
		return true
	default:
		return false
	}
}

// pipe says what a socket says when it was closed.
type pipe struct{ net.Conn }

func (p pipe) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if errors.Is(err, io.ErrClosedPipe) {
		err = net.ErrClosed
	}
	return n, err
}
