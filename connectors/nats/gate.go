package nats

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	client "github.com/nats-io/nats.go"
)

// A gate lets updates pass, and stands still for the moment in which a session is
// taken out of a node or put into one: then it is certain which of them it has
// had.
//
// So it is a lock that is held while others are called, which else no piece does.
// Updates pass side by side, and none passes inside of another: a circle of those who
// are called in turn is refused when it is wired. Whoever answers from inside of an
// Update, against what it promised, could stop the node while a session moves.
type gate struct {
	sync.RWMutex
	lost    atomic.Uint64 // how often updates of another node were lost for good
	settled atomic.Uint64 // how many of those times are over: whoever missed something was told
}

// position says which update of each node was the last that a session here can
// have had, by origin. The node itself is among them. The caller holds the gate.
func (n *Node) position() map[string]uint64 {
	p := n.peers.position()
	p[n.origin] = n.outbox.newest()
	return p
}

// position returns the last number of each node that is known.
func (all *peers) position() map[string]uint64 {
	all.mu.Lock()
	defer all.mu.Unlock()
	position := make(map[string]uint64, len(all.of)+1)
	for origin, p := range all.of {
		position[origin] = p.last
	}
	return position
}

// newest is the number of the newest entry.
func (o *outbox) newest() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last
}

// drain waits until this node has handed on all that had come to NATS for it when
// drain was called, and until NATS has all that was given here before. While
// something is missing of what another node sent, it waits for that too.
func (n *Node) drain(ctx context.Context) error {
	if err := n.Flush(ctx); err != nil {
		return err
	}
	for {
		l := n.current.Load()
		if l == nil {
			return ErrApart
		}
		if err := l.pass(ctx); err != nil {
			return err
		}
		if n.peers.areWhole() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookAgain):
		}
	}
}

// lookAgain is when to look whether something has come that was missing.
const lookAgain = 10 * time.Millisecond

// pass waits until all that is in the inbox was taken.
func (l *link) pass(ctx context.Context) error {
	last := &client.Msg{Subject: passSubject}
	taken := make(chan struct{})
	l.passing.Store(last, taken)
	defer l.passing.Delete(last)
	select {
	case l.inbox <- last:
	case <-l.ctx.Done():
		return ErrApart
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-taken:
		return nil
	case <-l.ctx.Done():
		return ErrApart
	case <-ctx.Done():
		return ctx.Err()
	}
}

// passSubject is no subject of NATS.
const passSubject = ""

// passed is called when what pass put into the inbox is taken out.
func (l *link) passed(m *client.Msg) {
	if taken, ok := l.passing.Load(m); ok {
		close(taken.(chan struct{}))
	}
}

// areWhole says whether nothing is missing of those that are there: they are not
// broken, and have sent again all that came after they were.
func (all *peers) areWhole() bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, p := range all.of {
		if !p.gone && (p.broken || p.last < p.until) {
			return false
		}
	}
	return true
}

// advance notes that nothing is missing here of what a position covers. Should it be
// sent again because another node lacks it, it is old.
func (all *peers) advance(to map[string]uint64) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for origin, p := range all.of {
		p.last = max(p.last, to[origin])
	}
}

// miss is called when updates of another node were lost for good, after that was
// noted in lost.
func (n *Node) miss(note uint64) {
	n.options.Missed()
	for {
		settled := n.gate.settled.Load()
		if settled >= note || n.gate.settled.CompareAndSwap(settled, note) {
			return
		}
	}
}

// isWhole says whether nobody here misses anything. The caller holds the gate.
func (n *Node) isWhole() bool {
	return n.gate.lost.Load() == n.gate.settled.Load() && n.peers.areWhole()
}

// still does something while no update passes, and returns how far the node is.
func (n *Node) still(do func()) (position map[string]uint64) {
	n.gate.Lock()
	defer n.gate.Unlock()
	do()
	return n.position()
}
