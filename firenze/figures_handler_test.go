package firenze_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
)

// A setting is where a Firenze may stand, being an http.Handler.
type setting struct {
	name       string
	middleware func(http.Handler) http.Handler
	start      func(*testing.T, *httptest.Server)
	secret     bool   // the connection is encrypted
	brief      bool   // events can't be sent before the answer ends, so it ends with the first
	socket     string // what a WebSocket is answered if there can be none
}

const noHijack = "answered 501 Not Implemented: "

var settings = []setting{
	{"plain", nil, startPlain, false, false, ""},
	{"unix", nil, startUnix, false, false, ""},
	{"tls", nil, startTLS, true, false, ""},
	{"unparked", unparked, startPlain, false, false, ""},
	{"unwraps", unwraps, startPlain, false, false, ""},
	{"bare", bare, startPlain, false, true, noHijack},
	{"timeout", timeout, startPlain, false, true, noHijack},
}

func startPlain(_ *testing.T, s *httptest.Server) { s.Start() }

func startTLS(_ *testing.T, s *httptest.Server) { s.StartTLS() }

func startUnix(t *testing.T, s *httptest.Server) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	s.Listener.Close()
	s.Listener = l
	s.Start()
}

// A wrapper hides what a writer can do beside writing, unless it is asked.
type wrapper struct{ http.ResponseWriter }

func bare(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(wrapper{w}, r) })
}

type openWrapper struct{ wrapper }

func (w openWrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func unwraps(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(openWrapper{wrapper{w}}, r) })
}

func timeout(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Hour, "") }

// among puts a Firenze below /comet/, beside another route, with a header that is
// on each answer.
func among(r *rig) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/comet/", http.StripPrefix("/comet", r))
	mux.HandleFunc("/other", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "other") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "the middleware")
		mux.ServeHTTP(w, r)
	})
}

// TestSettings: wherever it stands, and whether it can be parked there or not, a
// client hears everything once and in order.
func TestSettings(t *testing.T) {
	for _, s := range settings {
		for _, skip := range []bool{false, true} {
			for _, way := range ways {
				t.Run(s.name+" "+way+map[bool]string{true: " skipping"}[skip], func(t *testing.T) {
					leaveNothing(t)
					r := newRig(t, firenze.Options{RepeatsSkipMiddleware: skip})
					handler := among(r)
					if s.middleware != nil {
						handler = s.middleware(handler)
					}
					server := httptest.NewUnstartedServer(handler)
					s.start(t, server)
					t.Cleanup(server.Close)
					t.Cleanup(r.Close) // before, as it gives connections back
					c := newCaller(s.dial(t, server.Listener.Addr()), way)
					c.prefix = "/comet/"
					if way == bySocket && s.socket != "" {
						if _, err := c.next(); err == nil || !strings.HasPrefix(err.Error(), s.socket) {
							t.Errorf("a WebSocket is %v", err)
						}
						return
					}
					hearSome(t, r, c, s.brief)
				})
			}
		}
	}
}

func (s setting) dial(t *testing.T, addr net.Addr) net.Conn {
	conn, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if s.secret {
		return tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) // it is the test's own
	}
	return conn
}

// hearSome hears messages while it waits and while it does not, and between polls
// asks for something else on the same connection.
func hearSome(t *testing.T, r *rig, c *caller, brief bool) {
	t.Helper()
	if _, err := c.next(); err != nil {
		t.Fatal(err)
	}
	session := idOf(c.reconnectWith)
	for i := range 4 {
		if waits := i%2 == 1; waits && c.way == byPoll {
			if err := c.ask(); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "the poll waits", func() bool { return firenze.Attached(r.Firenze) == 1 })
		}
		text := strconv.Itoa(i)
		r.tell(c.reconnectWith, text)
		got, err := c.next()
		for ended := 0; brief && c.way == byEvents && len(got) == 0 && ended < 4; ended++ {
			c.asked = c.asked && !errors.Is(err, io.EOF)
			got, err = c.next() // the event that says what session it is, or the next stream
		}
		if diff := cmp.Diff(updates("p", text), got); err != nil || diff != "" {
			t.Fatalf("(-want +got): %v\n%s", err, diff)
		}
		if by := c.header.Get("Server"); by != "the middleware" {
			t.Errorf("an answer is from %q", by)
		}
		if c.way == byPoll {
			elsewhere(t, c)
		}
	}
	if idOf(c.reconnectWith) != session {
		t.Errorf("the session %s became %s", session, c.reconnectWith)
	}
}

func elsewhere(t *testing.T, c *caller) {
	t.Helper()
	_, _ = io.WriteString(c, "GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n") // reading would fail too
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(answer.Body); string(text) != "other" {
		t.Errorf("another route says %q, %v", text, err)
	}
}

// TestHTTP2: polls and events are held in one connection. A browser opens another
// one for a WebSocket, with HTTP/1.1.
func TestHTTP2(t *testing.T) {
	leaveNothing(t)
	r := newRig(t, firenze.Options{})
	server := httptest.NewUnstartedServer(among(r))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	t.Cleanup(r.Close) // before, as it gives connections back
	for _, way := range []string{byPoll, byEvents} {
		session := r.open()
		for i := range 2 {
			request, _ := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/comet/"+session, nil)
			name, value, _ := strings.Cut(strings.TrimSpace(extraHeaders[way]), ": ")
			if name != "" {
				request.Header.Set(name, value)
			}
			text := strconv.Itoa(i)
			tell := time.AfterFunc(10*time.Millisecond, func() { r.tell(session, text) })
			answer, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			if answer.ProtoMajor != 2 {
				t.Fatalf("the answer is %s", answer.Proto)
			}
			c := &caller{way: way, asked: true, stream: bufio.NewReader(answer.Body)}
			got, err := c.next()
			if way == byEvents && len(got) == 0 {
				got, err = c.next()
			}
			tell.Stop()
			if diff := cmp.Diff(updates("p", text), got); err != nil || diff != "" {
				t.Errorf("by %s (-want +got): %v\n%s", way, err, diff)
			}
			answer.Body.Close()
			session = c.reconnectWith
		}
	}
}
