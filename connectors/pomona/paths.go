package pomona

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"
)

const (
	// gatherTime is how long a request waits for others to go along.
	gatherTime = 10 * time.Millisecond
	// requestTime is how long the back-end may take.
	requestTime = 30 * time.Second
)

// state is what is known of a path.
type state struct {
	receivers int
	askedFor  string // the id for which the back-end was asked for it
	ready     bool   // it is connected
}

// enter adds a receiver of path, and reports whether it is connected already.
func (c *Client) enter(path string) (ready bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.paths[path]
	if s == nil {
		s = new(state)
		c.paths[path] = s
	}
	s.receivers++
	c.change()
	return s.ready
}

func (c *Client) leave(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paths[path].receivers--
	c.change()
}

// confirm notes whether path is connected, and reports whether anybody wants
// it and whether this is new.
func (c *Client) confirm(path string, ready bool) (known, changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.paths[path]
	if s == nil {
		return false, false
	}
	changed = s.ready != ready
	s.ready = ready
	return true, changed
}

// change wakes settle.
func (c *Client) change() { wake(c.changed) }

// wake puts one into a channel that holds one, unless it is there already.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// due is what the back-end must be asked for next.
type due struct {
	ask      func(ctx context.Context, id string, paths []string) error
	id       string
	paths    []string
	connects bool
}

// settle brings the back-end to know what is wanted, until ctx ends: one request
// at a time, so that they can't overtake each other, with all that is due in it.
func (c *Client) settle(ctx context.Context) {
	for attempt := 0; ctx.Err() == nil; {
		d := c.due()
		if len(d.paths) == 0 {
			select {
			case <-c.changed:
				pause(ctx, gatherTime)
			case <-ctx.Done():
			}
			continue
		}
		err := c.ask(ctx, d)
		if err == nil {
			attempt = 0
			continue
		}
		if attempt == 0 && ctx.Err() == nil {
			slog.Warn("the back-end can't be asked for paths, it is asked again", "error", err)
		}
		rest(ctx, attempt, err)
		attempt++
	}
}

func (c *Client) due() due {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reconnectWith == "" {
		return due{}
	}
	connect := due{ask: c.options.Connect, id: c.id, connects: true}
	disconnect := due{ask: c.options.Disconnect, id: c.id}
	for path, s := range c.paths {
		switch {
		case s.receivers > 0 && s.askedFor != c.id:
			connect.paths = append(connect.paths, path)
		case s.receivers == 0 && s.askedFor != c.id:
			delete(c.paths, path)
		case s.receivers == 0 && disconnect.ask != nil:
			disconnect.paths = append(disconnect.paths, path)
		}
	}
	d := connect
	if len(connect.paths) == 0 {
		d = disconnect
	}
	slices.Sort(d.paths)
	return d
}

// ask makes a request, and returns an error if it must be made again.
func (c *Client) ask(ctx context.Context, d due) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	err := d.ask(ctx, d.id, slices.Clone(d.paths))
	if err != nil && !errors.Is(err, ErrRefused) {
		return err
	}
	if err != nil && d.connects {
		slog.Warn("the back-end refused paths", "paths", d.paths, "error", err)
	}
	c.asked(d)
	return nil
}

func (c *Client) asked(d due) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, path := range d.paths {
		s := c.paths[path]
		if d.connects {
			s.askedFor = d.id
		} else {
			s.askedFor, s.ready = "", false
		}
	}
}
