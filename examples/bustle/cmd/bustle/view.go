package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/rootspush/roots/examples/bustle/feed"
)

const viewUsage = "bustle [--log FILE] [--plain] [--interval D]\n       bustle update [--anon] [--] WORDS…\n       bustle relay --place NAME [--spool FILE]"

// view shows the feed on out until ctx ends, or somebody ends this program.
func view(ctx context.Context, args []string, out io.Writer) error {
	var o feed.Options
	flags := flag.NewFlagSet("bustle", flag.ContinueOnError)
	flags.StringVar(&o.Log, "log", feed.DefaultLog, "the `file` to show")
	flags.BoolVar(&o.Plain, "plain", false, "no colours and no animation")
	flags.DurationVar(&o.Interval, "interval", feed.DefaultInterval, "how long it is quiet after a message")
	if err := parse(flags, args, viewUsage, out); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return usageError{fmt.Errorf("%.80q is not known, it must be: %s", flags.Arg(0), viewUsage)}
	}
	if o.Interval <= 0 {
		return usageError{fmt.Errorf("the interval is %v, it must be above 0, as in 2s", o.Interval)}
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	return feed.Show(ctx, out, o)
}
