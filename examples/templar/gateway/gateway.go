package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/filch"
	"github.com/rootspush/roots/firenze/parking"
	"github.com/rootspush/roots/pig"
)

// What a client may make the gateway hold.
const (
	// MaxMessage is how long a message of a client may be, in bytes.
	MaxMessage = 64 << 10
	// MaxSubscriptions is how many subscriptions a client has at most.
	MaxSubscriptions = 1000
	// MaxSubscribed is how many bytes of rooms and requestIds they may have in all.
	MaxSubscribed = 256 << 10
	// MaxQueued is how many messages may wait for a client, one for each subscription.
	MaxQueued = 10_000
	// MaxQueuedBytes is how much data they may have in all. In memory it is shared
	// by all that get the same.
	MaxQueuedBytes = 8 << 20
)

// Inactivity is how long a client may say nothing. Pings and pongs of the protocol
// do not count, messages do.
const Inactivity = 300 * time.Second

// DefaultMaxConnections is how many clients there may be where nothing else was
// chosen.
const DefaultMaxConnections = 100_000

const (
	refusalPause = 100 * time.Millisecond // between a refusal and the end
	partingTime  = 5 * time.Second        // that a client has to close after the server did
	writeTimeout = 5 * time.Second        // that a client has to take something
	tick         = time.Second            // between two looks at who is inactive
)

// An Access is what a client may do.
type Access struct {
	// Allowed are rooms, and permissions with stars.
	Allowed []json.RawMessage
	// Header is what hooks are given of the client's request.
	Header http.Header
}

// A Backend says who may come in. Authenticate gets the request of each client that
// connects, and may wait as long as the context of the request goes on. After an
// error, or if something among the allowed rooms is none, the client is refused. It is
// called from many goroutines at once. [API] is one.
type Backend interface {
	Authenticate(r *http.Request) (Access, error)
}

// Options are what may be chosen about a Gateway. The zero value of all but Backend
// is what the clients of the original know.
type Options struct {
	Backend Backend
	Hooks   Hooks
	// Echo has the answers to subscriptions and unsubscriptions begin with the
	// requestId, so that a client can have several under way.
	Echo bool
	// IsAuthenticated names the first key of a client "is_authenticated", and not
	// "is_authorized".
	IsAuthenticated bool
	// PrivateStatus does not tell clients the status. [Gateway.Trusted] does.
	PrivateStatus bool
	// Origins are the sites, as in "https://example.org", whose pages may open a
	// websocket, beside those of this host. Empty lets pages of all sites do so, with
	// the cookies of their users.
	Origins []string
	// MaxConnections bounds the clients; more are answered 503. 0 stands for
	// [DefaultMaxConnections].
	MaxConnections int
}

// A Gateway holds the clients. All methods may be called from many goroutines at once.
type Gateway struct {
	options  Options
	dolores  *dolores.Dolores
	pig      *pig.Pig
	door     *filch.Filch
	hall     hall
	lot      *parking.Lot
	errands  *errands
	started  time.Time
	counters counters
	refusals complaint
	taken    chan Publication

	draining atomic.Bool

	mu      sync.Mutex // guards what is below, and setting draining
	places  int        // that are taken, also by those who are still being asked about
	clients map[*client]struct{}
	empty   chan struct{} // closed when draining, and no place is taken
}

// New returns a gateway whose clients are registered with d, and makes a Pig her
// delegate. It does nothing before [Gateway.Run] is called.
func New(d *dolores.Dolores, options Options) *Gateway {
	if options.MaxConnections <= 0 {
		options.MaxConnections = DefaultMaxConnections
	}
	g := &Gateway{
		options: options,
		dolores: d,
		pig:     pig.New(d, pig.Options{}),
		lot:     parking.New(parking.Options{WriteTimeout: writeTimeout}),
		errands: newErrands(options.Hooks),
		started: time.Now(),
		taken:   make(chan Publication),
		clients: map[*client]struct{}{},
		empty:   make(chan struct{}),
	}
	g.hall.pig = g.pig
	g.door = filch.Guard(&g.hall, mayEnter)
	d.Delegate(g.pig)
	return g
}

// Run does the work of the gateway until ctx ends. Then clients are sent what is
// queued for them, and have 5 s to close, as hooks have to end. It is called once, and
// returns nil when nothing runs any more. It may be put into the care of Dolores,
// before the servers that use it.
func (g *Gateway) Run(ctx context.Context) error {
	var announcing sync.WaitGroup
	announcing.Go(func() { g.announceAll(ctx) })
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ticker.C:
			g.wake((*client).isDue)
		case <-ctx.Done():
		}
	}
	announcing.Wait()
	g.drain()
	return nil
}

// drain lets everybody go.
func (g *Gateway) drain() {
	g.mu.Lock()
	g.draining.Store(true)
	if g.places == 0 {
		close(g.empty)
	}
	g.mu.Unlock()
	g.wake(everyone)
	select {
	case <-g.empty:
	case <-time.After(partingTime):
	}
	for _, c := range g.those(everyone) {
		c.cut()
	}
	g.lot.Close()
	g.errands.end(partingTime)
}

// take takes a place for a client, if there is one.
func (g *Gateway) take() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining.Load() || g.places == g.options.MaxConnections {
		return false
	}
	g.places++
	return true
}

// vacate gives a place back.
func (g *Gateway) vacate() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free()
}

// forget gives the place of a client back. It may be called again.
func (g *Gateway) forget(c *client) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, known := g.clients[c]; known {
		delete(g.clients, c)
		g.free()
	}
}

// free is vacate for callers who hold the lock.
func (g *Gateway) free() {
	if g.places--; g.places == 0 && g.draining.Load() {
		close(g.empty)
	}
}

// enter makes a client known that has a place.
func (g *Gateway) enter(c *client) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.clients[c] = struct{}{}
}

// wake has clients look what there is to do.
func (g *Gateway) wake(which func(*client) bool) {
	for _, c := range g.those(which) {
		c.wake()
	}
}

func (g *Gateway) those(which func(*client) bool) (some []*client) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.clients {
		if which(c) {
			some = append(some, c)
		}
	}
	return some
}

func everyone(*client) bool { return true }
