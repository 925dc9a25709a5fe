package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// A Visitor is a client as hooks see it.
type Visitor struct {
	Name   string      // a UUID, as in answers and in the log
	Header http.Header // as the backend gave it
}

// A Hook is called when something happens to a client. It may wait, for as long as
// ctx goes on, which is ten seconds. An error, or a panic, is logged and does no harm.
type Hook func(ctx context.Context, v Visitor) error

// Hooks are called for clients that were let in: when one came, when it sent "ping",
// and when it has gone, each in this order. Those of one client are called one after
// the other, for several clients at once. Pings that come while one waits are one.
type Hooks struct {
	Connect, Ping, Disconnect []Hook
}

const (
	maxErrands = 16               // hooks are called at once
	maxLine    = 100_000          // clients wait for theirs
	hookTime   = 10 * time.Second // is what one may take
)

// An event is what hooks are called for.
type event uint8

// The events are in the order in which they are told.
const (
	connect event = 1 << iota
	ping
	disconnect
)

// An errandsOf is what there is to tell of a client. It is guarded by the lock of the
// errands.
type errandsOf struct {
	events event
	inLine bool // or being told of
}

// Errands call hooks, each with a goroutine that goes on while there are any.
type errands struct {
	hooks  map[event][]Hook
	limit  int // of the line
	ctx    context.Context
	cancel context.CancelFunc

	failures complaint

	mu      sync.Mutex // guards what is below
	line    []*client
	runners int
	idle    chan struct{} // closed when the last runner ends; nil while none runs
	dropped int
}

func newErrands(h Hooks) *errands {
	e := &errands{limit: maxLine, hooks: map[event][]Hook{connect: h.Connect, ping: h.Ping, disconnect: h.Disconnect}}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	return e
}

// any says whether there are hooks at all.
func (e *errands) any() bool {
	return len(e.hooks[connect])+len(e.hooks[ping])+len(e.hooks[disconnect]) > 0
}

// add has the hooks called for what happened to a client. If too many clients wait
// for that, it is dropped and logged.
func (e *errands) add(c *client, what event) {
	if len(e.hooks[what]) == 0 {
		return
	}
	if e.put(c, what) {
		slog.Warn("hooks are too slow, and are not called for some clients", "waiting", e.limit)
	}
}

// put reports whether this is the first of a row that had to be dropped.
func (e *errands) put(c *client, what event) (overflows bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !c.errands.inLine && len(e.line) >= e.limit {
		e.dropped++
		return e.dropped == 1
	}
	c.errands.events |= what
	if !c.errands.inLine {
		c.errands.inLine = true
		e.line = append(e.line, c)
		e.start()
	}
	return false
}

// start starts a runner, if there may be more of them. The others may be waiting.
func (e *errands) start() {
	if e.runners == maxErrands {
		return
	}
	if e.runners++; e.runners == 1 {
		e.idle = make(chan struct{})
	}
	go e.run()
}

// run calls hooks until nobody is in the line.
func (e *errands) run() {
	for {
		c, events := e.next()
		if c == nil {
			return
		}
		for _, what := range []event{connect, ping, disconnect} {
			if events&what != 0 {
				e.tell(c, what)
			}
		}
		e.done(c)
	}
}

func (e *errands) next() (*client, event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.line) == 0 {
		e.line, e.dropped = nil, 0
		if e.runners--; e.runners == 0 {
			close(e.idle)
			e.idle = nil
		}
		return nil, 0
	}
	c := e.line[0]
	e.line[0] = nil // it is not kept for that it was here
	e.line = e.line[1:]
	events := c.errands.events
	c.errands.events = 0
	return c, events
}

// done puts a client at the end of the line to whom more has happened meanwhile. That
// may make it longer than the limit, by as many as there are runners.
func (e *errands) done(c *client) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c.errands.inLine = c.errands.events != 0; c.errands.inLine {
		e.line = append(e.line, c)
	}
}

func (e *errands) tell(c *client, what event) {
	for _, hook := range e.hooks[what] {
		if err := call(e.ctx, hook, Visitor{c.name, c.header}); err != nil {
			e.failures.warn("hooks fail", "client", c.name, "error", err)
		}
	}
}

func call(ctx context.Context, hook Hook, v Visitor) error {
	ctx, cancel := context.WithTimeout(ctx, hookTime)
	defer cancel()
	defer func() {
		if reason := recover(); reason != nil {
			slog.Error("a hook panicked", "client", v.Name, "panic", reason, "stack", string(debug.Stack()))
		}
	}()
	return hook(ctx, v)
}

// end waits until all hooks that there are to call were called, or for a time; then
// the context of those that are under way ends.
func (e *errands) end(patience time.Duration) {
	defer e.cancel()
	e.mu.Lock()
	idle := e.idle
	e.mu.Unlock()
	if idle == nil {
		return
	}
	select {
	case <-idle:
	case <-time.After(patience):
		slog.Warn("hooks take too long, the server goes down without them")
	}
}
