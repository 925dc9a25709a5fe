package wevis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
	"github.com/rootspush/roots/internal/testenv"
)

// TestRejections: what a client is told, and that nothing else follows.
func TestRejections(t *testing.T) {
	validators := map[string]wevis.Validator{
		"nobody": func(context.Context, wevis.Login) (*wevis.User, error) { return nil, nil },
		"reason": func(context.Context, wevis.Login) (*wevis.User, error) { return nil, wevis.Rejection("Too old.") },
		"error":  func(context.Context, wevis.Login) (*wevis.User, error) { return nil, errors.New("secret") },
		"panic":  func(context.Context, wevis.Login) (*wevis.User, error) { panic("secret") },
		"empty":  func(context.Context, wevis.Login) (*wevis.User, error) { return nil, wevis.Rejection("") },
		"wrapped": func(context.Context, wevis.Login) (*wevis.User, error) {
			return nil, fmt.Errorf("%w", wevis.Rejection("Too young."))
		},
		"both":     func(context.Context, wevis.Login) (*wevis.User, error) { return &wevis.User{}, wevis.Rejection("No.") },
		"bad room": func(context.Context, wevis.Login) (*wevis.User, error) { return &wevis.User{Room: &wevis.Room{}}, nil },
	}
	for name, want := range map[string]string{
		"nobody": "Invalid credentials.", "reason": "Too old.", "error": "Invalid credentials.",
		"panic": "Invalid credentials.", "bad room": "Invalid credentials.",
		"empty": "Invalid credentials.", "wrapped": "Too young.", "both": "No.",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := clock.NewServer()
				server.Validator = validators[name]
				p, _ := serve(t, server)
				peer := raw{t, p.Dial()}
				peer.login("michael", "mypassword", peer.welcome())
				peer.wantsReject(want)

				var rejected *wevis.RejectedError
				c := newClient("")
				err := c.StartOn(t.Context(), p.Dial())
				c.Stop(t.Context())
				if !errors.As(err, &rejected) || err.Error() != "wevis: unable to start client: login rejected: "+want {
					t.Errorf("the client says %v", err)
				}
			})
		})
	}
}

// TestLogin: the validator gets what the client said, and a password is good
// only with the salt of its connection.
func TestLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		validate, logins := server.Validator, make(chan wevis.Login, 10)
		server.Validator = func(ctx context.Context, l wevis.Login) (*wevis.User, error) {
			logins <- l
			return validate(ctx, l)
		}
		p, _ := serve(t, server)
		first, second := raw{t, p.Dial()}, raw{t, p.Dial()}
		salt, other := first.welcome(), second.welcome()
		if salt == other {
			t.Error("two connections have the same salt")
		}
		first.login("michael", "mypassword", salt)
		first.wants("04000000 06000000")
		second.login("michael", "mypassword", salt)
		second.wantsReject("Invalid credentials.")
		want := wevis.Login{User: "michael", Password: wevis.Encrypt("mypassword", salt), Salt: salt, Version: "1.0.0"}
		if diff := cmp.Diff(want, <-logins); diff != "" {
			t.Error(diff)
		}
		first.Close()
	})
}

// TestManyLogins: a login that is over makes room for another.
func TestManyLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := serve(t, clock.NewServer())
		for range 1001 { // one more than may be validated at once
			peer := raw{t, p.Dial()}
			peer.login("michael", "x", peer.welcome())
			peer.wantsReject("Invalid credentials.")
		}
	})
}

// TestUnexpected: nothing but a login may come first.
func TestUnexpected(t *testing.T) {
	for name, frame := range map[string]string{
		"ping": "04000000 01000000", "pong": "04000000 02000000", "accept": "04000000 06000000", "a question": "04000000 08000000",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, _ := serve(t, clock.NewServer())
				peer := raw{t, p.Dial()}
				peer.welcome()
				peer.send("00000000" + frame) // an empty frame is no message
				peer.wantsReject("Unexpected message.")
			})
		})
	}
}

// TestPerUser: one connection for each user, or as many as are set, and a wrong
// password does not learn whether somebody is there.
func TestPerUser(t *testing.T) {
	for perUser, most := range map[int]int{0: 1, 1: 1, 3: 3, -1: 5} {
		synctest.Test(t, func(t *testing.T) {
			server := clock.NewServer()
			server.PerUser = perUser
			p, _ := serve(t, server)
			var peers []raw
			for range most {
				peer := raw{t, p.Dial()}
				peer.enter()
				peers = append(peers, peer)
			}
			if perUser >= 0 {
				peer := raw{t, p.Dial()}
				peer.login("michael", "mypassword", peer.welcome())
				peer.wantsReject("Maximum number of connections per user reached.")
				peer = raw{t, p.Dial()}
				peer.login("michael", "x", peer.welcome())
				peer.wantsReject("Invalid credentials.")
				peers[0].Close()
				synctest.Wait()
				peers[0] = raw{t, p.Dial()}
				peers[0].enter()
			}
			for _, peer := range peers {
				peer.Close()
			}
		})
	}
}

