package nats

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A gate lets updates pass, and stands still for the moment in which a session is
// taken out of a node or put into one: then it is certain which of them it has
// had. Updates pass side by side. None passes inside of another, because a circle
// of those who are called in turn is refused when it is wired.
type gate struct {
	sync.RWMutex
	lost    atomic.Uint64 // how often updates of another node were lost for good
	settled atomic.Uint64 // how many of those times are over: whoever missed something was told
}

// position says which update of each node was the last that a session here can
// have had, by origin. The node itself is among them. The caller holds the gate.
func (n *Node) position() map[string]uint64 {
	p := n.peers.position(n.now())
	p[n.origin] = n.outbox.newest()
	return p
}

// position returns the last number of each node that is there. Of the others
// nothing is under way.
func (all *peers) position(now time.Duration) map[string]uint64 {
	all.mu.Lock()
	defer all.mu.Unlock()
	position := make(map[string]uint64, len(all.of)+1)
	for origin, p := range all.of {
		if now-p.seen < present {
			position[origin] = p.last
		}
	}
	return position
}

// newest is the number of the newest entry.
func (o *outbox) newest() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last
}

// The times of waiting for what others have had.
const (
	lookAgain = 5 * time.Millisecond
	strange   = 2 * time.Second // after which a node that is not known here has left for good
)

// catchUp waits until this node has had all that position says, so that nothing of
// that can come later. What another node knows and this one does not is either so
// new that it will be known at once, or has left.
func (n *Node) catchUp(ctx context.Context, position map[string]uint64) error {
	began := time.Now()
	for {
		n.gate.RLock()
		own := n.position()
		n.gate.RUnlock()
		if covers(own, position, time.Since(began) > strange) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-n.ctx.Done():
			return ErrApart
		case <-time.After(lookAgain):
		}
	}
}

// covers says whether own is as far as position. Strangers are nodes that own does
// not know.
func covers(own, position map[string]uint64, withoutStrangers bool) bool {
	for origin, number := range position {
		switch had, known := own[origin]; {
		case known && had < number:
			return false
		case !known && !withoutStrangers && number > 0:
			return false
		}
	}
	return true
}

// hurry has all others learn soon how far this node is.
func (n *Node) hurry(ctx context.Context) error {
	if err := n.Flush(ctx); err != nil {
		return err
	}
	select {
	case n.greetings <- struct{}{}:
	default:
	}
	return nil
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
func (g *gate) isWhole() bool { return g.lost.Load() == g.settled.Load() }
