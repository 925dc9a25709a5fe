package firenze

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rootspush/roots/firenze/parking"
	"github.com/rootspush/roots/thestral"
)

// A client is a session as others see it: a Thestral with an id and a key. Its
// fields, the session's too, stand so that a delivery needs the first two cache lines
// and no other, each with something that never changes for prepare.
type client struct {
	firenze *Firenze
	token   string        // "ID/KEY-": with a number, it is what the client reconnects with
	conn    *parking.Conn // of the waiter, if it is parked
	mu      sync.Mutex    // guards the session, conn and inbox
	session
	inbox *inbox // nil before the client sends anything
	began time.Duration
	id    string
}

var (
	_ thestral.Prompt = (*client)(nil)
	_ Session         = (*client)(nil)
)

// ID returns what the registry gave it. It is known before anything is sent up.
func (c *client) ID() string { return c.id }

// Update queues a message for the client, or hands it on if the session moved.
func (c *client) Update(sender thestral.Thestral, path, message string) {
	if c.queues(path, message) == moved && c.firenze.options.Elsewhere != nil {
		c.firenze.options.Elsewhere(sender, c.id, path, message)
	}
}

// queues returns why it does not, or going.
func (c *client) queues(path, message string) ending {
	f := c.firenze.frames.frame(c, path, message)
	var conn *parking.Conn
	c.mu.Lock()
	if w := c.publish(f); w != nil {
		if conn = c.conn; conn == nil {
			w.tell()
		}
	}
	over := c.over
	c.mu.Unlock()
	if conn != nil {
		c.firenze.lot.WakeHere(conn)
	}
	return over
}

// Next returns nil: a client is where updates leave the process.
func (c *client) Next() []thestral.Thestral { return nil }

// What keeps a request from a session that was found.
var (
	errMoved = errors.New("the session is no longer here, it is to be found anew")
	errLost  = errors.New("the session can't go on, a new one has to begin")
)

// enter begins a request with what its client says that it received. If it returns
// an error w is not attached.
func (c *client) enter(number uint64, w *waiter) (ready bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over == moved:
		return false, errMoved
	case c.over != going, !c.resume(number):
		return false, errLost
	}
	displaced, ready := c.attach(w)
	displaced.tell()
	c.conn = w.conn()
	return ready, nil
}

// leave ends the wait of w, whose connection is no more.
func (c *client) leave(w *waiter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.detach(c.firenze.setClock(), w)
	if c.conn == w.conn() {
		c.conn = nil // it is not kept for that it was here
	}
}

// prepare reads what an answer needs, so that it is near when that is written. No lock
// is needed for what never changes.
func (c *client) prepare() byte { return c.token[0] + byte(c.limits.messages) }

// expects says whether more may come for w, which was told. If not, it was told
// that another request took its place, or that the session is over.
func (c *client) expects(w *waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiter == w && c.over == going
}

// isQuiet says that there is nothing to say to w.
func (c *client) isQuiet(w *waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiter == w && !c.woken
}

// A waiter is where the messages of a session go for now: a poll that waits, or
// a stream.
type waiter struct {
	line line         // nil until it can be told; guarded by the lock of the client
	due  atomic.Int64 // when the waiter wants to be told in any case, in nanoseconds of the Firenze's clock
	kind Transport    // never changes
}

// A line wakes whoever serves a connection: a poller or a goroutine. Wake does not
// wait, and may be called with a lock held.
type line interface{ Wake() }

// conn returns the connection of a waiter that is parked. The caller holds the lock
// of the client.
func (w *waiter) conn() *parking.Conn {
	conn, _ := w.line.(*parking.Conn)
	return conn
}

// tell wakes the waiter. There may be none to be woken. The caller holds the lock
// of the client.
func (w *waiter) tell() {
	if w != nil && w.line != nil {
		w.line.Wake()
	}
}

// wakeIn has the waiter told when so much time has passed.
func (w *waiter) wakeIn(now, d time.Duration) { w.due.Store(int64(now + d)) }

func (w *waiter) isDue(now time.Duration) bool { return int64(now) >= w.due.Load() }

// listen lets w be told from now on.
func (c *client) listen(w *waiter, l line) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w.line = l
	if c.waiter == w {
		c.conn = w.conn()
	}
}
