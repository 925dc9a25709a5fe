package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errLate says that something did not come within [prompt].
var errLate error = late{}

type late struct{}

func (late) Error() string { return fmt.Sprintf("an update did not come within %v", prompt) }

// A cut is an end of what should have gone on.
type cut struct {
	after  time.Duration // of silence
	reason error
}

func (c *cut) Error() string {
	return fmt.Sprintf("it was cut off after %v of silence", c.after.Round(100*time.Millisecond))
}

func (c *cut) Unwrap() error { return c.reason }

// checkSession has a session hear a path, and waits for the empty message that
// says that it does. If that fails, no transport can work.
func (i *installation) checkSession(ctx context.Context) finding {
	f := finding{Check: "session"}
	err := i.hear(ctx, transportWays[0], func(ctx context.Context, e *ear, _ func(message string) error) error {
		return e.expect(ctx, "")
	})
	if errors.Is(err, errLate) {
		f.Wrong = "it is not known at the trusted port, so that belongs to another server"
		f.Change = "set proxy_pass to the address of --firenze of the server at --url, and no other"
	} else if err != nil {
		f.Wrong, f.Change = transportWays[0].explain(err)
	}
	return f
}

// checkWay sends updates to a session that hears them by one transport: each when
// the one before has come, and one more after the wait.
func (i *installation) checkWay(ctx context.Context, w way) finding {
	f := finding{Check: w.name}
	err := i.hear(ctx, w, func(ctx context.Context, e *ear, send func(message string) error) error {
		err := e.expect(ctx, "")
		for n := 0; n < 4 && err == nil; n++ {
			message := fmt.Sprint(n)
			if n == 3 {
				err = e.rest(ctx, time.Duration(i.wait))
			}
			if err == nil {
				err = send(message)
			}
			if err == nil {
				err = e.expect(ctx, message)
			}
		}
		return err
	})
	if err != nil {
		f.Wrong, f.Change = w.explain(err)
	}
	return f
}

// hear begins a session, connects it to a path of its own, and hears that by one
// transport while do runs, which can send updates on it.
func (i *installation) hear(ctx context.Context, w way, do func(ctx context.Context, e *ear, send func(message string) error) error) error {
	v, _, err := i.begin(ctx)
	if err != nil {
		return err
	}
	defer v.end(ctx)
	to, err := i.connector()
	if err != nil {
		return err
	}
	if err := to.Connect(ctx, v.id, v.path); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	e := &ear{heard: make(chan string, 1), ended: make(chan error, 1)}
	go func() { e.ended <- w.hear(ctx, v, e.hear) }()
	defer e.wait()
	defer cancel()
	return do(ctx, e, func(message string) error { return to.Update(ctx, v.path, message) })
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
