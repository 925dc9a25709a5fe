// Bustle shows what goes on in town, and lets its user and programs say something.
//
//	bustle                          shows the feed until Ctrl-C
//	bustle --plain                  as plain lines, as into a pipe
//	bustle update HI WORLD          shouts, in one's own name
//	bustle update --anon HI WORLD   shouts as "someone"
//	program | bustle relay --place bbj
//	                                says for each line of a program that something happens in bbj
//
// The feed is the log of bustled, which anybody may read. What is said goes to the end of
// ~/.bustle.spool, a file of one's own. So bustle needs no daemon, no rights, and nothing but
// these two files; see packages feed and spool on what is promised of them.
//
// Of what a program writes nothing but the number of its lines is told: anybody can read a
// spool.
//
// The exit status is 0, 1 for a mistake in what was asked for, and 2 if something could not be
// read or written.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bustle:", err)
	}
	os.Exit(status(err))
}

// A usageError is a mistake of who wrote the command.
type usageError struct{ error }

func status(err error) int {
	var usage usageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &usage):
		return 1
	}
	return 2
}

// run does what args ask for. The feed is shown until ctx ends.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "update":
			return update(args[1:], out)
		case "relay":
			return relay(args[1:], in, out)
		}
	}
	return view(ctx, args, out)
}

// parse reads flags, and tells on out which there are if that is asked for.
func parse(flags *flag.FlagSet, args []string, usage string, out io.Writer) error {
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, "usage:", usage)
		flags.SetOutput(out)
		flags.PrintDefaults()
		return err
	case err != nil:
		return usageError{fmt.Errorf("%w, it must be: %s", err, usage)}
	}
	return nil
}
