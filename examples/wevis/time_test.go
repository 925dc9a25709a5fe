package wevis_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
	"github.com/rootspush/roots/internal/testenv"
)

const (
	ping = "04000000 01000000"
	pong = "04000000 02000000"
)

// at checks how much of the fake time has passed since begin.
func at(t *testing.T, begin time.Time, want time.Duration, what string) {
	t.Helper()
	if got := time.Since(begin); got != want {
		t.Errorf("%s came after %v, want %v", what, got, want)
	}
}

func TestLoginTime(t *testing.T) {
	for name, send := range map[string]string{"silent": "", "half a frame": "1e000000 0400", "empty frames": "00000000 00000000"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, _ := serve(t, clock.NewServer())
				begin := time.Now()
				peer := raw{t, p.Dial()}
				peer.welcome()
				peer.send(send)
				peer.wantsEnd()
				at(t, begin, 5*time.Second, "the end")
			})
		})
	}
}

// TestPings: the first ping comes 5 s after the welcome, each other one 10 s
// after the pong before it, whatever else is said.
func TestPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := serve(t, clock.NewServer())
		begin := time.Now()
		peer := raw{t, p.Dial()}
		salt := peer.welcome()
		time.Sleep(3 * time.Second)
		peer.login(clock.User, clock.Password, salt)
		peer.wants("04000000 06000000")
		peer.wants("04000000 07000000")
		peer.wants(ping)
		at(t, begin, 5*time.Second, "the first ping")

		time.Sleep(4 * time.Second)
		peer.send(pong)
		time.Sleep(6 * time.Second)
		peer.send("04000000 0a000000") // WhoAmI
		peer.wants("0f000000 0b000000 07000000 6d69636861656c")
		peer.send(pong) // nobody asked, so it puts off nothing
		peer.wants(ping)
		at(t, begin, 19*time.Second, "the second ping")

		time.Sleep(time.Second)
		peer.send("04000000 0a000000") // is no pong
		peer.wants("0f000000 0b000000 07000000 6d69636861656c")
		peer.wantsEnd()
		at(t, begin, 24*time.Second, "the end")
	})
}

// TestClientPongs: a client stays for as long as it likes.
func TestClientPongs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := serve(t, clock.NewServer())
		c := start(t, newClient(""), p.Dial())
		_, err := wevis.Receive[clock.ServerReady](t.Context(), c)
		refused(t, "ServerReady", err, "")
		time.Sleep(time.Hour)
		refused(t, "a question after an hour", c.Queue(clock.WhoAmI{}), "")
		youAre, err := wevis.Receive[clock.YouAre](t.Context(), c)
		if must(t, youAre, err).Name != clock.User {
			t.Errorf("got %v", youAre)
		}
	})
}

// TestValidatorHangs: a login takes 5 s at most, and others are not disturbed.
func TestValidatorHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		validate, hang := server.Validator, make(chan struct{})
		server.Validator = func(ctx context.Context, l wevis.Login) (*wevis.User, error) {
			if l.User == "eve" {
				<-hang // it does not look at ctx
			}
			return validate(ctx, l)
		}
		p, stop := serve(t, server)
		begin := time.Now()
		eve := raw{t, p.Dial()}
		eve.login("eve", "x", eve.welcome())
		michael := raw{t, p.Dial()}
		michael.enter()
		at(t, begin, 0, "the login of another")
		go func() { // eve goes on talking
			_, _ = eve.Write(make([]byte, 100))
		}()
		eve.wantsEnd()
		at(t, begin, 5*time.Second, "the end")
		eve.Close()
		go michael.Close()
		stop()
		close(hang)
	})
}

