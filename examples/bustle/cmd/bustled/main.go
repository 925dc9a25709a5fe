// Bustled watches the homes of a town and writes its feed, which the command bustle
// shows.
//
//	bustled                        as on a tilde: /home/* and /town/bustle/bustle.log
//	bustled --demo                 a town of its own, with a few lively inhabitants
//
// Package bustle says what it promises, README.md how it is set up.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/examples/bustle"
	"github.com/rootspush/roots/examples/bustle/feed"
	"github.com/rootspush/roots/examples/bustle/hush"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// settings are what the flags say.
type settings struct {
	bustle.Options
	each, all      int // in a minute
	listen, socket string
	demo           bool
}

func readFlags(args []string) settings {
	var s settings
	flags := flag.NewFlagSet("bustled", flag.ExitOnError)
	flags.StringVar(&s.Homes, "homes", "/home/*", "the `pattern` of the homes")
	flags.StringVar(&s.SpoolDir, "spool-dir", "", "a `folder` of spools for bots, NAME.spool for each; only its owner may write there")
	flags.StringVar(&s.Log, "log", feed.DefaultLog, "the `file` of the feed, which all may read")
	flags.StringVar(&s.Audit, "audit", "/var/log/bustle/audit.log", "the `file` that says who did what, and when")
	flags.StringVar(&s.State, "state", "/var/lib/bustle/state.json", "the `file` that keeps how far the spools were read")
	flags.DurationVar(&s.Window, "window", 30*time.Second, "how long what is alike is told once")
	flags.Float64Var(&s.Share, "share", 1, "the part of what goes on that is told, by chance: 0.5 is half of it. Shouts all are")
	flags.Uint64Var(&s.Seed, "seed", 0, "what makes that chance the same each time; 0 does not")
	flags.IntVar(&s.each, "each", 6, "how much is told of one person, in a minute, beside shouts")
	flags.IntVar(&s.all, "all", 30, "how much is told of all, in a minute, beside shouts")
	flags.DurationVar(&s.Look, "look", 0, "how often everything is looked at, also what is watched (default 10s, or 2s with --poll)")
	flags.BoolVar(&s.Poll, "poll", false, "watch nothing, only look: for homes that come over a network")
	flags.StringVar(&s.listen, "listen", "", "the `address` to show the feed to browsers at (default nowhere)")
	flags.StringVar(&s.socket, "socket", "", "the `file` of a Unix socket at which programs post what goes on (default none)")
	flags.BoolVar(&s.demo, "demo", false, "make a town with a few inhabitants and show its feed here")
	_ = flags.Parse(args) // exits by itself
	return s
}

// complete puts the flags together.
func (s *settings) complete() error {
	if s.each < 1 || s.all < 1 {
		return fmt.Errorf("--each and --all are %d and %d, both must be 1 or more", s.each, s.all)
	}
	if s.Share == 0 || s.Window == 0 { // which stand for others in a program
		return fmt.Errorf("--share and --window are %v and %v, both must be more than 0", s.Share, s.Window)
	}
	s.Each, s.All = hush.PerMinute(s.each), hush.PerMinute(s.all)
	return nil
}

// run runs the daemon until ctx ends, and tells on out where to find what.
func run(ctx context.Context, args []string, out io.Writer) error {
	s := readFlags(args)
	if err := s.complete(); err != nil {
		return err
	}
	var town *demo
	if s.demo {
		var err error
		if town, err = newDemo(); err != nil {
			return err
		}
		defer town.remove()
		town.settle(&s.Options)
	}
	keeper := new(dolores.Dolores)
	if err := s.careFor(keeper, out); err != nil {
		return err
	}
	if town != nil {
		town.careFor(keeper, out)
	}
	return keeper.Run(ctx)
}

// careFor puts the town into the care of Dolores, and the doors to it.
func (s *settings) careFor(keeper *dolores.Dolores, out io.Writer) error {
	var browsers *screen
	if s.listen != "" {
		browsers = newScreen()
		s.Feed = browsers.roots
	}
	town, err := bustle.New(s.Options)
	if err != nil {
		return err
	}
	keeper.Care("town", func(ctx context.Context) error {
		defer func() { slog.Info("the town ends", "not_told", fmt.Sprintf("%+v", town.Stats())) }()
		return town.Run(ctx)
	})
	if s.socket != "" {
		if err := careForSocket(keeper, s.socket, town.Hook()); err != nil {
			return err
		}
		fmt.Fprintf(out, "Programs post to the socket %s\n", s.socket)
	}
	if browsers != nil {
		return browsers.careFor(keeper, s.listen, out)
	}
	return nil
}
