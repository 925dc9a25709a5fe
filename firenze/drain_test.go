package firenze_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

// TestDrain: all who wait are answered with their token, new sessions are
// refused, and old ones may still fetch what they have.
func TestDrain(t *testing.T) {
	waiting := 10_000
	if testenv.Race() {
		waiting = 1000 // the race detector can't bear as many goroutines
	}
	bubble(t, firenze.Options{Hold: time.Hour}, func(t *testing.T, r *rig) {
		polls := map[string]*poll{}
		for range waiting {
			session := r.open()
			polls[session] = r.poll(session)
		}
		pass(time.Minute)
		r.Drain()
		r.Drain()
		pass(0)
		for session, p := range polls {
			if got := p.want(time.Minute); got != session {
				t.Fatalf("%s is to go on with %s", session, got)
			}
			if got := p.w.Header().Get("Connection"); got != "close" {
				t.Fatalf("the connection is to %q", got)
			}
		}
		if w := r.ask("GET", "/"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("Connection") != "close" {
			t.Errorf("a new session is answered %d with %v", w.Code, w.Header())
		}
		for session := range polls {
			r.tell(session, "1")
			r.poll(session).want(0, "1")
			break
		}
	})
}

// TestClose ends every session, tells the registry and those who wait, and
// leaves nothing running. It may be called twice, and at once.
func TestClose(t *testing.T) {
	bubble(t, firenze.Options{MaxMessages: 1}, func(t *testing.T, r *rig) {
		gone := 0
		r.pig.On(thestral.Gone, direct(func(string, string) {
			time.Sleep(time.Second) // so that Close has something to wait for
			gone++
		}))
		session, over := r.open(), r.open()
		p := r.poll(session)
		r.open()
		r.tell(over, "1", "2")
		pass(firenze.Tick / 2)
		var all sync.WaitGroup
		for range 3 {
			all.Go(r.Close)
		}
		all.Wait()
		if gone != 3 {
			t.Errorf("the registry was told of %d", gone)
		}
		pass(0)
		p.want(firenze.Tick / 2)
		if diff := cmp.Diff(firenze.Stats{Left: 2, Overflowed: 1}, r.Stats()); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
		for _, path := range []string{"", session} {
			if w := r.ask("GET", "/"+path); w.Code != http.StatusServiceUnavailable {
				t.Errorf("GET /%s is answered %d after the end", path, w.Code)
			}
		}
	})
}

// TestCloseOfNothing, before any session and after the last.
func TestCloseOfNothing(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) { r.Close() })
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		r.ask("DELETE", "/"+r.open())
		pass(2 * firenze.Tick) // the sweeper has ended
		r.Close()
	})
}

// TestCloseWhileSessionsBegin: none is left over.
func TestCloseWhileSessionsBegin(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		for range 8 {
			go func() {
				for r.ask("GET", "/").Code == http.StatusOK {
				}
			}()
		}
		for r.Stats().Sessions < 100 {
			r.open()
		}
		r.Close()
		synctest.Wait()
		if s := r.Stats(); s.Sessions != 0 || r.dolores.Stats().Registered != 0 {
			t.Errorf("%+v are left, and with the registry %+v", s, r.dolores.Stats())
		}
	})
}

// TestSweeperRunsAgain: it ends with the last session and begins with the next.
func TestSweeperRunsAgain(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		for range 3 {
			session := r.open()
			pass(firenze.Absence + firenze.Tick)
			if r.alive(session) {
				t.Error("a session outlives its absence")
			}
			pass(time.Hour)
		}
	})
}

// TestShutdown over real sockets: the server is asked to end while clients wait,
// and each of them is answered with its token.
func TestShutdown(t *testing.T) {
	const waiting = 20
	r := newRig(t, firenze.Options{})
	entered := make(chan struct{}, waiting)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		entered <- struct{}{}
		r.ServeHTTP(w, q)
	})}
	server.RegisterOnShutdown(r.Drain)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()

	var all sync.WaitGroup
	for range waiting {
		session := r.open()
		all.Go(func() {
			response, err := http.Get("http://" + listener.Addr().String() + "/" + session)
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			var body strings.Builder
			response.Write(&body)
			if response.StatusCode != http.StatusOK || !strings.Contains(body.String(), `"reconnectWith":"`+session+`"`) || !response.Close {
				t.Errorf("%s is answered %s", session, body.String())
			}
		})
	}
	for range waiting {
		<-entered
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	all.Wait()
	if err := <-ended; err != http.ErrServerClosed {
		t.Error(err)
	}
}
