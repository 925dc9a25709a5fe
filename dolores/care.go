package dolores

import (
	"context"
	"errors"
	"fmt"
)

// cared is something that runs, with the name it has in errors.
type cared struct {
	name string
	run  func(context.Context) error
}

// Care puts run into the care of Dolores, before [Dolores.Run] is called. Run
// calls it in a goroutine of its own; it goes on until its context ends, cleans
// up and returns. An error from it, but not nil, stops all the others. The name
// stands in front of the error.
func (d *Dolores) Care(name string, run func(context.Context) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cared = append(d.cared, cared{name, run})
}

// Run starts all that is in her care, without waiting for one to be ready before
// it starts the next, and waits until ctx ends or one fails. Then it stops one
// after the other, the last that came into her care first, each only when the
// one before has returned. It returns the errors of those that failed, or nil,
// at once if nothing is in her care. It is called once.
func (d *Dolores) Run(ctx context.Context) error {
	d.mu.Lock()
	all := d.cared
	d.mu.Unlock()

	failed, fail := context.WithCancel(ctx)
	defer fail()
	var stops []func() error
	for _, one := range all {
		stops = append(stops, one.start(ctx, fail))
	}
	if len(all) > 0 {
		<-failed.Done()
	}
	var errs error
	for i := len(stops) - 1; i >= 0; i-- {
		errs = errors.Join(errs, stops[i]())
	}
	return errs
}

// start runs one in its own goroutine. Stop ends it, waits for it, and returns
// what went wrong.
func (one cared) start(ctx context.Context, fail func()) (stop func() error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() {
		err := one.run(own)
		if own.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil // it was told to end
		}
		if err != nil {
			fail()
		}
		ended <- err
	}()
	return func() error {
		cancel()
		if err := <-ended; err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		return nil
	}
}
