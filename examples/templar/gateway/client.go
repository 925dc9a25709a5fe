package gateway

import (
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rootspush/roots/examples/templar/rooms"
	"github.com/rootspush/roots/examples/templar/uuid"
	"github.com/rootspush/roots/internal/websocket"
	"github.com/rootspush/roots/thestral"
)

// A client is one websocket. What is above the lock is touched by one goroutine at a
// time, that of a poller or its own, and so needs none.
type client struct {
	gateway *Gateway
	name    string     // a UUID, for the client and the log
	id      string     // which Dolores gave it; empty for one that is refused
	allowed rooms.Tree // does not change
	header  http.Header
	errands errandsOf

	reader websocket.Reader
	head   []byte // to be sent first; nil once it was
	parted bool   // good-bye was said, and the client is to close
	due    atomic.Int64

	mu      sync.Mutex // guards what is below
	line    line       // nil before the connection is there
	left    bool       // it counts no more
	rooms   map[string]*visit
	size    subscribed
	queue   []publish
	waiting int  // bytes of data in the queue
	slow    bool // too much was waiting
}

// A line wakes whoever serves the connection, or closes it. Neither waits, and Wake
// may be called with locks held.
type line interface {
	Wake()
	Close()
}

// A publish is what is to be sent to one subscription.
type publish struct {
	request
	data string
}

var _ thestral.Prompt = (*client)(nil)

// newClient makes a client out of what the backend said. After an error, or if what
// it allows are no rooms, that is one who is refused.
func (g *Gateway) newClient(response []byte, access Access, err error) *client {
	c := &client{gateway: g, name: uuid.New(), reader: websocket.Reader{Limit: MaxMessage}}
	if err == nil {
		err = c.allow(access.Allowed)
	}
	key := "is_authorized"
	if g.options.IsAuthenticated {
		key = "is_authenticated"
	}
	if err != nil {
		g.refusals.warn("clients are refused", "client", c.name, "error", err)
		c.head = websocket.Append(response, websocket.Text, `{"`+key+`": false}`)
		c.wakeIn(refusalPause)
		return c
	}
	slog.Debug("a client comes", "client", c.name)
	c.head = websocket.Append(response, websocket.Text, `{"`+key+`": true, "allowed_rooms": [`+list(access.Allowed)+`]}`)
	c.wakeIn(Inactivity)
	if g.errands.any() {
		c.header = access.Header
	}
	c.id = g.dolores.Register(c)
	g.counters.open.Add(1)
	g.errands.add(c, connect)
	return c
}

// Update queues a message for each subscription to the room that has this path. The
// empty message only says that the client is in the room.
func (c *client) Update(_ thestral.Thestral, path, data string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if data == "" || c.left || c.slow || c.rooms[path] == nil {
		return
	}
	for _, r := range c.rooms[path].requests {
		c.queue = append(c.queue, publish{r, data})
		c.waiting += len(data)
	}
	c.gateway.counters.queued.Add(int64(len(c.rooms[path].requests)))
	if len(c.queue) > MaxQueued || c.waiting > MaxQueuedBytes {
		c.slow = true
		c.drop()
	}
	c.ring()
}

// Next returns nil: a client is where updates leave the process.
func (c *client) Next() []thestral.Thestral { return nil }

// drop gives up what is queued. The caller holds the lock.
func (c *client) drop() {
	c.gateway.counters.queued.Add(-int64(len(c.queue)))
	c.gateway.counters.errors.Add(uint64(len(c.queue)))
	c.queue, c.waiting = nil, 0
}

// listen lets the client be woken from now on, which it is.
func (c *client) listen(l line) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.line = l
	c.ring()
}

// wake has the client look what there is to do.
func (c *client) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ring()
}

// ring is wake for callers who hold the lock.
func (c *client) ring() {
	if c.line != nil {
		c.line.Wake()
	}
}

// wakeIn has it woken when so much time has passed, or a [tick] later.
func (c *client) wakeIn(d time.Duration) {
	c.due.Store(int64(time.Since(c.gateway.started) + d))
	if d < Inactivity {
		time.AfterFunc(d, c.wake)
	}
}

func (c *client) isDue() bool { return int64(time.Since(c.gateway.started)) >= c.due.Load() }

// leave ends all that the client is a part of. It may be called again.
func (c *client) leave() {
	c.mu.Lock()
	was := c.left
	c.left = true
	var visited []rooms.Room
	for _, v := range c.rooms {
		visited = append(visited, v.room)
	}
	c.rooms = nil
	c.drop()
	c.mu.Unlock()
	if was || c.id == "" {
		return
	}
	c.gateway.hall.remove(visited...)
	c.gateway.dolores.Unregister(c.id)
	c.gateway.counters.open.Add(-1)
	slog.Debug("a client goes", "client", c.name)
	c.gateway.errands.add(c, disconnect)
}

// forget ends what leave ends, and gives the place back. It is called when there is no
// connection any more, and may be called again.
func (c *client) forget() {
	c.leave()
	c.gateway.forget(c)
}

// cut ends the connection of a client that does not end it.
func (c *client) cut() {
	c.mu.Lock()
	l := c.line
	c.mu.Unlock()
	if l != nil {
		l.Close()
	}
	c.forget()
}
