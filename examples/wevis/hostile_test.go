package wevis_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
	"github.com/rootspush/roots/internal/testenv"
)

// attacks are what a client may do. Whatever it is, the server goes on, and
// forgets the client.
var attacks = map[string]func(raw){
	"reset at once":      func(r raw) { r.reset() },
	"reset in the login": func(r raw) { r.welcome(); r.send("1e000000 0400"); r.reset() },
	"reset while it is answered": func(r raw) {
		r.enter()
		r.send(strings.Repeat("0c000000 0c000000 e8030000 e8030000", 100))
		r.reset()
	},
	"close at once":      func(raw) {},
	"half a frame":       func(r raw) { r.enter(); r.send("0c000000 0900") },
	"half a length":      func(r raw) { r.enter(); r.send("0c00") },
	"half a frame, FIN":  func(r raw) { r.enter(); r.send("0c000000 0900"); r.halfClose(); r.wantsEnd() },
	"huge frame":         func(r raw) { r.enter(); r.send("ffffffff"); r.wantsEnd() },
	"frame above 1 MiB":  func(r raw) { r.enter(); r.send("01001000"); r.wantsEnd() },
	"large login":        func(r raw) { r.welcome(); r.send("01100000"); r.wantsEnd() },
	"unknown number":     func(r raw) { r.enter(); r.send("04000000 ff000000"); r.wantsEnd() },
	"short frame":        func(r raw) { r.enter(); r.send("02000000 0900"); r.wantsEnd() },
	"wrong count":        func(r raw) { r.enter(); r.send("08000000 0b000000 ffffffff"); r.wantsEnd() },
	"trailing bytes":     func(r raw) { r.enter(); r.send("0a000000 0b000000 01000000 7878"); r.wantsEnd() },
	"bad UTF-8":          func(r raw) { r.enter(); r.send("09000000 0b000000 01000000 ff"); r.wantsEnd() },
	"bad UTF-8 in login": func(r raw) { r.welcome(); r.send("11000000 04000000 01000000 00000000 00000000 ff"); r.wantsEnd() },
	"HTTP":               func(r raw) { r.welcome(); r.send("474554202f20485454502f312e310d0a0d0a"); r.wantsEnd() },
	"empty frames":       func(r raw) { r.enter(); r.send(strings.Repeat("00000000", 10000)); r.halfClose(); r.wantsEnd() },
	"slow reader": func(r raw) {
		r.enter()
		// It asks for 24 MB and reads nothing.
		_, _ = r.Write(unhex(r.t, strings.Repeat("10000000 0c000000 e8030000 e8030000", 2000)))
	},
	"validator panics": func(r raw) { r.login("panic", "", r.welcome()); r.wantsReject("Invalid credentials.") },
	"validator hangs":  func(r raw) { r.login("hang", "", r.welcome()) },
}

func (r raw) reset() {
	_ = r.Conn.(*net.TCPConn).SetLinger(0)
	r.Close()
}

func (r raw) halfClose() {
	if err := r.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		r.t.Error(err)
	}
}

// newTarget returns a clock with a validator that can be made to panic and hang.
// It tells whether somebody is there whom it should have forgotten.
func newTarget(t *testing.T) (server *wevis.Server, address string) {
	server = clock.NewServer()
	validate, hang := server.Validator, make(chan struct{})
	server.Validator = func(ctx context.Context, l wevis.Login) (*wevis.User, error) {
		switch l.User {
		case "panic":
			panic("the validator")
		case "hang":
			<-hang
		case "healthy":
			return &wevis.User{Name: l.User}, nil
		}
		return validate(ctx, l)
	}
	address, stop := serveTCP(t, server)
	t.Cleanup(func() { stop(); close(hang) })
	return server, address
}

func dial(t testing.TB, address string) raw {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	return raw{t, must(t, conn, err)}
}

func TestHostileClients(t *testing.T) {
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			server, address := newTarget(t)
			healthy := newClient(address)
			healthy.User = "healthy"
			refused(t, "start", healthy.Start(t.Context()), "")
			defer healthy.Stop(t.Context())
			_, err := healthy.Receive(t.Context(), "ServerReady")
			refused(t, "ServerReady", err, "")
			for range 20 {
				attacker := dial(t, address)
				attack(attacker)
				refused(t, "queue", healthy.Queue(clock.WhoAmI{}), "")
				_, err := wevis.Receive[clock.YouAre](t.Context(), healthy)
				refused(t, "the answer after an attack", err, "")
				attacker.Close()
				waitForMembers(t, server, 1)
			}
		})
	}
}

