package nats

import (
	"context"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestMain(m *testing.M) {
	os.Exit(testenv.Main(m, "connectors/nats.("))
}

// startNATS starts a NATS server in this process, until the test ends. Port 0
// picks one.
func startNATS(t testing.TB, port int) *server.Server {
	t.Helper()
	if port == 0 {
		port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the NATS server does not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

// freePort returns one at which a NATS server can be started, again and again.
func freePort(t testing.TB) int {
	t.Helper()
	at, err := net.ResolveTCPAddr("tcp", testenv.FreeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	return at.Port
}

// A house is a node with its Dolores and its Pig.
type house struct {
	*Node
	dolores *dolores.Dolores
	pig     *pig.Pig
	adopted sync.Map // id -> thestral.Thestral, which another node gave it to
}

// Lookup finds those with an id of this node, and those that were adopted.
func (h *house) Lookup(id string) (thestral.Thestral, bool) {
	if t, ok := h.adopted.Load(id); ok {
		return t.(thestral.Thestral), true
	}
	return h.dolores.Lookup(id)
}

// build joins a node, until the test ends. Change may do more to its options. It
// may be called from any goroutine.
func build(t testing.TB, name, url string, change ...func(*Options)) *house {
	t.Helper()
	d, err := dolores.New(name)
	if err != nil {
		panic(err)
	}
	h := &house{dolores: d}
	h.pig = pig.New(h, pig.Options{})
	options := Options{Name: name, URL: url}
	for _, do := range change {
		do(&options)
	}
	if h.Node, err = Join(h, h.pig, options); err != nil {
		panic(err)
	}
	d.Delegate(h.Node)
	t.Cleanup(h.Close)
	return h
}

// member registers a receiver that keeps what it is told.
func (h *house) member() (id string, got *thestraltest.Recorder) {
	got = new(thestraltest.Recorder)
	return h.dolores.Register(got), got
}

// say gives an update, and waits until NATS has it.
func (h *house) say(t testing.TB, path, message string) {
	t.Helper()
	h.dolores.Update(nil, path, message)
	h.flush(t)
}

func (h *house) flush(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := h.Flush(ctx); err != nil {
		t.Fatalf("node %s can't flush: %v", h.name, err)
	}
}

// A cable leads to a NATS server. It can be cut and mended, and made so bad that
// nothing comes through although it is there.
type cable struct {
	target   string
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex // guards what is below
	cut   bool
	lame  chan struct{} // closed when it is no more; nil while all is well
	ended bool
	conns map[net.Conn]struct{}
}

func layCable(t testing.TB, target string) *cable {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{target: target, listener: l, conns: map[net.Conn]struct{}{}}
	c.running.Go(c.accept)
	t.Cleanup(c.close)
	return c
}

func (c *cable) url() string { return "nats://" + c.listener.Addr().String() }

func (c *cable) accept() {
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.running.Go(func() {
			far, err := net.Dial("tcp", c.target)
			if err != nil || !c.keep(near, far) {
				near.Close()
				return
			}
			c.running.Go(func() { c.carry(near, far) })
			c.carry(far, near)
		})
	}
}

// keep notes the two ends, unless the cable is cut.
func (c *cable) keep(near, far net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut || c.ended {
		far.Close()
		return false
	}
	c.conns[near], c.conns[far] = struct{}{}, struct{}{}
	return true
}

// carry copies until either end is closed, and waits while the cable is lame.
func (c *cable) carry(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	piece := make([]byte, 4096)
	for {
		n, err := from.Read(piece)
		if err != nil {
			return
		}
		c.mu.Lock()
		lame := c.lame
		c.mu.Unlock()
		if lame != nil {
			<-lame
		}
		if _, err := to.Write(piece[:n]); err != nil {
			return
		}
	}
}

// sever cuts the cable; what is under way is lost.
func (c *cable) sever() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
	for conn := range c.conns {
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
	clear(c.conns)
}

func (c *cable) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = false
}

// stall lets nothing through until heal.
func (c *cable) stall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lame == nil {
		c.lame = make(chan struct{})
	}
}

func (c *cable) heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lame != nil {
		close(c.lame)
		c.lame = nil
	}
}

func (c *cable) close() {
	c.listener.Close()
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.heal()
	c.sever()
	c.running.Wait()
}

// A counter counts what comes.
type counter struct{ n atomic.Int64 }

func (c *counter) Update(thestral.Thestral, string, string) { c.n.Add(1) }
func (c *counter) Next() []thestral.Thestral                { return nil }
func (c *counter) load() int                                { return int(c.n.Load()) }