// TestSlowReader: one who takes nothing for 5 s is sent away; so is one who lets
// more than MaxQueued wait, at once. Either costs nobody else anything.
func TestSlowReader(t *testing.T) {
	for _, test := range []struct {
		name  string
		bytes int
		after time.Duration
	}{
		{"takes nothing", 100, 5 * time.Second},
		{"as much as may wait", wevis.MaxQueued - 12, 5 * time.Second},
		{"more than may wait", wevis.MaxQueued - 11, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := clock.NewServer()
				server.PerUser = 2
				left := make(chan time.Time, 2)
				server.Room.UserExit = func(*wevis.User) { left <- time.Now() }
				server.Room.UserEnter = nil
				p, _ := serve(t, server)
				slow, healthy := raw{t, p.Dial()}, raw{t, p.Dial()}
				slow.login(clock.User, clock.Password, slow.welcome())
				slow.wants("04000000 06000000")
				synctest.Wait()
				member := server.Room.Members()[0]
				healthy.login(clock.User, clock.Password, healthy.welcome())
				healthy.wants("04000000 06000000")

				begin := time.Now()
				refused(t, "what is being sent", member.Queue(clock.ServerReady{}), "")
				synctest.Wait()
				refused(t, "an empty text", member.Queue(clock.YouAre{}), "") // 12 bytes
				m, err := server.Protocol.New("YouAre", wevis.Values{"name": string(make([]byte, test.bytes-12))})
				want := ""
				if test.after == 0 {
					want = "the connection is over"
				}
				refused(t, "what waits", member.Queue(must(t, m, err)), want)
				if got := (<-left).Sub(begin); got != test.after {
					t.Errorf("it was sent away after %v, want %v", got, test.after)
				}
				refused(t, "after the end", member.Queue(clock.ServerReady{}), "the connection is over")
				if test.after > 0 {
					healthy.wants(ping) // which is due at the same moment
				}
				healthy.send("04000000 0a000000")
				healthy.wants("0f000000 0b000000 07000000 6d69636861656c")
				slow.Close()
				healthy.Close()
			})
		})
	}
}

// TestStop: what is queued is sent, and a peer that takes nothing is waited for
// no longer than FlushTime.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		server.PerUser = -1
		p, stop := serve(t, server)
		reader, sleeper := raw{t, p.Dial()}, raw{t, p.Dial()}
		reader.enter()
		sleeper.enter()
		for range 1000 {
			refused(t, "queue", server.Room.Send(clock.YouAre{Name: "x"}), "")
		}
		begin := time.Now()
		go stop()
		for range 1000 {
			reader.wants("09000000 0b000000 01000000 78")
		}
		reader.wantsEnd()
		at(t, begin, 0, "the end of who reads")
		stop()
		at(t, begin, wevis.FlushTime, "the end of the server")
		sleeper.Close()
	})
}

// TestRoomHangs: a server whose room hangs can be stopped.
func TestRoomHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		hang := make(chan struct{})
		server.Room.Handle = func(*wevis.Member, *wevis.Message) { <-hang }
		p, stop := serve(t, server)
		peer := raw{t, p.Dial()}
		peer.enter()
		peer.send("04000000 0a000000")
		synctest.Wait()
		begin := time.Now()
		stop()
		at(t, begin, wevis.FlushTime, "the end of the server")
		peer.Close()
		close(hang)
	})
}

// TestStartTime: a client that is told nothing waits as long as its context.
func TestStartTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := testenv.NewPipes()
		go func() { _, _ = p.Accept() }()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		begin := time.Now()
		refused(t, "start", newClient("").StartOn(ctx, p.Dial()), "unable to start client: context deadline exceeded")
		at(t, begin, 3*time.Second, "the error")
	})
}

// TestReceiveTime: so does one that receives, and it may go on after.
func TestReceiveTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := serve(t, clock.NewServer())
		c := start(t, newClient(""), p.Dial())
		_, err := c.Receive(t.Context(), "ServerReady")
		refused(t, "ServerReady", err, "")
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		begin := time.Now()
		_, err = c.Receive(ctx)
		refused(t, "receive", err, "context deadline exceeded")
		at(t, begin, 7*time.Second, "the error")
		refused(t, "queue", c.Queue(clock.WhoAmI{}), "")
		_, err = c.Receive(t.Context(), "YouAre")
		refused(t, "YouAre", err, "")
	})
}