// TestMaxConnections: one more is closed at once.
func TestMaxConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		server.MaxConnections = 2
		p, _ := serve(t, server)
		first, second := raw{t, p.Dial()}, raw{t, p.Dial()}
		first.welcome()
		second.welcome()
		raw{t, p.Dial()}.wantsEnd()
		first.Close()
		synctest.Wait()
		third := raw{t, p.Dial()}
		third.welcome()
		second.Close()
		third.Close()
	})
}

// TestServerRefuses: a server that is not filled in says so at once.
func TestServerRefuses(t *testing.T) {
	p := clock.Protocol()
	validator := func(context.Context, wevis.Login) (*wevis.User, error) { return nil, nil }
	for want, server := range map[string]*wevis.Server{
		"must have a Protocol, a Validator and a Room": {Validator: validator, Room: &wevis.Room{Protocol: p}},
		"must have a Protocol, a Validator and":        {Protocol: p, Room: &wevis.Room{Protocol: p}},
		"a room must be there":                         {Protocol: p, Validator: validator},
		"a room must have the same Protocol":           {Protocol: p, Validator: validator, Room: &wevis.Room{Protocol: clock.Protocol()}},
		`a room can't understand "Nonsense"`:           {Protocol: p, Validator: validator, Room: &wevis.Room{Protocol: p, Understands: []string{"WhoAmI", "Nonsense"}}},
	} {
		listener := testenv.NewPipes()
		refused(t, want, server.Serve(t.Context(), listener), want)
		if _, err := listener.Accept(); err == nil {
			t.Error("the listener is still open")
		}
		_, err := wevis.NewBridge(server)
		refused(t, want, err, want)
	}
}

// TestListenerEnds: a server whose listener was closed by another says so.
func TestListenerEnds(t *testing.T) {
	p := testenv.NewPipes()
	p.Close()
	refused(t, "serve", clock.NewServer().Serve(t.Context(), p), "use of closed network connection")
}

// broken is a listener that fails at first, as one does without open files left.
type broken struct {
	*testenv.Pipes
	failures int
}

func (b *broken) Accept() (net.Conn, error) {
	if b.failures > 0 {
		b.failures--
		return nil, errors.New("too many open files")
	}
	return b.Pipes.Accept()
}

// TestAcceptFails: a server outlives that no connection can be accepted.
func TestAcceptFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := testenv.NewPipes()
		serveAt(t, clock.NewServer(), &broken{p, 50})
		peer := raw{t, p.Dial()}
		peer.enter()
		peer.Close()
	})
}

// TestFrameLimits: a frame may be as long as is allowed and no longer, before
// the login and after it.
func TestFrameLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := clock.NewServer()
		server.Protocol.MaxFrame = 160 // a welcome takes 136
		server.Room.Understands = nil
		p, _ := serve(t, server)
		peer := raw{t, p.Dial()}
		peer.enter()
		frame := func(name int) []byte { // of YouAre
			return append(unhex(t, fmt.Sprintf("%02x000000 0b000000 %02x000000", 8+name, name)), make([]byte, name)...)
		}
		_, _ = peer.Write(frame(160 - 8))
		peer.send("04000000 0a000000")
		peer.wants("0f000000 0b000000 07000000 6d69636861656c")
		_, _ = peer.Write(frame(161 - 8)[:4])
		peer.wantsEnd()

		peer = raw{t, p.Dial()}
		peer.welcome()
		peer.send("00100000 04000000 f00f0000 00000000 00000000" + strings.Repeat("78", 4080))
		peer.wantsReject("Invalid credentials.")
		peer = raw{t, p.Dial()}
		peer.welcome()
		peer.send("01100000")
		peer.wantsEnd()
	})
}

// TestRun listens at an address of its own.
func TestRun(t *testing.T) {
	server := clock.NewServer()
	server.Address = "nonsense"
	refused(t, "run", server.Run(t.Context()), "missing port")
	server.Address = "127.0.0.1:0"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	refused(t, "run", server.Run(ctx), "")
}
