package pomona_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/rootspush/roots/thestral"
)

// servePoll is the one transport that needs no loop.
func (m *model) servePoll(w http.ResponseWriter, r *http.Request, token string, f fault) {
	n := m.position(token)
	session := m.count(&m.session)
	updates, newest, news, _ := m.after(n, session)
	if len(updates) == 0 && strings.HasPrefix(newest, strings.Split(token, "/")[0]) && token != "" {
		select {
		case <-news:
		case <-time.After(30 * time.Second):
		case <-r.Context().Done():
		}
		n = m.position(token)
		updates, newest, _, _ = m.after(n, m.count(&m.session))
	}
	body, _ := json.Marshal(map[string]any{"updates": updates, "reconnectWith": newest})
	if f == works {
		_, _ = w.Write(body)
		return
	}
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	if f != breaks {
		<-r.Context().Done()
	}
	panic(http.ErrAbortHandler)
}

// stream is a way to say something.
type stream struct {
	beat   func() error // a sign of life
	every  time.Duration
	begin  func(token string) error
	say    func(u thestral.Update, token string) error
	garble func(u thestral.Update) error // say half of it
}

var errBreak = errors.New("the stream breaks here")

// run says what there is to say until that fails, ctx ends, or the session is over.
func (m *model) run(ctx context.Context, token string, f fault, s stream) error {
	n, session := m.position(token), m.count(&m.session)
	for f == silent {
		time.Sleep(time.Second)
		if err := errors.Join(s.beat(), ctx.Err()); err != nil {
			return err
		}
	}
	if err := s.begin(fmt.Sprintf("ID%d/KEY-%d", session, n)); err != nil {
		return err
	}
	for said := 0; ; {
		updates, _, news, over := m.after(n, session)
		if over {
			return io.EOF
		}
		for _, u := range updates {
			switch {
			case f == stalls && said >= several:
				<-ctx.Done()
				return ctx.Err()
			case f == breaks && said >= several:
				_ = s.garble(u)
				return errBreak
			}
			n++
			said++
			if err := s.say(u, fmt.Sprintf("ID%d/KEY-%d", session, n)); err != nil {
				return err
			}
		}
		select {
		case <-news:
		case <-time.After(s.every):
			if err := s.beat(); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (m *model) serveEvents(w http.ResponseWriter, r *http.Request, token string, f fault) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	write := func(text string) error {
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		return http.NewResponseController(w).Flush()
	}
	_ = write("")
	event := func(u thestral.Update, token string) string {
		data, _ := json.Marshal(u)
		return "id: " + token + "\ndata: " + string(data) + "\n\n"
	}
	err := m.run(r.Context(), token, f, stream{
		every: 15 * time.Second,
		beat:  func() error { return write(":\n\n") },
		begin: func(token string) error {
			return write("retry: 1234\nevent: session\nid: " + token + "\ndata: {\"reconnectWith\":\"" + token + "\"}\n\n")
		},
		say:    func(u thestral.Update, token string) error { return write(event(u, token)) },
		garble: func(u thestral.Update) error { return write(strings.TrimRight(event(u, "ID1/KEY-999"), "\n")) },
	})
	if err == errBreak {
		panic(http.ErrAbortHandler)
	}
}

func (m *model) serveSocket(w http.ResponseWriter, r *http.Request, token string, f fault) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		m.t.Error(err)
		return
	}
	defer conn.CloseNow()
	ctx, cancel := context.WithCancel(context.Background())
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	reading.Go(func() { m.readFrames(ctx, cancel, conn) })
	write := func(text string) error { return conn.Write(ctx, websocket.MessageText, []byte(text)) }
	frame := func(u []thestral.Update, token string) string {
		body, _ := json.Marshal(map[string]any{"updates": u, "reconnectWith": token})
		return string(body)
	}
	_ = m.run(ctx, token, f, stream{
		every: 25 * time.Second,
		beat:  func() error { return conn.Ping(ctx) },
		begin: func(token string) error { return write(frame([]thestral.Update{}, token)) },
		say:   func(u thestral.Update, token string) error { return write(frame([]thestral.Update{u}, token)) },
		garble: func(u thestral.Update) error {
			text, err := conn.Writer(ctx, websocket.MessageText)
			if err == nil {
				_, err = io.WriteString(text, frame([]thestral.Update{u}, "ID1/KEY-999"))
			}
			return err
		},
	})
}

// readFrames notes what the client confirms.
func (m *model) readFrames(ctx context.Context, cancel func(), conn *websocket.Conn) {
	defer cancel()
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return
		}
		var frame struct{ Confirm string }
		if err := json.Unmarshal(text, &frame); err != nil {
			m.t.Error(err)
		}
		m.mu.Lock()
		m.confirms = append(m.confirms, frame.Confirm)
		m.mu.Unlock()
	}
}

// serveUpdate takes an update as Firenze does.
func (m *model) serveUpdate(w http.ResponseWriter, r *http.Request, token string) {
	var updates []thestral.Update
	_ = json.NewDecoder(r.Body).Decode(&updates)
	number, _ := strconv.Atoi(r.URL.Query().Get("number"))
	m.mu.Lock()
	defer m.mu.Unlock()
	status, answer := http.StatusOK, `{"success":true}`
	switch {
	case !strings.HasPrefix(token, fmt.Sprintf("ID%d/", m.session)):
		status, answer = http.StatusNotFound, `{"error":"the session is over"}`
	case number > m.number+1:
		status, answer = http.StatusConflict, `{"error":"the one before has to come first"}`
	case number == m.number+1 && thestral.IsControl(updates[0].Path):
		status, answer = http.StatusForbidden, `{"error":"a control path"}`
	case number == m.number+1:
		m.number++
		m.applied = append(m.applied, updates[0].Message)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}
