//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/rootspush/roots/firenze/parking"
)

// TestUnsupported holds that where parking is impossible the writer is as it was.
func TestUnsupported(t *testing.T) {
	lot := parking.New(parking.Options{})
	defer lot.Close()
	var refused error
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, refused = lot.Park(w, r, &visitor{})
		_, _ = io.WriteString(w, r.Proto)
	})
	plain := httptest.NewServer(handler)
	defer plain.Close()
	encrypted := httptest.NewTLSServer(handler)
	defer encrypted.Close()
	second := httptest.NewUnstartedServer(handler)
	second.EnableHTTP2 = true
	second.StartTLS()
	defer second.Close()
	unwrappable := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler(struct{ http.ResponseWriter }{w}, r)
	}))
	defer unwrappable.Close()
	wide := &tls.Config{InsecureSkipVerify: true}
	for _, test := range []struct {
		name   string
		method string
		server *httptest.Server
		client *http.Client
		want   string
	}{
		{"TLS", "GET", encrypted, &http.Client{Transport: &http.Transport{TLSClientConfig: wide}}, "HTTP/1.1"},
		{"HTTP/2", "GET", second, second.Client(), "HTTP/2.0"},
		{"body", "POST", plain, plain.Client(), "HTTP/1.1"},
		{"no Hijack", "GET", unwrappable, unwrappable.Client(), "HTTP/1.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			defer test.client.CloseIdleConnections()
			var body io.Reader
			if test.method == "POST" {
				body = strings.NewReader("body")
			}
			req, _ := http.NewRequest(test.method, test.server.URL, body)
			resp, err := test.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if got, _ := io.ReadAll(resp.Body); string(got) != test.want {
				t.Errorf("the answer is %q, want %q", got, test.want)
			}
			if !errors.Is(refused, errors.ErrUnsupported) {
				t.Errorf("Park said %v", refused)
			}
		})
	}
	t.Run("pipe", func(t *testing.T) {
		near, far := net.Pipe()
		l := &once{conn: make(chan net.Conn, 1)}
		l.conn <- far
		server := &http.Server{Handler: handler}
		go server.Serve(l)
		defer server.Close()
		c := &client{near, t, bufio.NewReader(near)}
		c.send(get("/"))
		c.expect("HTTP/1.1")
		if !errors.Is(refused, errors.ErrUnsupported) {
			t.Errorf("Park said %v", refused)
		}
	})
	t.Run("recorder", func(t *testing.T) {
		w := httptest.NewRecorder()
		handler(w, httptest.NewRequest("GET", "/", nil))
		if w.Body.String() != "HTTP/1.1" || !errors.Is(refused, errors.ErrUnsupported) {
			t.Errorf("the answer is %q, and Park said %v", w.Body, refused)
		}
	})
}

// TestLost holds that a connection which can't be parked, but was the server's no
// more, is closed, and that Park says so.
func TestLost(t *testing.T) {
	lot := parking.New(parking.Options{})
	defer lot.Close()
	parked := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var files syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
			t.Error(err)
		}
		_, err := lot.Park(&scarce{w, files}, r, idle{})
		parked <- errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files))
	}))
	defer server.Close()
	if resp, err := server.Client().Get(server.URL); !errors.Is(err, io.EOF) {
		t.Errorf("the client was told %v, %v", resp, err)
	}
	if err := <-parked; !errors.Is(err, parking.ErrLost) || !errors.Is(err, syscall.EMFILE) {
		t.Errorf("Park said %v", err)
	}
}

// A scarce writer hands its connection out and takes what descriptors there are.
type scarce struct {
	http.ResponseWriter
	files syscall.Rlimit
}

func (s *scarce) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := s.ResponseWriter.(http.Hijacker).Hijack()
	few := s.files
	few.Cur = 1
	return conn, buffered, errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few))
}

// once is a listener for one connection, which may be of any kind.
type once struct{ conn chan net.Conn }

func (o *once) Accept() (net.Conn, error) {
	if conn, ok := <-o.conn; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (o *once) Close() error   { close(o.conn); return nil }
func (o *once) Addr() net.Addr { return nil }

// TestFallback holds that a handler serves clients that can't be parked the same.
func TestFallback(t *testing.T) {
	lot := parking.New(parking.Options{})
	b := &board{lot: lot, waiting: map[*reader]bool{}}
	b.arrived = func() { go b.Post("news") }
	server := httptest.NewTLSServer(b)
	defer server.Close()
	defer lot.Close() // before, as it gives connections back
	if body := fetch(t, server.Client(), server.URL); body != "news" {
		t.Errorf("the answer is %q", body)
	}
}
