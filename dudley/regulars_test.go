package dudley_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// TestCloseWhilePosting: each post that was answered arrived, and of each connection
// at most one arrived without an answer, whether the server was shut down before Close,
// or after it, or goes on. All connections end with the server.
func TestCloseWhilePosting(t *testing.T) {
	const clients = 8
	for name, end := range map[string]func(*dudley.Dudley, *http.Server){
		"after Shutdown":  func(d *dudley.Dudley, s *http.Server) { s.Shutdown(context.Background()); d.Close() },
		"before Shutdown": func(d *dudley.Dudley, s *http.Server) { d.Close(); s.Shutdown(context.Background()) },
		"on Shutdown": func(d *dudley.Dudley, s *http.Server) {
			s.RegisterOnShutdown(d.Close)
			s.Shutdown(context.Background())
		},
		"twice": func(d *dudley.Dudley, s *http.Server) { d.Close(); time.Sleep(time.Second); d.Close(); s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var arrived, answered atomic.Int64
				d := dudley.New(thestral.Func(func(thestral.Thestral, string, string) { arrived.Add(1) }), dudley.Options{RepeatsSkipMiddleware: true})
				server := &http.Server{Handler: d}
				pipes := testenv.NewPipes()
				go server.Serve(pipes)
				var all sync.WaitGroup
				for range clients {
					conn := pipes.Dial()
					all.Go(func() {
						defer conn.Close()
						for from := bufio.NewReader(conn); ; answered.Add(1) {
							io.WriteString(conn, post("/p", "m"))
							answer, err := http.ReadResponse(from, nil)
							if err != nil {
								return
							}
							io.Copy(io.Discard, answer.Body)
							time.Sleep(time.Millisecond)
						}
					})
				}
				time.Sleep(time.Second)
				end(d, server)
				all.Wait()
				pipes.Close()
				synctest.Wait()
				a, b := answered.Load(), arrived.Load()
				if a < clients*900 || b < a || b > a+clients {
					t.Errorf("%d were answered, %d arrived", a, b)
				}
			})
		})
	}
}

// TestCloseWaits for the answer to a post that has come, but not for ever.
func TestCloseWaits(t *testing.T) {
	for _, reads := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var rec thestraltest.Recorder
			d := dudley.New(&rec, dudley.Options{RepeatsSkipMiddleware: true})
			server := &http.Server{Handler: d}
			pipes := testenv.NewPipes()
			go server.Serve(pipes)
			conn := pipes.Dial()
			io.WriteString(conn, post("/p", "m"))
			synctest.Wait() // the answer is being written
			if len(rec.Updates()) != 1 {
				t.Fatalf("arrived: %v", rec.Updates())
			}
			closed := make(chan time.Duration)
			go func(began time.Time) { d.Close(); closed <- time.Since(began) }(time.Now())
			time.Sleep(time.Second)
			if reads {
				answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || answer.StatusCode != 200 {
					t.Errorf("answered %v, %v", answer, err)
				}
			}
			if took := <-closed; took != time.Second && reads || took != 5*time.Second && !reads {
				t.Errorf("Close took %v", took)
			}
			server.Close()
			conn.Close()
			pipes.Close()
		})
	}
}

// TestServersOfAllKinds: where a connection can't be taken over, the server reads all.
func TestServersOfAllKinds(t *testing.T) {
	for name, start := range map[string]func(*httptest.Server){
		"HTTP":   (*httptest.Server).Start,
		"TLS":    (*httptest.Server).StartTLS,
		"HTTP/2": func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() },
		"no Hijack": func(s *httptest.Server) {
			next := s.Config.Handler
			s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
			})
			s.Start()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var rec thestraltest.Recorder
			d := dudley.New(&rec, dudley.Options{RepeatsSkipMiddleware: true})
			server := httptest.NewUnstartedServer(d)
			start(server)
			for range 5 {
				answer, err := server.Client().Post(server.URL+"/p", "text/plain", strings.NewReader("m"))
				if err != nil {
					t.Fatal(err)
				}
				if text, err := io.ReadAll(answer.Body); answer.StatusCode != 200 || string(text) != "{success:true}" {
					t.Errorf("answered %s %s, %v", answer.Status, text, err)
				}
				answer.Body.Close()
			}
			server.Close()
			d.Close()
			if n := len(rec.Updates()); n != 5 {
				t.Errorf("%d of 5 arrived", n)
			}
		})
	}
}
