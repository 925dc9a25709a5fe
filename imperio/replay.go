package imperio

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/rootspush/roots/thestral"
)

// Replay sends a recording to receiver again, with no sender, and returns when
// all is sent. At speed 1 the updates come at the distances at which they were
// recorded, at speed 10 in a tenth of the time; 0 and +Inf mean without any
// waiting. Where the clock of the recording ran backwards it waits for nothing.
//
// It calls receiver itself, one update after the other, and waits for each, so
// nothing is lost on the way to a slow one; what stands behind a
// [thestral.Queue] can be outrun. A panic of receiver costs that one update.
//
// It returns an error if speed is negative or no number, if a line is wrong as
// [ReadRecording] says, and if ctx ends, whose error that is; what came before
// has been sent by then and nothing after it is. While r makes it wait for a
// line it does not see ctx end.
func Replay(ctx context.Context, r io.Reader, receiver thestral.Thestral, speed float64) error {
	if !(speed >= 0) {
		return fmt.Errorf("the speed of a replay is %v, it must be 0 (at once) or more", speed)
	}
	due := time.Now()
	var before time.Time
	for entry, err := range ReadRecording(r) {
		if err != nil {
			return err
		}
		if !before.IsZero() {
			due = due.Add(distance(before, entry.Time, speed))
		}
		before = entry.Time
		if err := wait(ctx, due); err != nil {
			return err
		}
		thestral.Deliver(receiver, nil, entry.Path, entry.Message)
	}
	return nil
}

// distance returns how long to wait from one entry to the next.
func distance(before, after time.Time, speed float64) time.Duration {
	if speed == 0 {
		return 0
	}
	const century = 100 * 365 * 24 * time.Hour // more would overflow
	wait := float64(after.Sub(before)) / speed
	return time.Duration(min(max(wait, 0), float64(century)))
}

// wait waits until due or until ctx ends, whose error it then returns.
func wait(ctx context.Context, due time.Time) error {
	delay := time.Until(due)
	if delay <= 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case <-time.After(delay):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
