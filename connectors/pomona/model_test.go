package pomona_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

// A fault is what happens to a request.
type fault int

const (
	works      fault = iota
	refuses          // it is answered with an error
	neverOpens       // it is not answered
	silent           // the answer begins, but all that comes of it are signs of life
	breaks           // it ends in the middle of a message
	stalls           // nothing comes any more, after some messages
)

func (f fault) String() string {
	return []string{"works", "refuses", "never opens", "is silent", "breaks", "stalls"}[f]
}

var allFaults = []fault{works, refuses, neverOpens, silent, breaks, stalls}

// several is how many messages come before a fault in the midst of a stream.
const several = 3

// model is a Firenze that forgets nothing, with one session at a time, behind
// real HTTP on connections in memory.
type model struct {
	t      *testing.T
	server http.Server
	serves sync.WaitGroup // requests that are being answered
	serve  http.HandlerFunc
	road   *road // for updates, if they need one
	wrap   func(net.Conn) net.Conn
	pipes  *testenv.Pipes

	mu       sync.Mutex // guards all below
	fault    func(pomona.Transport) fault
	asked    []pomona.Transport // by the requests
	times    []time.Time        // of the requests
	session  int
	messages []thestral.Update
	news     chan struct{} // closed when there are more messages, or another session
	confirms []string
	applied  []string
	number   int // of the last update that was applied in this session
	open     int // requests for messages that the client has not ended
}

func newModel(t *testing.T, fault func(pomona.Transport) fault) *model {
	m := &model{t: t, pipes: testenv.NewPipes(), fault: fault, session: 1, news: make(chan struct{})}
	m.serve = m.answer
	m.wrap = func(c net.Conn) net.Conn { return c }
	m.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.serves.Add(1)
		defer m.serves.Done()
		m.serve(w, r)
	})
	go func() { _ = m.server.Serve(m.pipes) }()
	return m
}

// client is a client of m, and a function that ends all of m and it.
func (m *model) client(options pomona.Options) (c *pomona.Client, end func()) {
	transport := &http.Transport{DialContext: m.dial}
	options.HTTP = &http.Client{Transport: &watched{m, transport}, Timeout: time.Second}
	if m.road != nil {
		m.road.RoundTripper = options.HTTP.Transport
		options.HTTP.Transport = m.road
	}
	if options.Connect == nil {
		options.Connect = func(_ context.Context, id string, paths []string) error {
			for _, path := range paths {
				m.publish(path, "")
			}
			return nil
		}
	}
	c = pomona.New(prefix, options)
	ctx, cancel := context.WithCancel(m.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	return c, func() {
		cancel()
		if err := <-ended; err != nil {
			m.t.Errorf("Run returned %v, want nil", err)
		}
		if open := m.count(&m.open); open != 0 {
			m.t.Errorf("%d requests were never ended", open)
		}
		transport.CloseIdleConnections()
		m.server.Close()
		m.serves.Wait()
	}
}

func (m *model) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := m.pipes.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return m.wrap(conn), nil
}

// watched sees to it that there is one request for messages at a time.
type watched struct {
	m *model
	http.RoundTripper
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return w.RoundTripper.RoundTrip(r)
	}
	if w.m.add(&w.m.open, 1) > 1 {
		w.m.t.Error("a request was made before the last one was ended")
	}
	ended := sync.OnceFunc(func() { w.m.add(&w.m.open, -1) })
	answer, err := w.RoundTripper.RoundTrip(r)
	if err != nil {
		ended()
		return nil, err
	}
	if both, ok := answer.Body.(io.ReadWriteCloser); ok {
		answer.Body = &socketBody{both, ended}
	} else {
		answer.Body = &watchedBody{answer.Body, ended}
	}
	return answer, nil
}

type watchedBody struct {
	io.ReadCloser
	ended func()
}

func (b *watchedBody) Close() error { b.ended(); return b.ReadCloser.Close() }

type socketBody struct {
	io.ReadWriteCloser
	ended func()
}

func (b *socketBody) Close() error { b.ended(); return b.ReadWriteCloser.Close() }

func (m *model) add(n *int, more int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	*n += more
	return *n
}

func (m *model) count(n *int) int { return m.add(n, 0) }

// set changes the model.
func (m *model) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
	close(m.news)
	m.news = make(chan struct{})
}

func (m *model) publish(path, message string) {
	m.set(func() { m.messages = append(m.messages, thestral.Update{Path: path, Message: message}) })
}

// lose ends the session.
func (m *model) lose() {
	m.set(func() { m.session, m.messages, m.number = m.session+1, nil, 0 })
}

func (m *model) setFault(f func(pomona.Transport) fault) { m.set(func() { m.fault = f }) }

// requests are the transports of the requests so far.
func (m *model) requests() []pomona.Transport {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]pomona.Transport(nil), m.asked...)
}

func (m *model) token(n int) string { return fmt.Sprintf("ID%d/KEY-%d", m.session, n) }

// position is how many messages a client with that token has. If its session is
// over, it gets the one that there is now.
func (m *model) position(token string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, rest, _ := strings.Cut(token, "/KEY-")
	n, _ := strconv.Atoi(rest)
	if id != fmt.Sprintf("ID%d", m.session) {
		return 0
	}
	return n
}

// after is what comes after the first n messages, with the token for it. Over
// says that session has ended.
func (m *model) after(n, session int) (updates []thestral.Update, token string, news chan struct{}, over bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if session != m.session {
		return nil, "", nil, true
	}
	return append([]thestral.Update{}, m.messages[n:]...), m.token(len(m.messages)), m.news, false
}

// answer answers all requests.
func (m *model) answer(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.URL.Path, "/comet/")
	kind := kindOf(r)
	switch {
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPost:
		m.serveUpdate(w, r, token)
	case kind == pomona.WebSocket:
		m.begin(w, r, kind, func(f fault) { m.serveSocket(w, r, token, f) })
	case kind == pomona.SSE:
		m.begin(w, r, kind, func(f fault) { m.serveEvents(w, r, token, f) })
	default:
		m.begin(w, r, kind, func(f fault) { m.servePoll(w, r, token, f) })
	}
}

func (m *model) begin(w http.ResponseWriter, r *http.Request, kind pomona.Transport, serve func(fault)) {
	m.mu.Lock()
	m.asked, m.times = append(m.asked, kind), append(m.times, time.Now())
	f := m.fault(kind)
	m.mu.Unlock()
	switch f {
	case refuses:
		http.Error(w, "no", http.StatusBadGateway)
	case neverOpens:
		<-r.Context().Done()
	default:
		serve(f)
	}
}
