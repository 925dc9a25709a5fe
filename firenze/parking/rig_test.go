//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze/parking"
)

// A rig is a server with a Lot. GET /park parks, everything else is answered with
// its path, through a middleware that counts.
type rig struct {
	lot    *parking.Lot
	server *httptest.Server
	parked chan *visitor
	served atomic.Int64
}

// A visitor is a parked connection and its guest.
type visitor struct {
	conn  *parking.Conn
	addr  string // the RemoteAddr of the request
	read  chan string
	ready chan bool // whether it may be written to then
	gone  chan error
}

func (v *visitor) Read(_ *parking.Conn, data, b []byte) []byte {
	v.read <- string(data)
	return b
}

func (v *visitor) Ready(c *parking.Conn, b []byte) []byte {
	v.ready <- parking.Pending(c) == 0
	return b
}

func (v *visitor) Gone(_ *parking.Conn, err error) { v.gone <- err }

// An idle guest does nothing.
type idle struct{}

func (idle) Read(_ *parking.Conn, _, b []byte) []byte { return b }
func (idle) Ready(_ *parking.Conn, b []byte) []byte   { return b }
func (idle) Gone(*parking.Conn, error)                {}

func newRig(t testing.TB, options parking.Options, change ...func(*httptest.Server)) *rig {
	checkLeaks(t)
	g := &rig{lot: parking.New(options), parked: make(chan *visitor, 100)}
	g.server = httptest.NewUnstartedServer(g)
	for _, c := range change {
		c(g.server)
	}
	g.server.Start()
	t.Cleanup(func() {
		g.lot.Close()
		g.server.Close()
	})
	return g
}

func (g *rig) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Served", fmt.Sprint(g.served.Add(1)))
	if r.URL.Path != "/park" {
		fmt.Fprintf(w, "%s %s", r.URL.Path, r.RemoteAddr)
		return
	}
	v := &visitor{
		addr:  r.RemoteAddr,
		read:  make(chan string, 100),
		ready: make(chan bool, 1000),
		gone:  make(chan error, 2),
	}
	var err error
	if v.conn, err = g.lot.Park(w, r, v); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	g.parked <- v
}

// overUnix makes a rig listen on a Unix socket, whose buffers do not grow.
func overUnix(t testing.TB) func(*httptest.Server) {
	return func(s *httptest.Server) {
		l, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
		if err != nil {
			t.Fatal(err)
		}
		s.Listener.Close()
		s.Listener = l
	}
}

// A client is a connection to a rig.
type client struct {
	net.Conn
	t   testing.TB
	buf *bufio.Reader
}

func (g *rig) dial(t testing.TB) *client { return dial(t, g.server.Listener.Addr()) }

func dial(t testing.TB, addr net.Addr) *client {
	conn, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &client{conn, t, bufio.NewReader(conn)}
}

// park dials and parks.
func (g *rig) park(t testing.TB) (*client, *visitor) {
	c := g.dial(t)
	c.send(get("/park"))
	return c, <-g.parked
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

// expect reads an answer with this body.
func (c *client) expect(body string) *http.Response {
	c.t.Helper()
	resp, err := http.ReadResponse(c.buf, nil)
	if err != nil {
		c.t.Fatalf("no answer, where %q should be: %v", body, err)
	}
	got, err := io.ReadAll(resp.Body)
	if err != nil || string(got) != body {
		c.t.Fatalf("answer is %q, %v; want %q", got, err, body)
	}
	return resp
}

// expectEnd reads up to the end of the connection.
func (c *client) expectEnd() {
	c.t.Helper()
	if n, err := io.Copy(io.Discard, c.buf); n > 0 || err != nil {
		c.t.Errorf("%d bytes came, and then %v, but the connection should end", n, err)
	}
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n" }

func answer(body string) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// checkLeaks sees to it that a test leaves no goroutine and no descriptor.
func checkLeaks(t testing.TB) {
	goroutines, files := runtime.NumGoroutine(), openFiles()
	t.Cleanup(func() {
		if !eventually(func() bool { return runtime.NumGoroutine() <= goroutines && openFiles() <= files }) {
			t.Errorf("%d goroutines and %d descriptors, of %d and %d before", runtime.NumGoroutine(), openFiles(), goroutines, files)
			_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
		}
	})
}

// openFiles returns 0 where the system does not say.
func openFiles() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	n := 0
	for _, e := range entries {
		if target, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.HasPrefix(target, "socket:") {
			n++
		}
	}
	return n
}

// eventually says whether something comes true within a minute.
func eventually(holds func() bool) bool {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if holds() {
			return true
		}
	}
	return false
}
