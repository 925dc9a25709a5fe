package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestWatch: systemd is told at once and twice in an interval, and only after an
// answer that came in time.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const interval = 30 * time.Second
		began := time.Now()
		well := func(ctx context.Context) error {
			switch since := time.Since(began); {
			case since < time.Minute, since > 3*time.Minute:
				return nil
			case since < 2*time.Minute:
				return errors.New("refused")
			}
			<-ctx.Done() // no answer
			return ctx.Err()
		}
		var told []time.Duration
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute-1)
		defer cancel()
		watch(ctx, interval, well, func(state string) {
			if state != "WATCHDOG=1" {
				t.Errorf("systemd is told %q", state)
			}
			told = append(told, time.Since(began))
		})
		var want []time.Duration
		for _, s := range []int{0, 15, 30, 45, 195, 210, 225} {
			want = append(want, time.Duration(s)*time.Second)
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("when systemd is told differs (-want +got):\n%s", diff)
		}
	})
}

// TestAskHealth: the server is asked at its own socket, whatever that is.
func TestAskHealth(t *testing.T) {
	status := http.StatusOK
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/healthz" {
			t.Errorf("%s %s is asked for", r.Method, r.URL)
		}
		w.WriteHeader(status)
	})
	socket, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	plain, other, safe := httptest.NewServer(handler), httptest.NewUnstartedServer(handler), httptest.NewTLSServer(handler)
	other.Listener.Close()
	other.Listener = socket
	other.Start()
	for _, s := range []*httptest.Server{plain, other, safe} {
		l := s.Listener
		if s == safe {
			l = &secured{l, nil}
		}
		for status = range map[int]bool{http.StatusOK: true, http.StatusInternalServerError: false} {
			if err := askHealth(t.Context(), l); (err == nil) != (status == http.StatusOK) {
				t.Errorf("%v answers %d: %v", l.Addr(), status, err)
			}
		}
		s.Close()
		if err := askHealth(t.Context(), l); err == nil {
			t.Errorf("%v is closed, and well", l.Addr())
		}
	}
}

// TestAskHealthOfOneThatIsStuck: a server that takes connections and says nothing
// is not well.
func TestAskHealthOfOneThatIsStuck(t *testing.T) {
	stuck, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close()
	s := &server{health: []net.Listener{stuck}}
	if err := within(t.Context(), 50*time.Millisecond, s.isWell); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it is asked, and the error is %v", err)
	}
}
