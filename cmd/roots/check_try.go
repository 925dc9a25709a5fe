package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rootspush/roots/connectors/cornelius"
)

// errLate says that something did not come within [prompt].
var errLate = fmt.Errorf("an update did not come within %v", prompt)

// A cut is an end of what should have gone on.
type cut struct {
	after  time.Duration // of silence
	reason error
}

func (c *cut) Error() string {
	return fmt.Sprintf("it was cut off after %v of silence", c.after.Round(100*time.Millisecond))
}

func (c *cut) Unwrap() error { return c.reason }

// try begins a session, has it hear a path by one transport, and sends updates on
// this path: each when the one before has come, and one more after the wait.
func (i *installation) try(ctx context.Context, w way) finding {
	f := finding{Check: w.name}
	v, _, err := i.begin(ctx)
	if err != nil {
		f.Wrong, f.Change = i.explainBegin(ctx, err)
		return f
	}
	defer v.end(ctx)
	to, err := i.connector()
	if err == nil {
		err = to.Connect(ctx, v.id, v.path)
	}
	if err == nil {
		err = v.follow(ctx, w, to)
	}
	if err != nil {
		f.Wrong, f.Change = w.explain(err)
	}
	return f
}

// follow hears by a transport, and returns what went wrong.
func (v *visitor) follow(ctx context.Context, w way, to *cornelius.Cornelius) error {
	ctx, cancel := context.WithCancel(ctx)
	e := &ear{heard: make(chan string, 1), ended: make(chan error, 1)}
	go func() { e.ended <- w.hear(ctx, v, e.hear) }()
	defer e.wait()
	defer cancel()
	if err := e.expect(ctx, ""); err != nil {
		return err // that it is connected
	}
	for n := range 4 {
		if n == 3 {
			if err := e.rest(ctx, time.Duration(v.wait)); err != nil {
				return err
			}
		}
		message := fmt.Sprint(n)
		if err := to.Update(ctx, v.path, message); err != nil {
			return err
		}
		if err := e.expect(ctx, message); err != nil {
			return err
		}
	}
	return nil
}

// An ear is where a transport leads.
type ear struct {
	heard chan string
	ended chan error // gets why there is no more
	over  bool       // ended was read
}

// hear gets a message.
func (e *ear) hear(ctx context.Context, message string) {
	select {
	case e.heard <- message:
	case <-ctx.Done():
	}
}

// expect waits for a message, which is to be the next.
func (e *ear) expect(ctx context.Context, want string) error {
	late := time.NewTimer(prompt)
	defer late.Stop()
	select {
	case got := <-e.heard:
		if got != want {
			return fmt.Errorf("%.80q came instead of %q", got, want)
		}
		return nil
	case err := <-e.ended:
		e.over = true
		return err
	case <-late.C:
		return errLate
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rest waits, and returns an error if the transport ends meanwhile.
func (e *ear) rest(ctx context.Context, d time.Duration) error {
	began := time.Now()
	select {
	case err := <-e.ended:
		e.over = true
		return &cut{time.Since(began), err}
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait waits until the transport has ended.
func (e *ear) wait() {
	if !e.over {
		<-e.ended
	}
}

// errOther is an answer that belongs to another session than the one that was
// asked for.
var errOther = errors.New("the session was not known when it was asked for")
