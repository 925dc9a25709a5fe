package nats

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// flushKind asks a node for a [Node.Flush].
const flushKind = "flush"

// flushOthers waits until NATS has handed out all that the other nodes sent before.
//
// It keeps the order of what comes over one connection, and that alone: an update of a
// third node may be handed out for a while, to one node before the other, or only to
// those who listened when it came. Meanwhile a question may overtake it, and the answer
// too.
func (n *Node) flushOthers(ctx context.Context) error {
	var asking sync.WaitGroup
	for _, name := range n.Nodes() {
		asking.Go(func() { n.flushOther(ctx, name) })
	}
	asking.Wait()
	return ctx.Err()
}

// flushOther asks one node until it answers, or is not there any more. Then NATS has
// handed out long ago what there was of it.
func (n *Node) flushOther(ctx context.Context, name string) {
	for ctx.Err() == nil && slices.Contains(n.Nodes(), name) {
		some, cancel := context.WithTimeout(ctx, present)
		_, err := ask[struct{}](some, n, name, flushKind, struct{}{})
		cancel()
		if err == nil || errors.Is(err, ErrNobody) {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookAgain):
		}
	}
}
