package nats

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rootspush/roots/thestral"
)

// Fetch has a session come here from the node that holds it. It reports false if no
// node does, or not with this key. The error says that a node does which does not give
// it now. It is the Fetch of [firenze.Options], and waits for ten seconds at most.
func (n *Node) Fetch(ctx context.Context, id, key string) (found bool, err error) {
	if _, ok := NodeOf(id); !ok || key == "" || n.sessions == nil {
		return false, nil
	}
	// Whoever asked may give up, but a session that was released has to arrive.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), moveTimeout)
	defer cancel()
	for pause := askSoon; ctx.Err() == nil && !n.leaving.Load() && n.sessions.Room() > 0; pause = min(2*pause, askLate) {
		if a := n.arrivals.find(id); a != nil {
			a.wait(ctx)
		}
		if n.sessions.HasKey(id, key) {
			return true, nil
		}
		holder := n.holder(ctx, id, key)
		if holder == "" && ctx.Err() == nil {
			return false, nil
		}
		n.fetch(ctx, holder, []string{id})
		if !n.sessions.HasKey(id, key) {
			time.Sleep(pause)
		}
	}
	return false, errNotNow
}

var errNotNow = errors.New("the session is at another node, which does not give it now")

// Tell says something to a session that was here, wherever it is now. It is the
// Elsewhere of [firenze.Options].
func (n *Node) Tell(sender thestral.Thestral, id, path, message string) {
	n.tell(sender, id, path, message, func() (thestral.Thestral, bool) {
		if _, back := n.sessions.Session(id); !back {
			return nil, false // the directory may not have forgotten yet who is no more
		}
		return n.lookup(id)
	})
}

// holder returns the name of the node that holds a session, or "". The one that its
// id names is asked first. While the session is on its way all are asked again; and
// once more after all said no, since it may have gone from one to the other while
// they were asked.
func (n *Node) holder(ctx context.Context, id, key string) (holder string) {
	name, _ := NodeOf(id)
	pause := askSoon
	for noes := 0; noes < 2 && ctx.Err() == nil; {
		if holder, _ = n.holderAmong(ctx, []string{name}, id, key); holder != "" {
			return holder
		}
		holder, coming := n.holderAmong(ctx, n.Nodes(), id, key)
		switch {
		case holder != "":
			return holder
		case coming:
			time.Sleep(pause)
			pause = min(2*pause, askLate)
		default:
			noes++
			time.Sleep(markEvery) // a node that is new may not know all others before
		}
	}
	return ""
}

// holderAmong asks some nodes whether they hold a session, or whether it comes to
// one of them.
func (n *Node) holderAmong(ctx context.Context, nodes []string, id, key string) (holder string, coming bool) {
	var mu sync.Mutex // guards the results
	var asking sync.WaitGroup
	for _, node := range nodes {
		if node == n.name {
			continue
		}
		asking.Go(func() {
			a, err := ask[holdsAnswer](ctx, n, node, holdsKind, holdsQuestion{[]string{id}, key})
			mu.Lock()
			defer mu.Unlock()
			if err == nil && a.Heard[id] != nil {
				holder = node
			}
			coming = coming || len(a.Coming) > 0
		})
	}
	asking.Wait()
	return holder, coming
}
