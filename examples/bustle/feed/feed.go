// Package feed shows the feed of bustle in a terminal, or writes it to a pipe. It is a
// dressed-up tail of a log: each line of it is a message, and messages come one after
// the other, in a way that suits them. Somebody types, a shout shakes the line, feet walk
// past, something rattles.
//
//	feed.Show(ctx, os.Stdout, feed.Options{Log: feed.DefaultLog})
//
// # Guarantees
//
//   - Nothing but the log is needed: no daemon, no network. A log that is not there yet,
//     or has nothing in it, is waited for.
//   - Every line that is written is shown whole, once, in order: through a log that is
//     renamed and begun anew, that is emptied, or that ends in half a line. See [Tail] for
//     what can't be known.
//   - No message rules the terminal: what is not printable is escaped, however it got into
//     the log. See [Clean].
//   - Nothing is wider than the terminal, whatever the characters are. A long message has
//     several rows, which come one after the other.
//   - It does not fall behind: the more messages wait, the less time each gets, and those
//     that are more than twenty behind are just printed. They wait in the log, so that
//     memory is bounded.
//   - When it ends, or is suspended, the terminal is as it was: the cursor is shown and
//     stands at the beginning of a line.
//
// # Where it is quiet
//
// What is no terminal, or TERM=dumb, or one that is narrower than twenty columns, gets
// plain lines, and so does everybody with [Options.Plain]. NO_COLOR in the environment
// takes the colours away alone.
package feed

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"time"
)

// DefaultLog is where bustled writes its log on a tilde.
const DefaultLog = "/town/bustle/bustle.log"

// DefaultInterval is how long it is quiet after a message.
const DefaultInterval = 1500 * time.Millisecond

const (
	history = 5                      // lines from before the beginning are shown
	poll    = 250 * time.Millisecond // how often the log is looked at
	rush    = 20                     // messages may wait before they are merely printed
)

// Options are what may be chosen about [Show].
type Options struct {
	Log      string        // the path of the log
	Plain    bool          // no colours and no animation, even in a terminal
	Interval time.Duration // how long it is quiet after a message; 0 stands for [DefaultInterval]
}

// Show shows the last five lines of the log on w, and then those that are written to
// it, until ctx ends. It returns nil then, and an error if the log can't be read or w
// can't be written to. If w is an [os.File] that is a terminal, messages are animated.
// Each call needs a w of its own.
func Show(ctx context.Context, w io.Writer, o Options) error {
	screen := newScreen(w, o.Plain)
	defer screen.close()
	return show(ctx, screen, o)
}

func show(ctx context.Context, screen *screen, o Options) error {
	tail, err := Open(o.Log, history)
	if err != nil {
		return err
	}
	defer tail.Close()
	if o.Interval == 0 {
		o.Interval = DefaultInterval
	}
	told := false // that nothing is there
	for ctx.Err() == nil {
		line, ok, err := tail.Next()
		switch {
		case err != nil:
			return err
		case ok && line != "":
			told = true
			err = showOne(ctx, screen, o.Interval, line, tail.Waiting())
		case !ok && !told:
			told = true
			err = tellQuiet(screen, tail, o.Log)
		}
		if err != nil {
			return err
		}
		if !ok {
			screen.wait(ctx, poll)
		}
	}
	return nil
}

// showOne shows a line, and waits. Others that wait are in a hurry.
func showOne(ctx context.Context, screen *screen, interval time.Duration, line string, waiting int) error {
	message := Clean(line)
	if waiting > rush {
		return screen.print(message)
	}
	pace := time.Duration(waiting + 1)
	if err := screen.play(ctx, message, frameTime/pace, rand.Uint64()); err != nil {
		return err
	}
	screen.wait(ctx, interval/pace)
	return nil
}

// tellQuiet says why nothing is shown.
func tellQuiet(screen *screen, tail *Tail, path string) error {
	switch {
	case screen.animated() && tail.Exists():
		return screen.hint("it is quiet here")
	case screen.animated():
		return screen.hint("it is quiet here: " + Clean(path) + " does not exist yet")
	case !tail.Exists():
		slog.Info("the log does not exist yet, it is waited for", "log", path)
	}
	return nil
}
