package nats

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	crand "crypto/rand"

	client "github.com/nats-io/nats.go"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// Options say how a node is joined with others.
type Options struct {
	// Name is what the ids begin with that this node gives: the name of its
	// Dolores. No two nodes may have the same.
	Name string
	// URL is where NATS is, as in "nats://localhost:4222"; several servers of a
	// cluster have commas between. Nodes that share a NATS server, or an account
	// of it, are joined.
	URL string
	// Connect are further options of the connection: certificates, credentials,
	// a server in the same process.
	Connect []client.Option
	// To gets what comes from other nodes. Default: the Pig. Put in his place
	// somebody who hands on to him, and to a log too, say.
	To thestral.Prompt
	// Missed is called when updates of other nodes are lost for good, so that
	// whoever is connected here has to begin anew; Firenze can end its sessions.
	// It is called on the goroutine that receives, and holds that up.
	Missed func()
}

// joinPatience is how long Join waits for NATS.
const joinPatience = 3 * time.Second

// A Node stands before a Pig and joins him with those of other nodes. All methods
// may be called from many goroutines at once.
type Node struct {
	name, origin string
	directory    pig.Directory
	owl          *pig.Pig
	options      Options
	began        time.Time

	outbox    *outbox
	heard     *interest
	peers     *peers
	current   atomic.Pointer[link] // nil while there is none
	greetings chan struct{}
	goBacks   chan uint64
	flushes   chan chan struct{}
	counters  counters
	questions questions
	gate      gate
	arrivals  arrivals
	sessions  *firenze.Firenze // nil while none is carried
	leaving   atomic.Bool      // no session comes here any more
	released  sync.Map         // ids of sessions that the directory has yet to forget

	place place // belongs to the goroutine that serves the links

	ctx     context.Context // ends with the node
	stop    context.CancelFunc
	running sync.WaitGroup
	settles sync.Once
	joined  chan struct{} // closed when the node has settled
	late    atomic.Bool   // Join did not wait for that
}

var (
	_ thestral.Prompt = (*Node)(nil)
	_ pig.Watcher     = (*Node)(nil)
)

// Join joins owl with the nodes that can be reached through NATS, until Close. It
// waits until that is so, but not for long: a node goes on alone, and on trying,
// while NATS can't be reached. Directory is the one that owl has. Let Dolores
// have the Node for a delegate, not owl. Join returns an error for a name that no
// Dolores can have, and for a URL that is none.
func Join(directory pig.Directory, owl *pig.Pig, options Options) (*Node, error) {
	if options.Name == "" {
		return nil, errors.New("a node needs a name, which the ids of its Dolores begin with")
	}
	if _, err := dolores.New(options.Name); err != nil {
		return nil, err
	}
	if err := checkURL(options.URL); err != nil {
		return nil, err
	}
	if options.To == nil {
		options.To = owl
	}
	if options.Missed == nil {
		options.Missed = func() {}
	}
	n := newNode(directory, owl, options)
	n.running.Go(n.run)
	select {
	case <-n.joined:
	case <-time.After(joinPatience):
		n.late.Store(true)
	}
	return n, nil
}

func newNode(directory pig.Directory, owl *pig.Pig, options Options) *Node {
	n := &Node{
		name: options.Name, origin: options.Name + "/" + crand.Text()[:13],
		directory: directory, owl: owl, options: options, began: time.Now(),
		outbox: newOutbox(limits{keptLetters, keptBytes, keptAge}), heard: newInterest(), peers: &peers{of: map[string]*peer{}},
		greetings: make(chan struct{}, 1), goBacks: make(chan uint64, 64), flushes: make(chan chan struct{}),
		questions: questions{handlers: map[string]Handler{}}, arrivals: arrivals{of: map[string]*arrival{}}, place: place{next: 1}, joined: make(chan struct{}),
	}
	n.ctx, n.stop = context.WithCancel(context.Background())
	n.Handle(flushKind, handler(func(ctx context.Context, _ string, _ struct{}) (struct{}, error) { return struct{}{}, n.Flush(ctx) }))
	owl.Watch(n)
	for r := range owl.Receivers() {
		for _, h := range r.Heard {
			n.Heard(h, func() {})
		}
	}
	return n
}

// now is how long the node has been there, and more than 0.
func (n *Node) now() time.Duration { return time.Since(n.began) + 1 }

// Close sends what is left, says good-bye to the other nodes, and waits until
// nothing runs any more. Updates then go to the Pig alone.
func (n *Node) Close() {
	n.stop()
	n.running.Wait()
}

// The pauses between two links.
const (
	shortestPause = 50 * time.Millisecond
	longestPause  = 2 * time.Second
)

// run serves one link after the other.
func (n *Node) run() {
	pause := shortestPause
	for n.ctx.Err() == nil {
		began := time.Now()
		l, err := n.dial(n.ctx)
		if err == nil {
			n.counters.links.Add(1)
			err = l.run()
		}
		if n.ctx.Err() != nil {
			return
		}
		if time.Since(began) > longestPause {
			pause = shortestPause
		}
		slog.Warn("this node is cut off from the others, and tries to reach them", "error", err, "next_try", pause)
		select {
		case <-n.ctx.Done():
		case <-time.After(pause/2 + rand.N(pause)): // so that not all come at the same moment
		}
		pause = min(2*pause, longestPause)
	}
}

// settle ends the time in which this node gets to know the others. Who was
// connected here before that may have missed something.
func (n *Node) settle() {
	n.settles.Do(func() {
		n.peers.settle()
		close(n.joined)
		if n.late.Load() {
			slog.Warn("this node was alone until now, who is connected here begins anew")
			n.miss(n.gate.lost.Add(1))
		}
	})
}

// Heard has what is said of h on other nodes come here. It is a part of
// [pig.Watcher].
func (n *Node) Heard(h pig.Heard, admit func()) {
	if thestral.IsControl(h.Text) {
		admit() // these stay on their node
		return
	}
	n.heard.add(key{Heard: h}, admit)
}

// Unheard is a part of [pig.Watcher].
func (n *Node) Unheard(h pig.Heard) { n.heard.review(key{Heard: h}) }

// Nodes returns the names of the other nodes that are there, sorted.
func (n *Node) Nodes() []string { return n.peers.names(n.now()) }

// Flush waits until NATS has all that was given to this node and all that is heard
// here by now, or until ctx ends, whose error it then returns. Without a link to
// NATS it returns [ErrApart].
func (n *Node) Flush(ctx context.Context) error {
	l := n.current.Load()
	if l == nil {
		return ErrApart
	}
	sent, heard := make(chan struct{}), make(chan struct{})
	if !n.heard.after(func() { close(heard) }) {
		return ErrApart
	}
	select {
	case n.flushes <- sent:
	case <-l.ctx.Done():
		return ErrApart
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, done := range []chan struct{}{sent, heard} {
		select {
		case <-done:
		case <-l.ctx.Done():
			return ErrApart
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := l.conn.FlushWithContext(ctx); err != nil {
		return cmp.Or(ctx.Err(), ErrApart)
	}
	return nil
}

// refuse counts and logs what is not sent, or not understood.
func (n *Node) refuse(err error) {
	n.counters.refused.Add(1)
	slog.Warn("nats refuses an update", "error", err)
}

// checkURL says what is wrong with the URLs of NATS servers, or nil.
func checkURL(urls string) error {
	for one := range strings.SplitSeq(urls, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return errors.New("that is no URL of a NATS server, which is written \"nats://host:4222\", or \"tls://host:4222\", with commas between several")
		}
	}
	return nil
}
