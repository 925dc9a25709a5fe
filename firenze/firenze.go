// Package firenze serves pushes to browsers. A client opens a session, gets an
// id, and from then on every update that is given to the Thestral with that id
// reaches it, in order and exactly once, as long as it comes back in time.
//
// Firenze is an http.Handler. It takes Thestrals in with a [Registry], Dolores
// as a rule; a dispatcher such as Pig tells them what they hear.
//
//	request                      answer
//	GET    /                     a new session, at once
//	GET    /ID/TOKEN             what there is to say, as soon as there is something
//	 … Accept: text/event-stream the same as Server-Sent Events, without end
//	 … Upgrade: websocket        the same over a WebSocket
//	POST   /ID/TOKEN             takes updates from the client, [{"path":…,"message":…}]
//	DELETE /ID/TOKEN             204, and the session is over
//	POST   /ID/TOKEN/bye         the same, for navigator.sendBeacon
//	GET    /pomona.js            the client for browsers; pomona.d.ts has its types
//
// All are below the prefix that the handler is mounted at with http.StripPrefix.
// An answer to a poll, and a frame of a WebSocket, is
//
//	{"updates":[{"path":"my/data","message":"text"}],"reconnectWith":"ID/TOKEN"}
//
// and the client asks next for what the newest reconnectWith says, in whichever
// transport it likes. The id of an event is the same, so that a browser's
// EventSource resumes by itself.
//
// # Guarantees
//
//   - A session is whole or it is over. As long as its id stays the same, a
//     client has every message, once and in order, whatever requests, answers or
//     connections were lost or came twice on the way, in whatever transport.
//   - TOKEN says what the client has received, so nothing is forgotten before.
//     It also holds the secret of the session; the id does not.
//   - A session is over when the client says good-bye, stays without a request
//     for [Absence], or leaves more lying than [MaxMessages], [MaxBytes] or
//     [MaxAge] allow. Its next request is answered with a new session, whose id
//     is another, so that it knows and loads its data anew. An id or a key that
//     is wrong is answered in the same way.
//   - What was written to a stream and is not confirmed is kept within the same
//     bounds, the oldest forgotten first. A client that comes back from before
//     what is kept gets a new session too.
//   - A second request of a session ends the first and takes its place.
//   - What a client sends up is handed on in order. A post that is numbered
//     (?number=N, from 1 on) is taken once, however often it comes.
//   - Update does not wait for any client, and a slow one costs only itself. A
//     message is encoded once, however many clients get it.
//
// Less formally: a client may lose its connection, change it or its kind at any
// moment, and notices nothing; or it notices that it has to start anew.
//
// # What a client costs
//
// A client that waits over HTTP/1.1 has neither a goroutine nor a buffer: its
// connection is parked, see package parking. With TLS or HTTP/2 it waits in the
// goroutine of its request. Sessions are swept, not timed one by one, so that a
// hold may last up to two seconds longer. WebSockets are not compressed: that
// would take memory for each.
//
// # More than one
//
// A session can go on in another Firenze, on another machine or in the next process:
// [Firenze.Release] gives it away as it is, and [Firenze.TakeUp] takes it. With Fetch
// in [Options] it comes to where its client asks for it.
//
// # What is kept
//
// Nothing is kept beyond these bounds, and nothing on disk. With "GET /?latest"
// a client asks for a session that keeps only the latest message of each path:
// then a newer one takes the place of one that it has not received yet. Control
// paths are left out of this.
package firenze

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rootspush/roots/firenze/parking"
	"github.com/rootspush/roots/thestral"
)

// What a session may keep for a client that does not fetch it.
const (
	MaxMessages = 1000
	MaxBytes    = 1 << 20 // of messages in their JSON form
	MaxAge      = time.Minute
)

// Absence is how long a session lives without a request.
const Absence = 30 * time.Second

// DefaultHold is how long a poll waits. It is half of what proxies allow.
const DefaultHold = 30 * time.Second

// DefaultMaxSessions is how many sessions there may be at a time.
const DefaultMaxSessions = 100_000

// writeTimeout is how long a client may take to accept an answer.
const writeTimeout = 5 * time.Second

// bodyTimeout is how long a client may take to send a body, which no request
// needs.
const bodyTimeout = 10 * time.Second

// A Registry gives ids to Thestrals and announces who came and who went;
// *dolores.Dolores is one. An id is made of characters that mean nothing special
// in a URL or in JSON. All methods are called from many goroutines and must not
// wait.
type Registry interface {
	Register(thestral.Thestral) (id string)
	Adopt(id string, t thestral.Thestral) error // takes in whom another registry gave this id
	Unregister(id string)
}

// A Session is a client as others see it: what is registered, and the sender of
// what it sends up. To answer it is to call its Update.
type Session interface {
	thestral.Thestral
	ID() string // which the registry gave it
}

