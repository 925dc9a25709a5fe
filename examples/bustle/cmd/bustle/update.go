package main

import (
	"flag"
	"io"
	"strings"

	"github.com/rootspush/roots/examples/bustle/spool"
)

// update shouts what args say.
func update(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bustle update", flag.ContinueOnError)
	anonymous := flags.Bool("anon", false, `shout as "someone"`)
	if err := parse(flags, args, "bustle update [--anon] [--] WORDS…", out); err != nil {
		return err
	}
	line, err := spool.Shout(strings.Join(flags.Args(), " "), *anonymous)
	if err != nil {
		return usageError{err}
	}
	path, err := spool.Default()
	if err != nil {
		return err
	}
	return spool.Append(path, line)
}