// waitForMembers waits until so many are in the room, as those who have gone are
// noticed when the network says so.
func waitForMembers(t testing.TB, server *wevis.Server, want int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); len(server.Room.Members()) != want; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d members are in the room, want %d", len(server.Room.Members()), want)
		}
	}
}

// TestHostileServers: a client ends with an error, whatever its server does.
func TestHostileServers(t *testing.T) {
	for name, says := range map[string]string{
		"nothing": "", "half a frame": "0c000000 0900", "huge frame": "ffffffff", "unknown number": "04000000 ff000000",
		"bad UTF-8": "09000000 0b000000 01000000 ff", "short frame": "02000000 0900",
	} {
		for _, reset := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				defer must(t, listener, err).Close()
				var all sync.WaitGroup
				defer all.Wait()
				all.Go(func() {
					conn, err := listener.Accept()
					peer := raw{t, must(t, conn, err)}
					defer peer.Close()
					peer.send("0a000000 03000000 02000000 6162")
					peer.next()
					peer.send("04000000 06000000" + says)
					if reset {
						peer.reset()
					}
				})
				c := newClient(listener.Addr().String())
				if err := c.Start(t.Context()); err != nil {
					return // the reset was faster
				}
				if m, err := c.Receive(t.Context()); err == nil {
					t.Errorf("got %v", m)
				}
				c.Stop(t.Context())
			})
		}
	}
}

// FuzzServer: any bytes, before and after the login, cost the server nothing.
func FuzzServer(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(f, v.frame), false)
		f.Add(unhex(f, v.frame+"04000000"), true)
	}
	f.Fuzz(func(t *testing.T, bytes []byte, loggedIn bool) {
		server := clock.NewServer()
		server.PerUser = -1
		p, stop := serve(t, server)
		attacker, healthy := raw{t, p.Dial()}, raw{t, p.Dial()}
		if loggedIn {
			attacker.enter()
		}
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			for {
				if _, err := readFrame(attacker); err != nil {
					return
				}
			}
		}()
		_, _ = attacker.Write(bytes)
		healthy.enter()
		healthy.send("04000000 0a000000")
		healthy.wants("0f000000 0b000000 07000000 6d69636861656c")
		attacker.Close()
		healthy.Close()
		<-gone
		stop()
	})
}

// TestCrowd: 5,000 connections at once, each of which is answered; then all leave.
func TestCrowd(t *testing.T) {
	count := 5000
	if testenv.Race() {
		count = 500
	}
	server := clock.NewServer()
	server.PerUser = -1
	address, _ := serveTCP(t, server)
	clients := make([]*wevis.Client, count)
	var all sync.WaitGroup
	inTurn := make(chan struct{}, 10) // that knock at once: each has five seconds to log in
	for i := range clients {
		clients[i] = newClient(address)
		all.Go(func() {
			inTurn <- struct{}{}
			defer func() { <-inTurn }()
			refused(t, "start", clients[i].Start(t.Context()), "")
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	waitForMembers(t, server, count)
	receive := func(c *wevis.Client, name string) {
		_, err := c.Receive(t.Context(), name)
		refused(t, "receive", err, "")
	}
	for _, c := range clients { // who is a member is told so a moment later
		receive(c, "ServerReady")
	}
	refused(t, "send", server.Room.Send(clock.ItIs{Hours: 13, Minutes: 5}), "")
	for _, c := range clients {
		all.Go(func() {
			refused(t, "queue", c.Queue(clock.WhoAmI{}), "")
			receive(c, "ItIs")
			receive(c, "YouAre")
			c.Stop(t.Context())
		})
	}
	all.Wait()
	waitForMembers(t, server, 0)
}

// TestOrder: what many clients say at once arrives in the order of each.
func TestOrder(t *testing.T) {
	server := clock.NewServer()
	server.PerUser = -1
	latest := map[*wevis.Member]int32{}
	heard := make(chan bool, 100)
	server.Room.Understands = nil
	server.Room.Handle = func(from *wevis.Member, m *wevis.Message) {
		v, _ := wevis.As[clock.ItIs](m)
		heard <- v.Hours == latest[from]
		latest[from]++
	}
	address, _ := serveTCP(t, server)
	const clients, messages = 8, 2000
	for range clients {
		c := newClient(address)
		refused(t, "start", c.Start(t.Context()), "")
		defer c.Stop(context.Background())
		go func() {
			for i := range messages {
				if err := c.Queue(clock.ItIs{Hours: int32(i)}); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	for range clients * messages {
		if !<-heard {
			t.Fatal("a message came out of order")
		}
	}
}
