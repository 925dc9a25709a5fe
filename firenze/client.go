package firenze

import (
	"sync"

	"github.com/rootspush/roots/thestral"
)

// A client is a session as others see it: a Thestral with an id and a key.
type client struct {
	firenze *Firenze
	id, key string

	mu sync.Mutex // guards session
	session
}

var _ thestral.Prompt = (*client)(nil)

// Update queues a message for the client.
func (c *client) Update(_ thestral.Thestral, path, message string) {
	f, now := c.firenze.frames.frame(path, message), c.firenze.now()
	c.mu.Lock()
	w := c.publish(now, f)
	c.mu.Unlock()
	w.tell()
}

// Next returns nil: a client is where updates leave the process.
func (c *client) Next() []thestral.Thestral { return nil }

// expects says whether more may come for w, which was told. If not, it was told
// that another poll took its place, or that the session is over.
func (c *client) expects(w *waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiter == w && c.over == going
}

// A waiter is a poll that waits in its goroutine.
type waiter struct {
	news chan struct{} // has room for one
}

func newWaiter() *waiter { return &waiter{make(chan struct{}, 1)} }

// tell wakes the poll. There may be none to be woken.
func (w *waiter) tell() {
	if w == nil {
		return
	}
	select {
	case w.news <- struct{}{}:
	default:
	}
}
