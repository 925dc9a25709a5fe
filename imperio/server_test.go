package imperio_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

// serving runs Serve until stop, which returns what Serve returned.
func serving(listener net.Listener, receiver thestral.Thestral) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error)
	go func() { result <- new(imperio.Server).Serve(ctx, listener, receiver) }()
	return func() error {
		cancel()
		return <-result
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	warnings := logged(t)
	synctest.Test(t, func(t *testing.T) {
		listener, receiver := newPipes(), new(heard)
		stop := serving(listener, receiver)
		idle, busy := listener.dial(), listener.dial()
		time.Sleep(1000 * time.Hour) // idle connections stay
		io.WriteString(busy, "a; 1\n")
		synctest.Wait()
		if idle.isOver() || busy.isOver() {
			t.Error("a connection ended by itself")
		}
		if err := stop(); err != nil {
			t.Errorf("Serve returned %v, want nil", err)
		}
		synctest.Wait()
		if !idle.isOver() || !busy.isOver() {
			t.Error("a connection is still open after Serve returned")
		}
		if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept gave %v after Serve returned, want net.ErrClosed", err)
		}
		receiver.want(t, up("a", "1"))
		warnings.wantLines(t)
	})
}

func TestServeAfterItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := new(imperio.Server).Serve(ctx, newPipes(), new(heard)); err != nil {
		t.Errorf("Serve returned %v, want nil", err)
	}
}

func TestServeBoundsConnections(t *testing.T) {
	warnings := logged(t)
	synctest.Test(t, func(t *testing.T) {
		listener := newPipes()
		stop := serving(listener, new(heard))
		first := listener.dial()
		for range imperio.MaxConnections - 2 {
			listener.dial()
		}
		last := listener.dial()
		synctest.Wait()
		if last.isOver() {
			t.Error("the last connection that is allowed was closed")
		}
		warnings.wantLines(t)
		tooMany := listener.dial()
		synctest.Wait()
		if !tooMany.isOver() {
			t.Error("one connection too many stays open")
		}
		warnings.wantLines(t, "too many are open")
		first.Close()
		synctest.Wait()
		inPlace := listener.dial()
		synctest.Wait()
		if inPlace.isOver() {
			t.Error("the place of a connection that ended is not free")
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestServeWhenListenerIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := newPipes()
		result := make(chan error)
		go func() { result <- new(imperio.Server).Serve(t.Context(), listener, new(heard)) }()
		client := listener.dial()
		listener.Close()
		if err := <-result; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Serve returned %v, want net.ErrClosed", err)
		}
		synctest.Wait()
		if !client.isOver() {
			t.Error("a connection is still open after Serve returned")
		}
	})
}

// short is a listener that has no file descriptor for a while.
type short struct {
	*pipes
	until time.Time
	tries int
}

func (s *short) Accept() (net.Conn, error) {
	s.tries++
	if time.Now().Before(s.until) {
		return nil, errors.New("too many open files")
	}
	return s.pipes.Accept()
}

func TestServeTriesAgainToAccept(t *testing.T) {
	warnings := logged(t)
	synctest.Test(t, func(t *testing.T) {
		listener := &short{pipes: newPipes(), until: time.Now().Add(2500 * time.Millisecond)}
		receiver := new(heard)
		stop := serving(listener, receiver)
		client := listener.dial()
		io.WriteString(client, "a; 1\n")
		synctest.Wait()
		receiver.want(t, up("a", "1"))
		warnings.wantLines(t, "too many open files", "too many open files", "too many open files")
		if err := stop(); err != nil {
			t.Error(err)
		}
		if listener.tries != 5 { // three that failed, the client, the end
			t.Errorf("Accept was called %d times, want 5", listener.tries)
		}
	})
}

func TestServeEndsWhileItCannotAccept(t *testing.T) {
	logged(t)
	synctest.Test(t, func(t *testing.T) {
		listener := &short{pipes: newPipes(), until: time.Now().Add(time.Hour)}
		stop := serving(listener, new(heard))
		synctest.Wait()
		before := time.Now()
		if err := stop(); err != nil || time.Since(before) > 0 {
			t.Errorf("Serve returned %v after %v, want nil at once", err, time.Since(before))
		}
	})
}

func TestServeSurvivesItsReceiver(t *testing.T) {
	t.Run("that panics", func(t *testing.T) {
		warnings := logged(t)
		synctest.Test(t, func(t *testing.T) {
			listener, receiver := newPipes(), new(grumpy)
			stop := serving(listener, receiver)
			io.WriteString(listener.dial(), "bad; 1\ngood; 2\n")
			synctest.Wait()
			receiver.want(t, up("good", "2"))
			warnings.wantLines(t, "a receiver panicked")
			stop()
		})
	})
	t.Run("that is stuck", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			listener, free := newPipes(), make(chan struct{})
			stop := serving(listener, thestral.Func(func(thestral.Thestral, string, string) { <-free }))
			client := listener.dial()
			io.WriteString(client, "a; 1\na; 2\n::exit\n")
			synctest.Wait()
			if !client.isOver() {
				t.Error("the connection waits for the receiver")
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			close(free)
		})
	})
}

// grumpy is a Prompt receiver that panics on one path.
type grumpy struct{ heard }

func (g *grumpy) Update(sender thestral.Thestral, path, message string) {
	if path == "bad" {
		panic("grumpy")
	}
	g.heard.Update(sender, path, message)
}

// TestServeOnLoopback is the whole of it over real sockets: two clients, frames
// in pieces, and an end that closes what is left open.
func TestServeOnLoopback(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	receiver := new(heard)
	stop := serving(listener, receiver)
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	leaves, stays := dial(), dial()
	defer leaves.Close()
	defer stays.Close()
	for _, piece := range []string{"my/", "data; hel", "lo\r", "\n::ex", "it\n"} {
		if _, err := io.WriteString(leaves, piece); err != nil {
			t.Fatal(err)
		}
	}
	if answer, err := io.ReadAll(leaves); len(answer) > 0 || err != nil {
		t.Errorf("the connection ended with %q, %v, want nothing", answer, err)
	}
	receiver.want(t, up("my/data", "hello"))
	if err := stop(); err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if answer, _ := io.ReadAll(stays); len(answer) > 0 {
		t.Errorf("the connection that stayed got %q, want nothing", answer)
	}
}
