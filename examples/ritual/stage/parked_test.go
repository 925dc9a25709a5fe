package stage_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/internal/testenv"
)

// A site is a rig behind a real server.
type site struct {
	*rig
	server *http.Server
}

func newSite(t testing.TB, options stage.Options) *site {
	t.Helper()
	r := newRig(t, options)
	s := &site{r, testenv.Serve(t, r, r.Drain)}
	s.server.RegisterOnShutdown(r.Drain)
	return s
}

// A line is one connection to a site, used as a browser does.
type line struct {
	conn net.Conn
	in   *bufio.Reader
}

func (s *site) dial() *line {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.server.Addr)
	must(s.t, err)
	s.t.Cleanup(func() { conn.Close() })
	must(s.t, conn.SetDeadline(time.Now().Add(time.Minute)))
	return &line{conn, bufio.NewReader(conn)}
}

func (l *line) send(t testing.TB, target string) {
	t.Helper()
	must(t, l.conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err := fmt.Fprintf(l.conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target)
	must(t, err)
}

func (l *line) answer(t testing.TB) (status int, body string) {
	t.Helper()
	resp, err := http.ReadResponse(l.in, nil)
	must(t, err)
	text, err := io.ReadAll(resp.Body)
	must(t, err)
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode == 200 && kind != "application/json; charset=utf-8" ||
		resp.Header.Get("Date") == "" || resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the headers are %v", resp.Header)
	}
	return resp.StatusCode, string(text)
}

// TestParked: statuses and chats that wait cost no goroutine, their answers are
// those that net/http would write, and the connection goes on to be used, in turn
// with other routes.
func TestParked(t *testing.T) {
	s := newSite(t, stage.Options{Scripts: with(script(), "petrov/3.json", "")})
	must(t, s.Begin("petrov", "petrov", 2))
	const count = 50
	var lines []*line
	var ids []string
	for range count {
		id, l := s.enter("petrov", "observe"), s.dial()
		l.send(t, "/petrov/status?have=0&clientId="+id)
		l.answer(t)
		lines, ids = append(lines, l), append(ids, id)
	}
	for turn := range 3 {
		for i, l := range lines {
			l.send(t, fmt.Sprintf("/petrov/status?have=%d&clientId=%s", 2+turn%2, ids[i]))
		}
		settle(t, func() bool { return runtime.NumGoroutine() < count })
		press := "nextPage"
		if turn%2 == 1 {
			press = "prevPage"
		}
		want(t, s.post("/petrov/"+press, ""), http.StatusNoContent, "")
		for i, l := range lines {
			if status, body := l.answer(t); status != 200 || !strings.Contains(body, fmt.Sprintf(`"page":"%d"`, 3-turn%2)) {
				t.Fatalf("turn %d: answered %d %s", turn, status, body)
			}
			l.send(t, "/petrov/status?have=3&clientId=x")
			if status, _ := l.answer(t); status != http.StatusUnauthorized {
				t.Fatalf("a stranger on the same connection is answered %d", status)
			}
			if turn == 0 {
				l.send(t, "/petrov/chat/receive?clientId="+ids[i])
			}
		}
		if turn == 0 {
			want(t, s.post("/petrov/chat/send", "text=hi"), http.StatusNoContent, "")
			for _, l := range lines {
				if status, body := l.answer(t); status != 200 || body != `{"message":{"sender":"anon","text":"hi"}}` {
					t.Fatalf("the chat is answered %d %s", status, body)
				}
			}
		}
	}
}

// settle waits for what comes true soon.
func settle(t testing.TB, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never came true")
		}
	}
}

// TestPostAfterWait: what a client posts on a connection on which it waited before
// arrives whole.
func TestPostAfterWait(t *testing.T) {
	s := newSite(t, stage.Options{Scripts: script()})
	must(t, s.Begin("petrov", "petrov", 2))
	id, l := s.enter("petrov", "observe"), s.dial()
	s.status("petrov", id, "0")
	for n := range 20 {
		l.send(t, "/petrov/status?have=2&clientId="+id)
		settle(t, func() bool { return s.Waiting("petrov") == 1 })
		s.post("/petrov/widgetData", "x=1")
		l.answer(t)
		body := "x=0&more=" + strings.Repeat("y", 1<<n)
		fmt.Fprintf(l.conn, "POST /petrov/widgetData HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		if status, _ := l.answer(t); status != http.StatusNoContent {
			t.Fatalf("a post of %d bytes is answered %d", len(body), status)
		}
		s.status("petrov", id, "0")
	}
}

// TestParkedAndClosed: a client that leaves is told again when it comes back; one
// that speaks out of turn is cut off.
func TestParkedAndClosed(t *testing.T) {
	s := newSite(t, stage.Options{Scripts: script()})
	must(t, s.Begin("petrov", "petrov", 2))
	id := s.enter("petrov", "observe")
	target := "/petrov/status?have=2&clientId=" + id
	for _, leave := range []func(*line){
		func(l *line) { l.conn.Close() },
		func(l *line) { _ = l.conn.(*net.TCPConn).CloseWrite() },
		func(l *line) { l.send(t, target) },
	} {
		s.status("petrov", id, "0")
		l := s.dial()
		l.send(t, target)
		time.Sleep(20 * time.Millisecond) // it may be parked by then, or not: both must be right
		leave(l)
		if _, err := io.ReadAll(l.in); err != nil && !strings.Contains(err.Error(), "closed network connection") && !strings.Contains(err.Error(), "reset") {
			t.Fatalf("it is not cut off: %v", err)
		}
		settle(t, func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			return strings.Contains(s.get(target, func(r *http.Request) { *r = *r.WithContext(ctx) }).Body.String(), "Counter")
		})
	}
}

// TestParkedAtShutdown: who waits is answered when the server shuts down, and the
// connection closed.
func TestParkedAtShutdown(t *testing.T) {
	s := newSite(t, stage.Options{Scripts: script()})
	must(t, s.Begin("petrov", "petrov", 2))
	l, id := s.dial(), s.enter("petrov", "observe")
	s.status("petrov", id, "0")
	l.send(t, "/petrov/status?have=2&clientId="+id)
	settle(t, func() bool { return s.Waiting("petrov") == 1 })
	must(t, s.server.Shutdown(t.Context()))
	if status, body := l.answer(t); status != 200 || !strings.Contains(body, `"widget":"Counter"`) {
		t.Errorf("answered %d %s", status, body)
	}
	if _, err := l.in.ReadByte(); err != io.EOF {
		t.Errorf("the connection goes on: %v", err)
	}
}

// TestOldClient: with HTTP/1.0, and with "Connection: close", the connection ends
// with the answer.
func TestOldClient(t *testing.T) {
	s := newSite(t, stage.Options{Scripts: script()})
	must(t, s.Begin("petrov", "petrov", 2))
	id := s.enter("petrov", "observe")
	for _, request := range []string{"GET %s HTTP/1.0\r\n\r\n", "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"} {
		s.status("petrov", id, "0")
		l := s.dial()
		fmt.Fprintf(l.conn, request, "/petrov/status?have=2&clientId="+id)
		settle(t, func() bool { return s.Waiting("petrov") == 1 })
		s.post("/petrov/widgetData", "x=1")
		answer, err := io.ReadAll(l.in)
		must(t, err)
		if !strings.Contains(string(answer), "\r\nConnection: close\r\n") || !strings.HasSuffix(string(answer), "}") {
			t.Errorf("the answer is %s", answer)
		}
	}
}
