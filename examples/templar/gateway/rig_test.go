package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/examples/templar/gateway"
	"github.com/rootspush/roots/internal/testenv"
)

// TestMain keeps the log out of the output, and fails if a goroutine of the package
// is left.
func TestMain(m *testing.M) {
	os.Exit(testenv.Main(m, "templar/gateway.", "firenze/parking."))
}

// answers is a backend.
type answers func(r *http.Request) (gateway.Access, error)

func (a answers) Authenticate(r *http.Request) (gateway.Access, error) { return a(r) }

// letIn lets everybody into some rooms.
func letIn(allowed ...string) answers {
	return func(*http.Request) (access gateway.Access, err error) {
		for _, room := range allowed {
			access.Allowed = append(access.Allowed, json.RawMessage(room))
		}
		return access, nil
	}
}

var refuse = answers(func(*http.Request) (access gateway.Access, err error) { return access, errors.New("nobody") })

// A site is a gateway that is served until the test ends.
type site struct {
	t       testing.TB
	gateway *gateway.Gateway
	dolores *dolores.Dolores
	server  *http.Server
	dial    func() net.Conn
	stop    func()
	fake    bool // in a bubble, over pipes, and so not parked
}

func newSite(t testing.TB, options gateway.Options, listener net.Listener) *site {
	s := &site{t: t, dolores: new(dolores.Dolores)}
	s.gateway = gateway.New(s.dolores, options)
	s.server = &http.Server{Handler: s.gateway, ReadTimeout: time.Minute}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = s.server.Serve(listener) })
	running.Go(func() { _ = s.gateway.Run(ctx) })
	s.stop = sync.OnceFunc(func() {
		_ = s.server.Shutdown(context.Background())
		cancel()
		running.Wait()
	})
	t.Cleanup(s.stop)
	return s
}

// stopping begins to stop it. What it returns is closed when it has stopped.
func (s *site) stopping() (stopped chan struct{}) {
	stopped = make(chan struct{})
	go func() {
		defer close(stopped)
		s.stop()
	}()
	return stopped
}

// onTCP runs a test with parked clients.
func onTCP(t *testing.T, options gateway.Options, test func(*site)) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, options, listener)
	s.dial = func() net.Conn {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		return conn
	}
	test(s)
}

// onPipes runs a test with held clients, in fake time.
func onPipes(t *testing.T, options gateway.Options, test func(*site)) {
	synctest.Test(t, func(t *testing.T) {
		p := testenv.NewPipes()
		s := newSite(t, options, p)
		s.dial, s.fake = p.Dial, true
		test(s)
	})
}

// onBoth runs a test in both ways.
func onBoth(t *testing.T, options gateway.Options, test func(*site)) {
	t.Run("parked", func(t *testing.T) { onTCP(t, options, test) })
	t.Run("held", func(t *testing.T) { onPipes(t, options, test) })
}

// wantStatus waits until the status is so, with what changes at will left out.
func (s *site) wantStatus(want gateway.Status) {
	s.t.Helper()
	var got gateway.Status
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		got = s.gateway.Status()
		got.OnlineSince = time.Time{}
		if got == want {
			return
		}
	}
	s.t.Errorf("status (-want +got):\n%s", cmp.Diff(want, got))
}

func newGateway(backend gateway.Backend) *gateway.Gateway {
	return gateway.New(new(dolores.Dolores), gateway.Options{Backend: backend})
}
