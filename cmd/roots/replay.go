package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"strconv"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

const replayAbout = `The ids in a recording are of sessions that came and went with the server that made it, and no server gives one of them again. So there are two ways to replay it.
Without --to, roots takes the part of that server: it goes by the ::register, ::connect and ::gone of the recording, and shows what each id was told, as lines "id path; message". That is what the clients got, byte for byte, as far as they fetched it. What several senders said at the same moment may have reached them in another order than it was recorded in, for none is promised between senders. A session is shown from its ::register on, so give the files of a recording from the first one on.
With --to, the updates are sent to a server that is running, and those hear them who are connected there. Control paths are left out, since nobody there has these ids.
Several files are read as one, in the order given: FILE.2 FILE.1 FILE. "-" stands for standard input.`

// replayOptions are the flags of replay.
type replayOptions struct {
	to, token string
	speed     speed
	paths     string
	json      bool
}

func (o *replayOptions) newFlags() *flag.FlagSet {
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	flags.StringVar(&o.to, "to", "", "`URL` of the trusted port of a server to send to, or unix:/path for a Unix socket")
	flags.StringVar(&o.token, "token", "", "the `TOKEN` of that server, if it asks for one")
	o.speed = unset
	flags.Var(&o.speed, "speed", "how many `times` faster than it was recorded; 0 is as fast as possible (default 1 with --to, else 0)")
	flags.StringVar(&o.paths, "paths", "", "send or show only what is on paths that this `pattern` matches")
	flags.BoolVar(&o.json, "json", false, "show lines of JSON")
	return flags
}

// replay sends the updates of a recording again, or shows who heard them.
func replay(ctx context.Context, p program, args []string) error {
	var o replayOptions
	names, err := p.parse(o.newFlags(), args, "FILE...")
	if err != nil {
		return err
	}
	matches, err := matcher(o.paths)
	if err != nil {
		return misuse{err}
	}
	tape, err := openTape(names, p.stdin)
	if err != nil {
		return err
	}
	defer tape.close()
	if o.to == "" {
		return p.show(ctx, tape, o, matches)
	}
	return p.send(ctx, tape, o, matches)
}

// show shows who heard what.
func (p program) show(ctx context.Context, t *tape, o replayOptions, matches func(string) bool) error {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // what Pig refuses, he refused then
	failed, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	show := p.printer(o.json)
	r := newReplica(func(d delivery) {
		if !matches(d.Path) {
			return
		}
		if err := show.delivery(d); err != nil {
			fail(err)
		}
	})
	if show.look.width == 0 { // lines of text would tear the line of the progress
		defer p.progress(t)()
	}
	err := imperio.Replay(failed, t, r, o.speed.or(0))
	if refused := r.pig.Stats().Refused; refused > 0 {
		fmt.Fprintf(p.stderr, "roots: %d control messages did nothing, as those for an id that the recording does not register before\n", refused)
	}
	return played(ctx, failed, err)
}

// send sends what is on no control path to a server.
func (p program) send(ctx context.Context, t *tape, o replayOptions, matches func(string) bool) error {
	to, err := (&remote{o.to, o.token}).connector()
	if err != nil {
		return err
	}
	failed, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	c := newCourier(failed, to, fail)
	stop := p.progress(t)
	err = imperio.Replay(failed, t, thestral.Func(func(_ thestral.Thestral, path, message string) {
		if !thestral.IsControl(path) && matches(path) {
			c.give(failed, thestral.Update{Path: path, Message: message})
		}
	}), o.speed.or(1))
	sent := c.finish()
	stop()
	fmt.Fprintf(p.stdout, "%d updates were sent\n", sent)
	return played(ctx, failed, err)
}

// played is what becomes of the error of a replay: if the user ended it or
// failed has ended, what matters is why.
func played(ctx, failed context.Context, err error) error {
	switch cause := context.Cause(failed); {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case cause != nil:
		return cause
	}
	return err
}

// matcher returns what tells the paths that a pattern matches; empty matches all.
func matcher(pattern string) (matches func(path string) bool, err error) {
	if pattern == "" {
		return func(string) bool { return true }, nil
	}
	if err := checkHearable(pattern); err != nil {
		return nil, err
	}
	owl, found := pig.New(nil, pig.Options{}), new(mark)
	owl.On(pattern, found)
	return func(path string) bool {
		*found = false
		if !thestral.IsControl(path) { // Pig would obey
			owl.Update(nil, path, "")
		}
		return bool(*found)
	}, nil
}

// A mark is set by an update.
type mark bool

func (m *mark) Update(thestral.Thestral, string, string) { *m = true }
func (m *mark) Next() []thestral.Thestral                { return nil }

// speed is how many times faster a replay is than its recording.
type speed float64

const unset speed = -1

func (s *speed) String() string {
	if *s == unset {
		return ""
	}
	return strconv.FormatFloat(float64(*s), 'g', -1, 64)
}

// Set takes a number.
func (s *speed) Set(value string) error {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return errors.New("it must be a number, as 1 or 0.5, or 0 for as fast as possible")
	}
	*s = speed(v)
	return nil
}

// or returns the speed, or what holds if none is given.
func (s speed) or(standard float64) float64 {
	if s == unset {
		return standard
	}
	return float64(s)
}
