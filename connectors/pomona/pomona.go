// Package pomona hears pushes in a Go program, as the module pomona.js does in
// a browser: it keeps a session with Firenze, asks a back-end to connect paths
// to it, and hands their messages to Thestrals.
//
//	On(path, t)       the back-end is asked to connect the path
//	empty message     the path is connected: whatever was said before may have been missed
//	other messages    the news of the path, in order, each once
//	empty message     messages may have been missed again: load what they are about anew
//
// So a receiver that loads its data whenever the empty message comes is always
// up to date, and never overwrites something new with something old, as what
// comes while it loads waits behind it.
//
// # Guarantees
//
//   - Messages of a path reach each receiver in the order sent, and once, while
//     the network fails and comes back, as long as it is back within the hold
//     time of Firenze, 30 s.
//   - After that the session is lost. It is begun anew, with all paths, and each
//     receiver gets the empty message again. No gap is silent.
//   - Whatever fails is repeated after a time at random, at most 250 ms at first
//     and doubled up to 10 s, so that a thousand clients don't return at once.
//     Retry-After is honoured. Only what a back-end refuses ([ErrRefused]) is
//     not asked for again within the session.
//   - Paths asked for in one moment travel in one request, and a second receiver
//     of a path needs none. Requests never overtake each other.
//   - Updates that are sent ([Client.Update]) are taken in order, and once,
//     however often that had to be tried; or the error says why not.
//   - A receiver that panics or never returns costs the others nothing: see
//     package thestral on how.
//   - The key to the session is never logged.
//
// # Transports
//
// Messages come over WebSocket, else Server-Sent Events, else long polling, by
// evidence: a stream works if its first message came within 5 s, and did not end
// soon after, several times in a row. What does not is put off for a minute or
// two, later up to an hour; but if nothing works, no transport is to blame. A
// stream on which nothing comes, not even the sign of life that Firenze gives,
// is opened anew.
//
// Each transport begins with what was received last, and one is read at a time:
// so to change it, or to open it anew, is harmless at any moment.
//
// The sender of all updates that are heard is nil. A client costs two goroutines
// beside those of net/http, and a third with a WebSocket.
package pomona

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// Options are what a Client needs beside the address of Firenze.
type Options struct {
	// Connect asks the application's back-end to connect paths to id; it may
	// refuse some of them silently. It may wait until ctx ends, which is after
	// 30 s. An error in which [ErrRefused] is refuses all of them; after any
	// other they are asked for again. Needed; [Post] makes one.
	Connect func(ctx context.Context, id string, paths []string) error
	// Disconnect tells the back-end that paths are no longer wanted, and is
	// otherwise like Connect. With nil, the default, they stay connected and
	// their messages are passed over.
	Disconnect func(ctx context.Context, id string, paths []string) error
	// Lost is called when the session was lost and another has begun: what is
	// known may be old until the next empty message of each path. It must not
	// wait. May be nil.
	Lost func()
	// Transports are those that may be used, the best first. The default is
	// [WebSocket], [SSE], [Poll].
	Transports []Transport
	// HTTP is used for Firenze, without its Timeout: streams last. The default is
	// http.DefaultClient.
	HTTP *http.Client
}

// Client is one session with Firenze after another. All methods may be called
// from many goroutines at once.
type Client struct {
	url     string // ends with a slash
	options Options
	pig     *pig.Pig
	changed chan struct{} // holds one if the back-end may have to be asked for something
	upward

	mu            sync.Mutex // guards all below
	running       bool
	reconnectWith string        // empty while there is no session; the key to it, so never logged
	id            string        // of this session, or of the last
	renewed       chan struct{} // closed when a session has begun
	paths         map[string]*state
}

// New returns a client of the Firenze whose prefix is url. It does nothing
// before [Client.Run]. It panics without Options.Connect, and if a transport is
// none.
func New(url string, options Options) *Client {
	if options.Connect == nil {
		panic("pomona: Options.Connect is needed, Post makes one")
	}
	if options.Transports == nil {
		options.Transports = []Transport{WebSocket, SSE, Poll}
	}
	checkTransports(options.Transports)
	options.HTTP = withoutTimeout(options.HTTP)
	if !strings.HasSuffix(url, "/") {
		url += "/"
	}
	return &Client{
		url:     url,
		options: options,
		pig:     pig.New(nil, pig.Options{}),
		changed: make(chan struct{}, 1),
		upward:  upward{turn: make(chan struct{}, 1)},
		renewed: make(chan struct{}),
		paths:   map[string]*state{},
	}
}

func withoutTimeout(client *http.Client) *http.Client {
	if client == nil {
		client = http.DefaultClient
	}
	patient := *client
	patient.Timeout = 0
	return &patient
}

// On lets t hear a path, from the empty message on that says that it is
// connected. Off ends it, and may be called twice. Neither waits. On panics if
// path is a pattern, a control path or no path.
func (c *Client) On(path string, t thestral.Thestral) (off func()) {
	if thestral.IsControl(path) || strings.Contains(path, "*") {
		panic("pomona: only a plain path can be connected to, not " + path)
	}
	receiver := thestral.Prompted(t)
	deaf := c.pig.On(path, receiver)
	if c.enter(path) {
		thestral.Deliver(receiver, nil, path, "")
	}
	return sync.OnceFunc(func() {
		deaf()
		c.leave(path)
	})
}

// Run keeps the session until ctx ends, ends it then, and returns nil. It returns an
// error at once if the url of Firenze is none, and while another Run goes on.
func (c *Client) Run(ctx context.Context) error {
	if u, err := url.Parse(c.url); err != nil || u.Host == "" {
		return errors.New("the url of Firenze must be an address, as in \"http://localhost:8008/comet/\"")
	}
	if !c.start() {
		return errors.New("this client runs already, one session is enough for all paths")
	}
	var loops sync.WaitGroup
	loops.Go(func() { c.settle(ctx) })
	loops.Go(func() { c.listen(ctx) })
	loops.Wait()
	c.end(context.WithoutCancel(ctx), c.stop())
	return nil
}

func (c *Client) start() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	started := !c.running
	c.running = true
	return started
}

// stop returns the reconnectWith that there was.
func (c *Client) stop() (last string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, c.reconnectWith, c.running = c.reconnectWith, "", false
	return last
}
