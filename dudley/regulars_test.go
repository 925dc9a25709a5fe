package dudley_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/internal/hijacked"
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

// TestCloseWaits for the answer to a post that has come, but not for ever, and not for
// a back-end that has its answer.
func TestCloseWaits(t *testing.T) {
	for _, test := range []struct {
		name  string
		reads time.Duration // after which the answer is read; 0 before Close
		want  time.Duration // that Close takes
	}{{"idle", 0, 0}, {"slow", time.Second, time.Second}, {"never", time.Hour, 5 * time.Second}} {
		t.Run(test.name, func(t *testing.T) {
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
				answered := make(chan error, 1)
				go func() {
					time.Sleep(test.reads)
					_, err := http.ReadResponse(bufio.NewReader(conn), nil)
					answered <- err
				}()
				if test.reads == 0 {
					<-answered
					synctest.Wait()
				}
				began := time.Now()
				d.Close()
				if took := time.Since(began); took != test.want {
					t.Errorf("Close took %v, want %v", took, test.want)
				}
				if test.reads > 0 {
					if err := <-answered; (err == nil) != (test.reads <= test.want) {
						t.Errorf("the answer is read with %v", err)
					}
				}
				server.Close()
				conn.Close()
				pipes.Close()
			})
		})
	}
}

// TestAfterClose: the server reads all posts, and no connection is taken from it.
func TestAfterClose(t *testing.T) {
	var rec thestraltest.Recorder
	var taken atomic.Int64
	d := dudley.New(&rec, dudley.Options{RepeatsSkipMiddleware: true})
	server := httptest.NewUnstartedServer(d)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateHijacked {
			taken.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	for i := range 4 {
		if i == 1 {
			d.Close()
		}
		answer, err := server.Client().Post(server.URL+"/p", "text/plain", strings.NewReader("m"))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	if len(rec.Updates()) != 4 || taken.Load() != 1 {
		t.Errorf("arrived: %v, and %d connections were taken", rec.Updates(), taken.Load())
	}
}

// TestServersOfAllKinds: where a connection can't be taken over, the server reads all.
func TestServersOfAllKinds(t *testing.T) {
	for _, test := range []struct {
		name  string
		start func(*httptest.Server)
		hide  bool  // what the writer can do beside writing
		want  int64 // posts that the server reads
	}{
		{"HTTP", (*httptest.Server).Start, false, 1},
		{"no Hijack", (*httptest.Server).Start, true, 5},
		{"TLS", (*httptest.Server).StartTLS, false, 5},
		{"HTTP/2", func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() }, false, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			var rec thestraltest.Recorder
			var seen atomic.Int64
			d := dudley.New(&rec, dudley.Options{RepeatsSkipMiddleware: true})
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen.Add(1)
				if test.hide {
					w = struct{ http.ResponseWriter }{w}
				}
				d.ServeHTTP(w, r)
			}))
			test.start(server)
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
			if n := len(rec.Updates()); n != 5 || seen.Load() != test.want {
				t.Errorf("%d of 5 arrived, %d through the server", n, seen.Load())
			}
		})
	}
}

// TestTakenAgain: a connection that was away from its server before is taken as any
// other, and the server still knows whom it is from.
func TestTakenAgain(t *testing.T) {
	near, far := connections(t)["unix"]()
	defer far.Close()
	var rec thestraltest.Recorder
	var seen []string
	d := dudley.New(&rec, dudley.Options{RepeatsSkipMiddleware: true})
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" from "+r.RemoteAddr)
		d.ServeHTTP(w, r)
	})}
	hijacked.Return(server, near, from{near, "192.0.2.1:80"}, []byte(post("/p", "1")+post("/p", "2")[:20]))
	io.WriteString(far, post("/p", "2")[20:]+request("GET /p", "", "Host: localhost", "Connection: close"))
	all, err := io.ReadAll(far)
	if answers := read(all).Answers; len(answers) != 3 {
		t.Errorf("answered: %q, %v", answers, err)
	}
	want := []string{"POST from 192.0.2.1:80", "GET from 192.0.2.1:80"}
	if diff := cmp.Diff(want, seen); diff != "" || len(rec.Updates()) != 2 {
		t.Errorf("arrived: %v, through the server (-want +got):\n%s", rec.Updates(), diff)
	}
	d.Close()
	server.Close()
}

// A from is a connection from somewhere else.
type from struct {
	net.Conn
	address string
}

func (f from) RemoteAddr() net.Addr { return &net.UnixAddr{Name: f.address, Net: "tcp"} }
