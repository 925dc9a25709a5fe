package firenze_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze"
)

// A counting middleware sets a header, and a number that grows.
type counting struct {
	next http.Handler
	seen atomic.Int64
}

func (m *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.seen.Add(1)
	w.Header().Set("X-Middleware", "was here")
	m.next.ServeHTTP(w, r)
}

// behind serves a rig behind a middleware on a socket, below /comet, and returns a
// connection to it.
func behind(t *testing.T, options firenze.Options) (*rig, *counting, net.Conn, *bufio.Reader) {
	r := newRig(t, options)
	m := &counting{next: http.StripPrefix("/comet", r)}
	conn, err := net.Dial("tcp", listen(t, m))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return r, m, conn, bufio.NewReader(conn)
}

func pollOf(session string, headers ...string) string {
	return "GET /comet/" + session + " HTTP/1.1\r\nHost: localhost\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n"
}

// answered reads one answer, which has to have the header of the middleware.
func answered(t *testing.T, from *bufio.Reader) (h heard) {
	t.Helper()
	response, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := response.Header.Get("X-Middleware"); got != "was here" || response.Header.Get("X-Accel-Buffering") != "no" || response.Header.Get("Date") == "" {
		t.Errorf("the header is %v", response.Header)
	}
	text, err := io.ReadAll(response.Body)
	if err == nil {
		err = h.decode(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestMiddlewareSeesEveryPoll, unless it is to be skipped; in any case what it sets
// is in every answer.
func TestMiddlewareSeesEveryPoll(t *testing.T) {
	const polls = 10
	for name, c := range map[string]struct {
		skip bool
		want int64
	}{"by default": {false, polls}, "skipped": {true, 1}} {
		t.Run(name, func(t *testing.T) {
			r, m, conn, from := behind(t, firenze.Options{RepeatsSkipMiddleware: c.skip})
			session := r.open()
			for i := range polls {
				fmt.Fprint(conn, pollOf(session))
				if i == 0 { // it is parked if there is nothing to say
					waitFor(t, "the first poll waits", func() bool { return firenze.Attached(r.Firenze) == 1 })
				}
				r.tell(session, "m")
				session = answered(t, from).ReconnectWith
			}
			if got := m.seen.Load(); got != c.want {
				t.Errorf("it saw %d of %d polls, instead of %d", got, polls, c.want)
			}
		})
	}
}

// TestSessionsInTurn: a connection carries the polls of several sessions, as that of
// a proxy does, among them one that is over, and each gets its own messages.
func TestSessionsInTurn(t *testing.T) {
	for _, skip := range []bool{false, true} {
		r, _, conn, from := behind(t, firenze.Options{RepeatsSkipMiddleware: skip})
		sessions := []string{r.open(), r.open(), r.open()}
		for i := range 12 {
			turn := i % len(sessions)
			session := sessions[turn]
			fmt.Fprint(conn, pollOf(session))
			if i == 9 {
				r.ask("DELETE", "/"+session)
			} else {
				r.tell(session, fmt.Sprint(i))
			}
			h := answered(t, from)
			switch {
			case i == 9 && len(h.Updates) > 0:
				t.Errorf("a session that is over says %v", h)
			case i != 9 && (len(h.Updates) != 1 || h.Updates[0].Message != fmt.Sprint(i) || idOf(h.ReconnectWith) != idOf(session)):
				t.Errorf("poll %d of %s is answered %v", i, session, h)
			}
			sessions[turn] = h.ReconnectWith
			if i >= 9 && turn == 0 {
				fmt.Fprint(conn, pollOf(session))
				if h := answered(t, from); idOf(h.ReconnectWith) == idOf(session) {
					t.Errorf("%s goes on", session)
				}
			}
		}
	}
}

// TestPipelinedPolls: all are answered, in order, however they were cut on their way,
// although the first and another have to wait.
func TestPipelinedPolls(t *testing.T) {
	for _, skip := range []bool{false, true} {
		for _, piece := range []int{1, 7, 50, 1 << 20} {
			r, _, conn, from := behind(t, firenze.Options{RepeatsSkipMiddleware: skip})
			var requests strings.Builder
			var sessions []string
			for i := range 12 {
				session := r.open()
				sessions = append(sessions, session)
				if i%6 != 0 {
					r.tell(session, "m")
				}
				requests.WriteString(pollOf(session, "X-Number: "+fmt.Sprint(i)))
			}
			for rest := requests.String(); rest != ""; {
				n, err := conn.Write([]byte(rest[:min(piece, len(rest))]))
				if err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			for i, session := range sessions {
				if i%6 == 0 {
					r.tell(session, "m")
				}
				h := answered(t, from)
				if idOf(h.ReconnectWith) != idOf(session) || len(h.Updates) != 1 {
					t.Errorf("poll %d of %s is answered %v", i, session, h)
				}
			}
		}
	}
}

// TestOtherRequestsOnAParkedConnection go to the server, and polls after them wait
// again.
func TestOtherRequestsOnAParkedConnection(t *testing.T) {
	for _, skip := range []bool{false, true} {
		r, m, conn, from := behind(t, firenze.Options{RepeatsSkipMiddleware: skip, Incoming: new(hall)})
		session := r.open()
		for _, request := range []string{
			"POST /comet/" + session + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 29\r\n\r\n" + `[{"path":"up","message":"1"}]`,
			"GET /elsewhere HTTP/1.1\r\nHost: localhost\r\n\r\n",
			"GET /comet/pomona.js HTTP/1.1\r\nHost: localhost\r\n\r\n",
			strings.Replace(pollOf(session), "GET", "OPTIONS", 1),
			pollOf(session, "Origin: https://example.org"), pollOf(session, "Content-Length: 2") + "{}",
		} {
			before := m.seen.Load()
			fmt.Fprint(conn, pollOf(session))
			waitFor(t, "the poll came", func() bool { return m.seen.Load() > before })
			r.tell(session, "m")
			session = answered(t, from).ReconnectWith
			before = m.seen.Load()
			r.tell(session, "for those that are polls")
			fmt.Fprint(conn, request)
			response, err := http.ReadResponse(from, &http.Request{Method: strings.Fields(request)[0]})
			if err != nil {
				t.Fatalf("%q: %v", request, err)
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode >= 500 {
				t.Errorf("%q is answered %s (%v)", request, response.Status, err)
			}
			if m.seen.Load() != before+1 {
				t.Errorf("the server did not see %q", request)
			}
		}
	}
}
