package wevis_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
	"github.com/rootspush/roots/internal/testenv"
)

func TestReceive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		p, stop := serve(t, server)
		c := start(t, newClient(""), p.Dial())
		_, err := c.Receive(t.Context(), "YouAre", "ItIs")
		var unexpected *wevis.UnexpectedError
		if !errors.As(err, &unexpected) || unexpected.Message.Name() != "ServerReady" ||
			err.Error() != "wevis: message ServerReady {} came, but YouAre or ItIs was expected" {
			t.Errorf("got %v", err)
		}
		refused(t, "queue", c.Queue(clock.PleaseMayIHaveSomeFloats{Singles: 4, Doubles: 3}), "")
		floats, err := wevis.Receive[clock.SomeFloats](t.Context(), c)
		if must(t, floats, err); len(floats.Singles) != 4 || len(floats.Doubles) != 3 {
			t.Errorf("got %v, want 4 singles and 3 doubles", floats)
		}
		for _, count := range []int32{clock.MaxFloats + 1, -1, 1 << 30} { // these are not answered
			refused(t, "queue", c.Queue(clock.PleaseMayIHaveSomeFloats{Singles: count}), "")
			refused(t, "queue", c.Queue(clock.PleaseMayIHaveSomeFloats{Doubles: count}), "")
		}
		refused(t, "queue", c.Queue(clock.PleaseMayIHaveSomeFloats{Singles: clock.MaxFloats, Doubles: clock.MaxFloats}), "")
		m, err := c.Receive(t.Context())
		if v, _ := wevis.As[clock.SomeFloats](must(t, m, err)); len(v.Singles) != 1000 || len(v.Doubles) != 1000 {
			t.Errorf("got %v", m)
		}
		refused(t, "a wrong struct", c.Queue(Mix{}), `message "Mix" is not defined`)
		refused(t, "no struct", c.Queue("WhoAmI"), "Go type string is no message")

		refused(t, "queue", server.Room.Send(clock.WhoAmI{}), "")
		stop()
		_, err = c.Receive(t.Context(), "WhoAmI")
		refused(t, "what came before the end", err, "")
		_, err = c.Receive(t.Context())
		refused(t, "after the end", err, "the connection is over: EOF")
		if !errors.Is(err, wevis.ErrClosed) {
			t.Error("it is not ErrClosed")
		}
	})
}

// TestClientStop: what was queued before Stop arrives, and nothing waits after it.
func TestClientStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		heard := 0
		server.Room.Handle = func(*wevis.Member, *wevis.Message) { heard++ }
		p, _ := serve(t, server)
		c := start(t, newClient(""), p.Dial())
		for range 500 {
			refused(t, "queue", c.Queue(clock.WhoAmI{}), "")
		}
		waiting := make(chan error)
		go func() {
			_, _ = c.Receive(t.Context(), "ServerReady")
			_, err := c.Receive(t.Context(), "ItIs")
			waiting <- err
		}()
		synctest.Wait()
		c.Stop(t.Context())
		c.Stop(t.Context())
		synctest.Wait()
		if heard != 500 {
			t.Errorf("the room heard %d messages, want 500", heard)
		}
		if err := <-waiting; err != wevis.ErrClosed {
			t.Errorf("who was receiving gets %v", err)
		}
		if err := c.Queue(clock.WhoAmI{}); err != wevis.ErrClosed {
			t.Errorf("to queue gives %v", err)
		}
	})
}

// TestStopTime: a server that takes nothing is waited for no longer than the
// context allows.
func TestStopTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := testenv.NewPipes()
		accepted := make(chan net.Conn)
		go func() { conn, _ := p.Accept(); accepted <- conn }()
		conn := p.Dial()
		peer := raw{t, <-accepted}
		go func() {
			peer.send("0a000000 03000000 02000000 6162")
			peer.next()
			peer.send("04000000 06000000")
		}()
		c := start(t, newClient(""), conn)
		synctest.Wait()
		refused(t, "queue", c.Queue(clock.WhoAmI{}), "")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		c.Stop(ctx)
		at(t, begin, time.Second, "the end")
		peer.Close()
	})
}

// TestBadServers: what a server may say wrongly at the start.
func TestBadServers(t *testing.T) {
	for want, says := range map[string]string{
		"message _loginAccept {} came, but _welcome was expected":              "04000000 06000000",
		"message _ping {} came, but _loginAccept or _loginReject was expected": "0a000000 03000000 02000000 6162 04000000 01000000",
		"login rejected: no":                     "0a000000 03000000 02000000 6162 0a000000 05000000 02000000 6e6f",
		"there is no message with number 255":    "04000000 ff000000",
		"a frame of 1048577 bytes came":          "01001000",
		"a frame ended after 2 of 4 bytes":       "04000000 0000",
		"EOF":                                    "",
		`argument "salt": the text is not UTF-8`: "09000000 03000000 01000000 ff",
	} {
		synctest.Test(t, func(t *testing.T) {
			p := testenv.NewPipes()
			go func() {
				conn, _ := p.Accept()
				go func() { _, _ = readFrame(conn) }()
				raw{t, conn}.send(says)
				conn.Close()
			}()
			refused(t, says, newClient("").StartOn(t.Context(), p.Dial()), want)
		})
	}
	c := newClient("")
	c.User = "\xff"
	synctest.Test(t, func(t *testing.T) {
		p, _ := serve(t, clock.NewServer())
		refused(t, "a user that is no text", c.StartOn(t.Context(), p.Dial()), `argument "username" of message "_login" is "\xff"`)
	})
}

// TestNoServer: where nobody listens.
func TestNoServer(t *testing.T) {
	refused(t, "start", newClient("127.0.0.1:1").Start(t.Context()), "unable to start client: dial tcp")
}

// TestManyGoroutines: a client is used by many at once, and each question is
// answered.
func TestManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := serve(t, clock.NewServer())
		c := start(t, newClient(""), p.Dial())
		_, err := c.Receive(t.Context(), "ServerReady")
		refused(t, "ServerReady", err, "")
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for range 50 {
					refused(t, "queue", c.Queue(clock.WhoAmI{}), "")
					_, err := wevis.Receive[clock.YouAre](t.Context(), c)
					refused(t, "receive", err, "")
				}
			})
		}
		all.Wait()
	})
}
