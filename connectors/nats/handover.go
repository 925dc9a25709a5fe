package nats

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
)

var errLeaving = errors.New("it leaves as well")

// take fetches sessions that another node wants to be rid of.
func (n *Node) take(ctx context.Context, from string, ids []string) (struct{}, error) {
	if n.leaving.Load() {
		return struct{}{}, errLeaving
	}
	n.fetch(ctx, from, ids)
	return struct{}{}, nil
}

// HandOver gives all sessions to the other nodes, as evenly as it can, and returns
// when they have them or ctx ends. What nobody takes stays here. No session comes
// here any more after that; drain Firenze before, so that no new one begins.
func (n *Node) HandOver(ctx context.Context) {
	n.leaving.Store(true)
	for turn := 0; turn < attempts && n.sessions != nil && ctx.Err() == nil; turn++ {
		n.arrivals.wait(ctx)
		var ids []string
		for v := range n.sessions.Sessions() {
			ids = append(ids, v.ID)
		}
		nodes := n.Nodes()
		if len(ids) == 0 || len(nodes) == 0 {
			break
		}
		n.give(ctx, ids, slices.Concat(nodes[turn%len(nodes):], nodes[:turn%len(nodes)]))
	}
	n.questions.settle(ctx)
}

// give has each node take its share.
func (n *Node) give(ctx context.Context, ids, nodes []string) {
	var giving sync.WaitGroup
	defer giving.Wait()
	share := (len(ids) + len(nodes) - 1) / len(nodes)
	for own := range slices.Chunk(ids, share) {
		node := nodes[0]
		nodes = nodes[1:]
		giving.Go(func() {
			for some := range slices.Chunk(own, mostAtOnce) {
				if _, err := ask[struct{}](ctx, n, node, takeKind, some); err != nil {
					slog.Warn("sessions can't be handed over", "node", node, "sessions", len(some), "error", err)
					return
				}
			}
		})
	}
}