// Options are what may be chosen about a Firenze. The zero value is good.
type Options struct {
	// Hold is how long a poll waits for something to say. 0 stands for
	// [DefaultHold].
	Hold time.Duration
	// Delay is how long a poll goes on gathering once there is something. 0 does
	// not gather.
	Delay time.Duration
	// Origins are the sites, as in "https://example.org", whose pages may use
	// this Firenze although they come from elsewhere. By default none may.
	Origins []string
	// Incoming gets what clients send up, with their [Session] as the sender: see
	// thestral on who is called how. Control paths never get here, but put a filch
	// before it, which knows who may say what. With nil, the default, posts are
	// answered 403.
	Incoming thestral.Thestral
	// RepeatsSkipMiddleware lets a poll that follows another on its connection be
	// answered without the server and the handlers before this one, for less than
	// half of the cost. They see the first request of each connection, and all
	// those that are not plain polls.
	RepeatsSkipMiddleware bool
	// Fetch, if it is not nil, is called when a request comes for a session that is
	// not here. If it finds that elsewhere, and key is its key, it brings it with
	// [Firenze.TakeUp] and reports true. After an error the request is answered 503,
	// so that the client tries again. It may wait, as long as ctx goes on, and is
	// called from many goroutines at once.
	Fetch func(ctx context.Context, id, key string) (found bool, err error)
	// Elsewhere, if it is not nil, gets what is said to a session after it was
	// released: an answer of a program that has kept the [Session], say.
	Elsewhere func(sender thestral.Thestral, id, path, message string)
	// MaxSessions bounds the sessions; more are answered 503. 0 stands for
	// [DefaultMaxSessions].
	MaxSessions int

	// The bounds of each session. 0 stands for [MaxMessages], [MaxBytes],
	// [MaxAge] and [Absence].
	MaxMessages int
	MaxBytes    int
	MaxAge      time.Duration
	Absence     time.Duration
}

// Firenze holds the sessions. All methods may be called from many goroutines at
// once.
type Firenze struct {
	registry Registry
	options  Options
	limits   limits
	frames   frames
	incoming thestral.Prompt // nil if nothing is taken
	lot      *parking.Lot
	held     sync.WaitGroup // the WebSockets that are not parked
	clients  sync.Map       // id -> *client
	draining chan struct{}

	started time.Time
	clock   atomic.Int64           // coarse nanoseconds since started
	date    atomic.Pointer[string] // for the heads of answers

	counters counters

	mu       sync.Mutex // guards what is below
	sessions int
	sweeping chan struct{} // closed when the sweeper has ended; nil while none runs
	drained  bool
	closed   chan struct{}
}

// New returns a Firenze whose sessions are registered with registry.
func New(registry Registry, options Options) *Firenze {
	options.Hold = orDefault(options.Hold, DefaultHold)
	options.MaxSessions = orDefault(options.MaxSessions, DefaultMaxSessions)
	f := &Firenze{
		registry: registry,
		lot:      parking.New(parking.Options{WriteTimeout: writeTimeout}),
		options:  options,
		limits: limits{
			messages: orDefault(options.MaxMessages, MaxMessages),
			bytes:    orDefault(options.MaxBytes, MaxBytes),
			age:      orDefault(options.MaxAge, MaxAge),
			absence:  orDefault(options.Absence, Absence),
		},
		draining: make(chan struct{}),
		closed:   make(chan struct{}),
		started:  time.Now(),
	}
	if options.Incoming != nil {
		f.incoming = thestral.Prompted(options.Incoming)
	}
	f.renew()
	return f
}

func orDefault[T int | time.Duration](value, standard T) T {
	if value <= 0 {
		return standard
	}
	return value
}

// Drain lets everybody go: polls that wait are answered at once with what there
// is, and so are later ones; new sessions are refused with 503. It does not
// wait, and may be called twice. Give it to http.Server.RegisterOnShutdown.
func (f *Firenze) Drain() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.drained {
		f.drained = true
		close(f.draining)
		for conn := range f.lot.All() {
			conn.Wake()
		}
	}
}

func (f *Firenze) isDraining() bool {
	select {
	case <-f.draining:
		return true
	default:
		return false
	}
}

func (f *Firenze) isClosed() bool {
	select {
	case <-f.closed:
		return true
	default:
		return false
	}
}

// Room is how many more sessions there may be.
func (f *Firenze) Room() int { return f.options.MaxSessions - f.count() }

// count is how many sessions there are.
func (f *Firenze) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sessions
}

// Close drains, ends every session and waits until nothing runs any more.
func (f *Firenze) Close() {
	f.Drain()
	f.mu.Lock()
	if !f.isClosed() {
		close(f.closed)
	}
	sweeping := f.sweeping
	f.mu.Unlock()
	if sweeping != nil {
		<-sweeping
	}
	f.lot.Close()
	f.held.Wait()
}
