package cornelius_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/connectors/cornelius"
	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// TestRefusedByDudley: what Dudley refuses comes back as he said it.
func TestRefusedByDudley(t *testing.T) {
	for _, test := range []struct {
		name string
		opt  dudley.Options
		want cornelius.Error
		text string
	}{
		{"token", dudley.Options{Token: "other"},
			cornelius.Error{Status: 401, Index: -1, Message: `the token is missing or wrong, it is sent as "Authorization: Bearer TOKEN"`},
			`cornelius: the token is missing or wrong, it is sent as "Authorization: Bearer TOKEN"`},
		{"control path", dudley.Options{RefuseControl: true},
			cornelius.Error{Status: 403, Index: 1, Message: `control path "::connect" is not allowed here, only paths without "::" in front are`},
			`cornelius: item 1: control path "::connect" is not allowed here, only paths without "::" in front are`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var rec thestraltest.Recorder
			server := httptest.NewServer(dudley.New(&rec, test.opt))
			defer server.Close()
			err := newHTTP(t, server, cornelius.Options{Token: "secret"}).
				Updates(t.Context(), []thestral.Update{{Path: "p"}, {Path: "::connect"}})
			var got *cornelius.Error
			if !errors.As(err, &got) {
				t.Fatalf("error %v is no *Error", err)
			}
			if diff := cmp.Diff(test.want, *got); diff != "" || got.Error() != test.text {
				t.Errorf("error %q (-want +got):\n%s", got, diff)
			}
			if len(rec.Updates()) > 0 {
				t.Errorf("arrived: %v", rec.Updates())
			}
		})
	}
}

// TestNotDudley: no other answer passes for one of Dudley's.
func TestNotDudley(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
	}{
		{200, ""},
		{200, "<html>welcome</html>"},
		{200, `{"success":false}`},
		{200, `{"success":"true"}`},
		{200, `{success:true}`},
		{200, `{"success":true,"index":"x"}`},
		{200, `{"error":"no"}`},
		{201, `{"success":true}`},
		{302, `{"success":true}`},
		{307, ``},
		{400, `{"success":true}`},
		{404, "404 page not found\n"},
		{500, `{"error":"no"}`},
		{502, "<html>bad gateway</html>"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "/")
			w.WriteHeader(test.status)
			io.WriteString(w, test.body)
		}))
		err := newHTTP(t, server, cornelius.Options{}).Update(t.Context(), "p", "m")
		server.Close()
		var got *cornelius.Error
		if !errors.As(err, &got) || got.Status != test.status || got.Index != -1 || !errors.Is(err, cornelius.ErrNotDudley) {
			t.Errorf("answer %d %q gives error %#v", test.status, test.body, err)
		}
	}
}

// TestNoAnswer: the cause can be told from the error.
func TestNoAnswer(t *testing.T) {
	t.Run("nobody listens", func(t *testing.T) {
		roots, err := cornelius.New("http://"+testenv.FreeAddress(t), cornelius.Options{})
		if err != nil {
			t.Fatal(err)
		}
		wantCause(t, roots.Update(t.Context(), "p", "m"), syscall.ECONNREFUSED)
	})
	t.Run("cut answer", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "16")
			io.WriteString(w, `{"success":true`)
		}))
		defer server.Close()
		wantCause(t, newHTTP(t, server, cornelius.Options{}).Update(t.Context(), "p", "m"), io.ErrUnexpectedEOF)
	})
	t.Run("cut connection", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		}))
		defer server.Close()
		wantCause(t, newHTTP(t, server, cornelius.Options{}).Update(t.Context(), "p", "m"), io.EOF)
	})
}

func wantCause(t *testing.T, err, cause error) {
	t.Helper()
	var got *cornelius.Error
	if !errors.As(err, &got) || got.Status != 0 || got.Index != -1 || !errors.Is(err, cause) || errors.Is(err, cornelius.ErrNotDudley) {
		t.Errorf("error %#v, want the cause %v", err, cause)
	}
}

