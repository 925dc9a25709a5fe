package faults

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rootspush/roots/thestral"
)

// A Transport is a way to ask for messages.
type Transport int

// The transports of Firenze.
const (
	LongPoll Transport = iota
	Events             // Server-Sent Events
	WebSocket
)

// Options are what a [Client] needs. All have to be set, but for what may be
// empty.
type Options struct {
	Addr       string // host and port of the server, or of the [Proxy] before it
	Prefix     string // of the path, as "/comet"; may be empty
	Backend    *Backend
	Ledger     *Ledger
	Transports []Transport // to choose from at each request
	// Patience is how long a request may take, or a stream until its first event.
	// What takes longer is given up, and asked for anew.
	Patience time.Duration
	Seed     uint64 // of what the client chooses
}

// A Client keeps a session, and checks all that comes of it. Its methods are
// called from one goroutine, but for Requests.
type Client struct {
	Options
	random   *rand.Rand
	down, up line
	socket   *http.Client // dials for WebSocket
	requests atomic.Int64

	feeds map[string]*feed // of the session, by path
	left  string           // the session that said good-bye, and was told so
	byes  int
	past  map[string]uint64 // how many updates were acknowledged in the sessions before

	mu            sync.Mutex // guards what is below, as one may send while another hears
	id            string
	reconnectWith string
	outbox        outbox
}

// NewClient returns a client that has no session yet.
func NewClient(options Options) *Client {
	return &Client{
		Options: options,
		random:  rand.New(rand.NewPCG(options.Seed, 0)),
		down:    line{addr: options.Addr},
		up:      line{addr: options.Addr},
		socket:  &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		past:    map[string]uint64{},
	}
}

// Close ends the connections of the client. Its session is left as it is.
func (c *Client) Close() {
	c.down.close()
	c.up.close()
	c.socket.CloseIdleConnections()
}

// Requests returns how many requests the client made, those that failed among
// them. A frame with updates counts as one. It may be called from anywhere.
func (c *Client) Requests() int64 { return c.requests.Load() }

// Sessions returns how many sessions the client had, and how often it said
// good-bye to one.
func (c *Client) Sessions() (sessions, byes int) { return len(c.past) + 1, c.byes }

// Step asks once for messages, with a transport taken at random, and sends
// something up half of the time. Now and then it says good-bye instead. It waits
// as the client's patience allows, and for the events of a stream up to a second
// more. The error says what is wrong with the server.
func (c *Client) Step() error {
	if c.id != "" && c.oneIn(200) {
		return c.bye()
	}
	return c.ask(c.id != "" && c.oneIn(2))
}

// ask asks once for messages, and sends something up if that is wanted, or was
// tried and not acknowledged.
func (c *Client) ask(send bool) error {
	send = send || c.outbox.tried
	switch c.Transports[c.random.IntN(len(c.Transports))] {
	case WebSocket:
		return c.overSocket(send)
	case Events:
		return c.meanwhile(send, c.events)
	default:
		return c.meanwhile(send, c.poll)
	}
}

// meanwhile sends something up, if that is wanted, while hear is under way.
func (c *Client) meanwhile(send bool, hear func() error) error {
	var both sync.WaitGroup
	var up error
	if send {
		both.Go(func() { up = c.post() })
	}
	down := hear()
	both.Wait()
	return cmp.Or(down, up)
}

func (c *Client) oneIn(n int) bool { return c.random.IntN(n) == 0 }

// steps is how many requests have to be enough to hear all in a network where
// nothing is lost. A few are in vain as their connections ended before.
const steps = 30

// Settle goes on in a network that is healed, and with a back-end that is quiet,
// until all that was published was heard, and all that was sent was taken and
// answered. It asks once more if that is so already: something may come twice.
func (c *Client) Settle() error {
	for range steps {
		if err := c.ask(false); err != nil {
			return err
		}
		if c.missing() == nil {
			return c.checkTaken()
		}
	}
	return cmp.Or(c.checkTaken(), fmt.Errorf("session %s: %w", c.id, c.missing()))
}

// missing says what the client has to hear yet.
func (c *Client) missing() error {
	for path, state := range c.Backend.states {
		if f := c.feeds[path]; f == nil || !f.knows(state.Load()) {
			return fmt.Errorf("path %q is at number %d, the client at %+v", path, state.Load(), f)
		}
	}
	if f := c.feeds[taken]; c.outbox.tried || f.newest != c.outbox.acknowledged {
		return fmt.Errorf("of what was sent up %+v, the answer to number %d came", c.outbox, f.newest)
	}
	return nil
}

// checkTaken compares what was acknowledged with what was taken. Of a session
// that ended, the last batch may have been taken without an acknowledgement.
func (c *Client) checkTaken() error {
	number, err := c.Ledger.takenOf(c.id)
	if number != c.outbox.acknowledged {
		err = cmp.Or(err, fmt.Errorf("session %s: %d updates were taken and %d acknowledged", c.id, number, c.outbox.acknowledged))
	}
	for id, acknowledged := range c.past {
		if number, _ := c.Ledger.takenOf(id); number < acknowledged {
			err = cmp.Or(err, fmt.Errorf("session %s, which is over: %d updates were taken and %d acknowledged", id, number, acknowledged))
		}
	}
	return err
}

// target is what to ask for next.
func (c *Client) target() string { return c.Prefix + "/" + c.reconnectWith }

// adopt keeps what to ask for next. With another id the session is another: the
// client connects anew.
func (c *Client) adopt(reconnectWith string) error {
	id, token, _ := strings.Cut(reconnectWith, "/")
	switch {
	case id == "" || token == "":
		return fmt.Errorf("to reconnect with %q is impossible, it has to be \"ID/TOKEN\"", reconnectWith)
	case id == c.left:
		return fmt.Errorf("session %s goes on after its good-bye was answered", id)
	}
	c.mu.Lock()
	before := c.id
	if id != before {
		if before != "" {
			c.past[before] = c.outbox.acknowledged
		}
		c.id, c.outbox = id, outbox{}
	}
	c.reconnectWith = reconnectWith
	c.mu.Unlock()
	if id != before {
		c.feeds = map[string]*feed{taken: {begun: true}}
		c.Backend.connect(id)
	}
	return nil
}

// hear checks messages.
func (c *Client) hear(updates ...thestral.Update) error {
	for _, u := range updates {
		if err := c.hearOne(u.Path, u.Message); err != nil {
			return fmt.Errorf("session %s, path %q: %w", c.id, u.Path, err)
		}
	}
	return nil
}

func (c *Client) hearOne(path, message string) error {
	state, heard := c.Backend.states[path]
	f := c.feeds[path]
	switch {
	case !heard && f == nil:
		return fmt.Errorf("the message %.80q came, but the client is not connected", message)
	case f == nil:
		f = new(feed)
		c.feeds[path] = f
	}
	if message == "" && heard {
		return f.begin(state.Load())
	}
	number, err := numberOf(path, message)
	return cmp.Or(err, f.next(number))
}
