package firenze_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/firenze"
)

// A carrier is what connections are made of, and so how they are served.
type carrier struct {
	name string
	// run runs a test that has a rig and can dial it.
	run func(t *testing.T, options firenze.Options, test func(*walker))
}

var carriers = []carrier{
	{"held", onPipes},
	{"parked", onSockets},
	{"parked, repeats skip middleware", func(t *testing.T, options firenze.Options, test func(*walker)) {
		options.RepeatsSkipMiddleware = true
		onSockets(t, options, test)
	}},
}

// onPipes has goroutines hold the connections, in fake time.
func onPipes(t *testing.T, options firenze.Options, test func(*walker)) {
	bubble(t, options, func(t *testing.T, r *rig) {
		n := serve(t, r)
		test(&walker{rig: r, t: t, fake: true, dial: func() net.Conn { return n.connect(t) }})
	})
}

// onSockets has them parked.
func onSockets(t *testing.T, options firenze.Options, test func(*walker)) {
	r := newRig(t, options)
	addr := listen(t, r)
	test(&walker{rig: r, t: t, dial: func() net.Conn {
		conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(20 * time.Second)) // what takes so long does not come
		return conn
	}})
}

// A walker is a client that goes from transport to transport. It is told messages
// that are numbers, and checks that each comes once and in order.
type walker struct {
	*rig
	t       *testing.T
	fake    bool // time is
	dial    func() net.Conn
	session string
	told    int
	heard   int
	broken  int // ears
}

// settle lets the server do what it was asked for. Over sockets nobody can know
// when it has.
func (c *walker) settle() {
	if c.fake {
		synctest.Wait()
	}
}

func (c *walker) listen(t transport) *ear {
	e := t.listen(c.dial(), c.session)
	c.settle()
	return e
}

// begin opens a session.
func (c *walker) begin(t transport) *ear {
	c.t.Helper()
	e := c.listen(t)
	h, err := e.hear()
	if err != nil || len(h.Updates) > 0 {
		c.t.Fatalf("a session begins with %v (%v)", h, err)
	}
	c.session = h.ReconnectWith
	return e
}

// tell gives the client the next messages, each so long.
func (c *walker) tell(count, size int) {
	c.t.Helper()
	for range count {
		c.told++
		c.rig.tell(c.session, strconv.Itoa(c.told)+strings.Repeat(" ", size))
	}
}

// hear hears all that was told. If the ear ends, since a request before it comes
// later or since it was a poll, another takes its place.
func (c *walker) hear(e *ear) *ear {
	c.t.Helper()
	for c.heard < c.told {
		h, err := e.hear()
		if err == nil {
			c.take(h)
			continue
		}
		if c.broken++; c.fake || c.broken > 5 {
			c.t.Fatalf("after message %d: %v", c.heard, err)
		}
		e.Close()
		e = c.listen(e.transport)
	}
	return e
}

func (c *walker) take(h heard) {
	c.t.Helper()
	if idOf(h.ReconnectWith) != idOf(c.session) {
		c.t.Fatalf("session %s became %s", c.session, h.ReconnectWith)
	}
	c.session = h.ReconnectWith
	for _, u := range h.Updates {
		if message := strings.TrimRight(u.Message, " "); message != strconv.Itoa(c.heard+1) {
			c.t.Fatalf("message %s came instead of %d", message, c.heard+1)
		}
		c.heard++
	}
}

// A trouble is what happens to an ear that listens before the client turns to
// another.
type trouble struct {
	name   string
	happen func(c *walker, e *ear)
}

var troubles = []trouble{
	{"none", func(c *walker, e *ear) { c.tell(1, 0); c.hear(e); e.Close() }},
	{"left open", func(c *walker, e *ear) {}},
	{"left open with more to hear", func(c *walker, e *ear) { c.tell(2, 0); c.settle() }},
	{"cut", func(c *walker, e *ear) { e.Close(); c.tell(1, 0) }},
	{"cut, and nobody noticed", func(c *walker, e *ear) { c.tell(2, 0); e.Close() }},
	{"cut within", func(c *walker, e *ear) { c.tell(2, 0); io.ReadFull(e.Conn, make([]byte, 60)); e.Close() }},
	{"cut within much", func(c *walker, e *ear) { c.tell(1, 100_000); io.ReadFull(e.Conn, make([]byte, 50_000)); e.Close() }},
	{"answer lost", func(c *walker, e *ear) { c.tell(2, 0); e.hear(); e.Close() }},
	{"answer lost and asked again", func(c *walker, e *ear) {
		c.tell(2, 0)
		e.hear()
		c.listen(e.transport).hear()
		c.tell(1, 0)
	}},
	{"doubled", func(c *walker, e *ear) { c.listen(e.transport); c.tell(2, 0); c.settle() }},
	{"doubled, both heard", func(c *walker, e *ear) {
		double := c.listen(e.transport)
		c.tell(2, 0)
		e.hear()
		double.hear()
	}},
	{"request cut", func(c *walker, e *ear) {
		for _, t := range transports {
			conn := c.dial()
			request := (&ear{transport: t, session: c.session}).request()
			fmt.Fprint(conn, request[:len(request)-3])
			c.settle()
			conn.Close()
		}
		c.tell(1, 0)
	}},
	{"old tokens late", func(c *walker, e *ear) {
		old := c.session
		c.tell(2, 0)
		e = c.hear(e)
		e.ask()
		for _, t := range transports {
			t.listen(c.dial(), old)
			c.settle()
		}
		c.tell(1, 0)
	}},
	{"stalled", func(c *walker, e *ear) {
		c.tell(12, 60_000)
		if c.fake {
			pass(firenze.WriteTimeout + 1)
		}
	}},
}

// TestCrossing turns from each transport to each, on each carrier, after each
// trouble, with messages that were written but not confirmed, that are queued,
// and that come during the switch. Each arrives once and in order.
func TestCrossing(t *testing.T) {
	for _, on := range carriers {
		for _, from := range transports {
			for _, to := range transports {
				for _, trouble := range troubles {
					t.Run(fmt.Sprint(on.name, "/", from.name, " to ", to.name, "/", trouble.name), func(t *testing.T) {
						on.run(t, firenze.Options{}, func(c *walker) { c.cross(from, to, trouble) })
					})
				}
			}
		}
	}
}

func (c *walker) cross(from, to transport, trouble trouble) {
	e := c.begin(from)
	c.tell(2, 0)
	e = c.hear(e)
	e.ask()
	c.settle()
	trouble.happen(c, e)
	c.tell(2, 0)
	other := c.listen(to)
	c.tell(2, 0)
	other = c.hear(other)
	c.tell(1, 0)
	c.hear(other) // which would show what came twice
	if got := c.Stats(); got.Sessions != 1 {
		c.t.Errorf("%d sessions are left", got.Sessions)
	}
}