// TestTimeout: a Dudley that takes the connection and says nothing, or not the
// end, holds nobody for longer than was agreed.
func TestTimeout(t *testing.T) {
	for name, says := range map[string]string{
		"silent":  "",
		"stopped": "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"success\":",
	} {
		for _, test := range []struct{ timeout, caller, want time.Duration }{
			{0, time.Hour, 5 * time.Second},
			{time.Minute, time.Hour, time.Minute},
			{time.Minute, time.Second, time.Second},
		} {
			synctest.Test(t, func(t *testing.T) {
				here, there := net.Pipe()
				go func() {
					defer there.Close()
					if _, err := http.ReadRequest(bufio.NewReader(there)); err != nil {
						t.Error(err)
					}
					io.WriteString(there, says)
					io.Copy(io.Discard, there)
				}()
				transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return here, nil }}
				defer transport.CloseIdleConnections()
				roots, err := cornelius.New("http://localhost:8004", cornelius.Options{Timeout: test.timeout, Client: &http.Client{Transport: transport}})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), test.caller)
				defer cancel()
				start := time.Now()
				wantCause(t, roots.Update(ctx, "p", "m"), context.DeadlineExceeded)
				if took := time.Since(start); took != test.want {
					t.Errorf("%s: it took %v, want %v", name, took, test.want)
				}
			})
		}
	}
}

// TestBodyLimit: a batch that is just short enough as JSON arrives, one byte
// more is refused before it is sent, and nothing is split.
func TestBodyLimit(t *testing.T) {
	var rec thestraltest.Recorder
	server := httptest.NewServer(dudley.New(&rec, dudley.Options{}))
	defer server.Close()
	roots := newHTTP(t, server, cornelius.Options{})
	updates := make([]thestral.Update, 17)
	size := len("[") // each item is followed by a comma or the bracket
	for i := range updates {
		updates[i] = thestral.Update{Path: "p", Message: strings.Repeat("<", 61600)}
		size += len(`{"path":"p","message":""},`) + len(updates[i].Message)
	}
	updates[0].Message += long(dudley.MaxBody - size)
	if len(updates[0].Message) > thestral.MaxMessage {
		t.Fatal("the message is too long by itself")
	}
	if err := roots.Updates(t.Context(), updates); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(updates, rec.Updates()); diff != "" {
		t.Error("the batch did not arrive as it was")
	}
	updates[1].Message += "x"
	want := &cornelius.Error{Status: 413, Index: -1, Message: "the batch is 1048577 bytes of JSON, at most 1048576 are allowed"}
	if diff := cmp.Diff(want, roots.Updates(t.Context(), updates)); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if len(rec.Updates()) > len(updates) {
		t.Error("some of it arrived")
	}
}

// TestOnePost: a connect of many paths is a single request, and connections are
// kept for the next.
func TestOnePost(t *testing.T) {
	var posts, conns int
	receiver := dudley.New(&thestraltest.Recorder{}, dudley.Options{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		posts++
		receiver.ServeHTTP(w, r)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns++
		}
	}
	server.Start()
	roots := newHTTP(t, server, cornelius.Options{})
	for range 2 {
		if err := roots.Connect(t.Context(), "id", "a", "b", "c"); err != nil {
			t.Error(err)
		}
	}
	server.Close() // it waits, so that the counts are settled
	if posts != 2 || conns != 1 {
		t.Errorf("2 calls took %d posts over %d connections", posts, conns)
	}
}

func TestAddress(t *testing.T) {
	for _, wrong := range []string{"", "localhost", "localhost:8004", "/", "http://", "ftp://localhost/", "http://localhost/?x", "http://localhost/#x", "http://[::1/", "http://local host/"} {
		if _, err := cornelius.New(wrong, cornelius.Options{}); err == nil || !strings.Contains(err.Error(), `which is written "http://localhost:8004/"`) {
			t.Errorf("address %q gives error %v", wrong, err)
		}
	}
	for _, right := range []string{"http://localhost:8004", "https://push.example/dudley/", "http://[::1]:8004/", "unix:/run/roots.sock", "unix:///run/roots.sock"} {
		if _, err := cornelius.New(right, cornelius.Options{}); err != nil {
			t.Error(err)
		}
	}
}

// TestSocket: a Unix socket is as good as a port, whatever client there is beside.
func TestSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "roots") // the path of a socket must not be long
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	addr := "unix:" + filepath.Join(dir, "dudley")
	listener, err := dudley.Listen(addr, "")
	if err != nil {
		t.Fatal(err)
	}
	var rec thestraltest.Recorder
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: dudley.New(&rec, dudley.Options{})}}
	server.Start()
	for _, client := range []*http.Client{nil, {Transport: http.DefaultTransport}} {
		roots, err := cornelius.New(addr, cornelius.Options{Client: client})
		if err != nil {
			t.Fatal(err)
		}
		if err := roots.Update(t.Context(), "a", "b"); err != nil {
			t.Error(err)
		}
	}
	if got := len(rec.Updates()); got != 2 {
		t.Errorf("%d updates arrived, want 2", got)
	}
	server.Close()
	roots, err := cornelius.New(addr, cornelius.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantCause(t, roots.Update(t.Context(), "a", "b"), syscall.ENOENT)
}
