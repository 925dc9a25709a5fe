package main

import (
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/rootspush/roots/examples/bustle/spool"
)

const (
	firstDelay   = time.Second      // before a connection that failed is begun anew
	longestDelay = 5 * time.Minute  // which is doubled up to this
	settled      = 2 * time.Minute  // and begins anew with a connection that lasted so long
	hush         = 10 * time.Second // from one noise to the next
)

// A bot sits in a channel and tells what it hears there.
type bot struct {
	name    string // the one that it wants
	channel string
	dial    func(ctx context.Context) (net.Conn, error)
	tell    func(spool.Line) error
	heard   time.Time // when there was noise that was told
}

// run visits the channel again and again until ctx ends.
func (b *bot) run(ctx context.Context) {
	delay := firstDelay
	for {
		begun := time.Now()
		err := b.visit(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(begun) >= settled {
			delay = firstDelay
		}
		slog.Warn("the channel was left, it is entered again in a while", "error", err, "while", delay)
		select {
		case <-ctx.Done():
			return
		case <-time.After(delay):
		}
		delay = min(2*delay, longestDelay)
	}
}

// noise tells that there is some, but not again and again.
func (b *bot) noise() {
	if !b.heard.IsZero() && time.Since(b.heard) < hush {
		return
	}
	b.heard = time.Now()
	line, err := spool.Noise("chat")
	b.write(line, err)
}

// shout tells what somebody wants to be told. It returns an error if it is no shout.
func (b *bot) shout(text string) error {
	line, err := spool.Shout(text, true)
	if err != nil {
		return err
	}
	b.write(line, nil)
	return nil
}

func (b *bot) write(line spool.Line, err error) {
	if err == nil {
		err = b.tell(line)
	}
	if err != nil {
		slog.Warn("the spool can't be written to", "error", err)
	}
}
