package faults_test

import (
	"bufio"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/faults"
)

// newProxy returns a proxy that is closed when the test ends.
func newProxy(t testing.TB, target string) *faults.Proxy {
	t.Helper()
	p, err := faults.NewProxy(target, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func dial(t testing.TB, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// An outcome is what comes of a request.
type outcome struct {
	Served int    // how many requests arrived
	Answer string // that came whole
	End    error  // of the connection: nil, io.EOF or syscall.ECONNRESET
}

// TestEachFault does one to a request or its answer, and looks at both ends.
func TestEachFault(t *testing.T) {
	const hello = "hello"
	for _, test := range []struct {
		direction faults.Direction
		fault     faults.Fault
		waits     bool // the server does not answer before the client is gone
		want      outcome
	}{
		{faults.Up, faults.None, false, outcome{1, hello, nil}},
		{faults.Up, faults.ResetBefore, false, outcome{0, "", syscall.ECONNRESET}},
		{faults.Up, faults.ResetWithin, false, outcome{0, "", syscall.ECONNRESET}},
		{faults.Up, faults.ResetAfter, true, outcome{1, "", syscall.ECONNRESET}},
		{faults.Up, faults.Slice, false, outcome{1, hello, nil}},
		{faults.Up, faults.Delay, false, outcome{1, hello, nil}},
		{faults.Up, faults.BlackHole, false, outcome{0, "", io.EOF}},
		{faults.Up, faults.HalfClose, true, outcome{1, hello, io.EOF}},
		{faults.Up, faults.DoubleBehind, false, outcome{2, hello, io.EOF}},
		{faults.Up, faults.DoubleBeside, false, outcome{2, hello, nil}},
		{faults.Down, faults.None, false, outcome{1, hello, nil}},
		{faults.Down, faults.ResetBefore, false, outcome{1, "", syscall.ECONNRESET}},
		{faults.Down, faults.ResetWithin, false, outcome{1, "", syscall.ECONNRESET}},
		{faults.Down, faults.ResetAfter, false, outcome{1, hello, syscall.ECONNRESET}},
		{faults.Down, faults.Slice, false, outcome{1, hello, nil}},
		{faults.Down, faults.Delay, false, outcome{1, hello, nil}},
		{faults.Down, faults.BlackHole, false, outcome{1, "", io.EOF}},
		{faults.Down, faults.HalfClose, false, outcome{1, hello, io.EOF}},
	} {
		t.Run(test.direction.String()+" "+test.fault.String(), func(t *testing.T) {
			served := make(chan string, 10)
			p := newProxy(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return // it did not arrive
				}
				served <- string(body)
				if test.waits {
					<-r.Context().Done()
				}
				w.Write(body)
			})))
			p.Once(test.direction, test.fault)
			if test.fault == faults.HalfClose {
				p.Linger(time.Hour) // the answer may take its time, and the end of the server is the end
			}
			var got outcome
			conn := dial(t, p.Addr())
			got.Answer, got.End = post(conn, hello, test.want.End != nil)
			for range test.want.Served {
				if body := <-served; body != hello {
					t.Errorf("the server got %q", body)
				}
				got.Served++
			}
			conn.Close()
			p.Close()
			got.Served += len(served)
			if diff := cmp.Diff(test.want, got, cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) || errors.Is(b, a) })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			missing := slices.Contains(faults.Missing(p), test.direction.String()+" "+test.fault.String())
			if missing {
				t.Error("the fault was not counted")
			}
		})
	}
}

// post sends one request, and returns the answer that came whole. If the
// connection is to end then, it returns how it does.
func post(conn net.Conn, body string, ends bool) (got string, end error) {
	r, err := http.NewRequest("POST", "http://test/", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	if err := r.Write(conn); err != nil {
		return "", err
	}
	in := bufio.NewReader(conn)
	answer, err := http.ReadResponse(in, nil)
	if err == nil {
		var text []byte
		if text, err = io.ReadAll(answer.Body); err == nil {
			got = string(text)
		}
	}
	if err == nil && ends {
		_, err = in.ReadByte()
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return got, err
}

// TestPlan holds that every fault is planned in its direction, and no other.
func TestPlan(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, d := range []faults.Direction{faults.Up, faults.Down} {
		planned := map[faults.Fault]int{}
		for range 10_000 {
			planned[faults.Plan(random, d)]++
		}
		for f := faults.None; f <= faults.DoubleBeside; f++ {
			if (planned[f] > 0) != (f < faults.FaultsOf(d)) {
				t.Errorf("%v: %v is planned %d times", d, f, planned[f])
			}
		}
	}
}

// TestHeal holds that after it no fault begins, on old connections either.
func TestHeal(t *testing.T) {
	p := newProxy(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })))
	conn := dial(t, p.Addr())
	p.Heal()
	for range 200 {
		if got, err := post(conn, "hello", false); got != "hello" || err != nil {
			t.Fatalf("a request was answered %q, %v", got, err)
		}
	}
	if missing := faults.Missing(p); len(missing) != int(faults.FaultsOf(faults.Up)+faults.FaultsOf(faults.Down))-2 {
		t.Errorf("only these did not happen: %v", missing)
	}
}

// TestClose cuts a connection that waits, and leaves nothing that runs. It may be
// called twice.
func TestClose(t *testing.T) {
	waits := make(chan bool, 2)
	p := newProxy(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // before that, net/http does not see the end of the connection
		waits <- true
		<-r.Context().Done()
	})))
	p.Once(faults.Up, faults.DoubleBeside)
	conn := dial(t, p.Addr())
	left := make(chan string)
	go func() {
		<-waits
		p.Close()
		var stacks strings.Builder
		pprof.Lookup("goroutine").WriteTo(&stacks, 1)
		p.Close()
		left <- stacks.String()
	}()
	if got, err := post(conn, "hello", true); err == nil {
		t.Errorf("a request was answered %q", got)
	}
	if stacks := <-left; strings.Contains(stacks, "faults.(*") {
		t.Errorf("something still runs:\n%s", stacks)
	}
	if _, err := net.Dial("tcp", p.Addr()); err == nil {
		t.Error("the proxy listens after Close")
	}
}

// TestNoServer: a client is cut off if there is nobody behind the proxy.
func TestNoServer(t *testing.T) {
	p := newProxy(t, "127.0.0.1:0")
	if got, err := post(dial(t, p.Addr()), "hello", true); err == nil {
		t.Errorf("a request was answered %q", got)
	}
}
