package pomona_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/thestral"
)

const prefix = "http://firenze.test/comet/"

// server is a Firenze whose every answer is written by the test.
type server struct {
	t           *testing.T
	polls, ends chan *exchange
}

// exchange is one request that waits for its answer.
type exchange struct {
	*http.Request
	answers chan *http.Response // nil stands for a lost connection
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	e := &exchange{r, make(chan *http.Response, 1)}
	arrived := s.polls
	if r.Method == http.MethodDelete {
		arrived = s.ends
	}
	arrived <- e
	select {
	case answer := <-e.answers:
		if answer == nil {
			return nil, errors.New("the connection was lost")
		}
		return answer, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func (e *exchange) respond(status int, body io.Reader, headers ...string) {
	answer := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}
	for i := 0; i < len(headers); i += 2 {
		answer.Header.Set(headers[i], headers[i+1])
	}
	e.answers <- answer
	synctest.Wait()
}

func (e *exchange) updates(reconnectWith string, pathsAndMessages ...string) {
	updates := []thestral.Update{}
	for i := 0; i < len(pathsAndMessages); i += 2 {
		updates = append(updates, thestral.Update{Path: pathsAndMessages[i], Message: pathsAndMessages[i+1]})
	}
	body, err := json.Marshal(map[string]any{"updates": updates, "reconnectWith": reconnectWith})
	if err != nil {
		panic(err)
	}
	e.respond(http.StatusOK, bytes.NewReader(body))
}

// token is what follows the prefix in the URL.
func (e *exchange) token() string { return strings.TrimPrefix(e.URL.String(), prefix) }

// waits says whether a request has arrived that nobody took.
func waits(arrived chan *exchange) bool {
	synctest.Wait()
	return len(arrived) > 0
}

// push lets the next poll bring these updates.
func (s *server) push(reconnectWith string, pathsAndMessages ...string) {
	(<-s.polls).updates(reconnectWith, pathsAndMessages...)
}

// ask is one request to the back-end, that waits for its result.
type ask struct {
	verb, id, paths string
	results         chan error
}

func (a *ask) String() string { return a.verb + " " + a.id + ": " + a.paths }

type backEnd chan *ask

func (b backEnd) asker(verb string) func(context.Context, string, []string) error {
	return func(ctx context.Context, id string, paths []string) error {
		a := &ask{verb, id, strings.Join(paths, " "), make(chan error, 1)}
		b <- a
		select {
		case err := <-a.results:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// accept gives the next request to the back-end this result.
func (b backEnd) accept(t *testing.T, want string, result error) {
	t.Helper()
	a := <-b
	if a.String() != want {
		t.Errorf("the back-end was asked to %q, want %q", a, want)
	}
	a.results <- result
	synctest.Wait()
}

// quiet says that the back-end is asked for nothing.
func (b backEnd) quiet(t *testing.T) {
	t.Helper()
	synctest.Wait()
	if len(b) > 0 {
		t.Errorf("the back-end was asked to %q, want nothing", <-b)
	}
}

// setup is a client between a server and a back-end. It runs in a bubble.
type setup struct {
	*pomona.Client
	*server
	backEnd
	lost int
	stop func() // ends Run and waits
}

// run runs test in a bubble, with a client that is running.
func run(t *testing.T, test func(t *testing.T, s *setup)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t)
		s.start(t)
		test(t, s)
	})
}

func newSetup(t *testing.T) *setup {
	s := &setup{
		server:  &server{t, make(chan *exchange, 100), make(chan *exchange, 100)},
		backEnd: make(backEnd, 100),
	}
	s.Client = pomona.New(prefix, pomona.Options{
		Connect:    s.asker("connect"),
		Disconnect: s.asker("disconnect"),
		Lost:       func() { s.lost++ },
		Transports: []pomona.Transport{pomona.Poll},
		HTTP:       &http.Client{Transport: s.server},
	})
	return s
}

func (s *setup) start(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v, want nil", err)
		}
	}
	t.Cleanup(func() { s.stop() })
}

// logText is what was logged, a line each.
type logText struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// keepLog makes the log text that the test can read.
func keepLog(t *testing.T) *logText {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	text := new(logText)
	slog.SetDefault(slog.New(slog.NewTextHandler(text, nil)))
	return text
}
