package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rootspush/roots/connectors/cornelius"
	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
)

// A courier hands updates to a server. While one batch is under way the next one
// gathers, so it is as fast as the server.
type courier struct {
	updates chan thestral.Update
	ended   chan struct{} // closed then, and sent may be read
	sent    int
}

// newCourier starts a courier. It calls fail if updates are not taken, and none
// are sent after that.
func newCourier(ctx context.Context, to *cornelius.Cornelius, fail func(error)) *courier {
	c := &courier{updates: make(chan thestral.Update, dudley.MaxBatch), ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		for first := range c.updates {
			batch := c.gather(first)
			if err := to.Updates(ctx, batch); err != nil {
				fail(err)
				return
			}
			c.sent += len(batch)
		}
	}()
	return c
}

// give waits until there is room for the update, or ctx ends.
func (c *courier) give(ctx context.Context, u thestral.Update) {
	select {
	case c.updates <- u:
	case <-ctx.Done():
	}
}

// finish waits until all are sent, or it failed. It returns how many were sent.
func (c *courier) finish() int {
	close(c.updates)
	<-c.ended
	return c.sent
}

// enough is how large a batch has to be to be sent. With one more update of the
// largest it is still below [dudley.MaxBody], even if each byte takes the six of
// \u0000 in JSON.
const enough = 64 << 10

// gather returns the updates that are there already.
func (c *courier) gather(first thestral.Update) []thestral.Update {
	batch, size := []thestral.Update{first}, len(first.Path)+len(first.Message)
	for len(batch) < dudley.MaxBatch && size < enough {
		select {
		case u, ok := <-c.updates:
			if !ok {
				return batch
			}
			batch, size = append(batch, u), size+len(u.Path)+len(u.Message)
		default:
			return batch
		}
	}
	return batch
}

// progressInterval is how often the progress is shown.
const progressInterval = time.Second / 4

// progress shows how far a tape is, in one line of a terminal, until stop.
func (p program) progress(t *tape) (stop func()) {
	look := p.look(p.stderr)
	if look.width == 0 {
		return func() {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(progressInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				text := "replaying: " + t.progress()
				fmt.Fprintf(p.stderr, "\r\x1b[K%s", text[:min(len(text), look.width-1)])
			case <-end:
				fmt.Fprint(p.stderr, "\r\x1b[K")
				return
			}
		}
	}()
	return func() { close(end); <-ended }
}
