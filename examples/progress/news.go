package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rootspush/roots/thestral"
)

// merging is how long changes are gathered after some were told. The first one
// after a quiet time is told at once.
const merging = 100 * time.Millisecond

// news tells the browsers what changed. It notes the paths alone, and reads the
// state of each when it tells it. So a thousand changes are one message, and since
// one goroutine tells all, the last message of a path is its last state.
type news struct {
	to    thestral.Thestral
	heard func(path string) bool         // what nobody hears is not read
	state func(path string) (any, error) // by now
	wake  chan struct{}                  // has one in it if there is something to tell

	mu      sync.Mutex // guards changes
	changes map[string]bool
}

func newNews(to thestral.Thestral, heard func(string) bool, state func(string) (any, error)) *news {
	return &news{to: to, heard: heard, state: state, wake: make(chan struct{}, 1), changes: map[string]bool{}}
}

// changed notes paths. It does not wait, and may be called by many at once.
func (n *news) changed(paths ...string) {
	n.mu.Lock()
	for _, path := range paths {
		n.changes[path] = true
	}
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default: // it is awake
	}
}

// run tells until ctx ends.
func (n *news) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.wake:
		}
		for _, path := range n.take() {
			n.tell(path)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(merging):
		}
	}
}

func (n *news) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	paths := slices.Sorted(maps.Keys(n.changes))
	clear(n.changes)
	return paths
}

// tell pushes the state of a path. Of what is gone there is none, and the path
// above it tells that.
func (n *news) tell(path string) {
	if !n.heard(path) {
		return
	}
	state, err := n.state(path)
	if err != nil {
		return
	}
	message, err := json.Marshal(state)
	if err != nil {
		slog.Error("a state can't be told", "path", path, "error", err)
		return
	}
	n.to.Update(nil, path, string(message))
}
