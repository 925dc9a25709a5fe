package imperio_test

import (
	"context"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/imperio"
)

// TestStatsOfLines: each line counts for what it is.
func TestStatsOfLines(t *testing.T) {
	logged(t)
	for text, want := range map[string]imperio.Stats{
		"a; 1\nbc; 23\n":         {Updates: 2, Bytes: 6},
		"a\n::exit\n":            {Updates: 1, Bytes: 1},
		"; no path\na; 1\n":      {Updates: 1, Bytes: 2, Malformed: 1},
		"a; 1\nGET / HTTP/1.1\n": {Updates: 1, Bytes: 2, Malformed: 1},
		"a; 1\nwas cut":          {Updates: 1, Bytes: 2, Malformed: 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			var s imperio.Server
			ctx, stop := context.WithCancel(t.Context())
			listener, ended := newPipes(), make(chan error)
			go func() { ended <- s.Serve(ctx, listener, new(heard)) }()
			conn := listener.dial()
			io.WriteString(conn, text)
			conn.Close()
			synctest.Wait()
			if diff := cmp.Diff(want, s.Stats()); diff != "" {
				t.Errorf("%q (-want +got):\n%s", text, diff)
			}
			stop()
			<-ended
		})
	}
}

// TestStatsOfConnections: one too many is refused.
func TestStatsOfConnections(t *testing.T) {
	logged(t)
	synctest.Test(t, func(t *testing.T) {
		var s imperio.Server
		ctx, stop := context.WithCancel(t.Context())
		listener, ended := newPipes(), make(chan error)
		go func() { ended <- s.Serve(ctx, listener, new(heard)) }()
		for range imperio.MaxConnections + 1 {
			listener.dial()
		}
		synctest.Wait()
		if diff := cmp.Diff(imperio.Stats{Refused: 1}, s.Stats()); diff != "" {
			t.Errorf("stats (-want +got):\n%s", diff)
		}
		stop()
		<-ended
	})
}

// TestStatsOfHTTP: each request counts for what it is.
func TestStatsOfHTTP(t *testing.T) {
	logged(t)
	for _, c := range []struct {
		method, target, host string
		want                 imperio.Stats
	}{
		{"GET", "/a;1", "localhost", imperio.Stats{Updates: 1, Bytes: 2}},
		{"GET", "/;1", "localhost", imperio.Stats{Malformed: 1}},
		{"GET", "/" + strings.Repeat("a", 256), "localhost", imperio.Stats{Malformed: 1}},
		{"POST", "/a;1", "localhost", imperio.Stats{Refused: 1}},
		{"GET", "/a;1", "evil.example", imperio.Stats{Refused: 1}},
	} {
		var s imperio.Server
		r := httptest.NewRequest(c.method, "/", nil)
		r.RequestURI, r.Host = c.target, c.host
		s.HTTP(new(heard)).ServeHTTP(httptest.NewRecorder(), r)
		if diff := cmp.Diff(c.want, s.Stats()); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.method, c.target, diff)
		}
	}
}
