package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/rootspush/roots/examples/bustle/spool"
)

// relay says for each line of in that something happens in a place.
func relay(args []string, in io.Reader, out io.Writer) error {
	const usage = "bustle relay --place NAME [--spool FILE]"
	flags := flag.NewFlagSet("bustle relay", flag.ContinueOnError)
	place := flags.String("place", "", "the `name` of the place where it happens, such as bbj")
	path := flags.String("spool", "", "the `file` to write to (default ~/"+spool.Name+")")
	if err := parse(flags, args, usage, out); err != nil {
		return err
	}
	noise, err := spool.Noise(*place)
	if err != nil || flags.NArg() > 0 {
		return usageError{errors.Join(err, fmt.Errorf("it must be: %s", usage))}
	}
	if *path == "" {
		if *path, err = spool.Default(); err != nil {
			return err
		}
	}
	return eachLine(in, func() error { return spool.Append(*path, noise) })
}

// eachLine calls do for every line of in, however long. The last one needs no line feed.
func eachLine(in io.Reader, do func() error) error {
	buffer := bufio.NewReader(in)
	inside := false // of a line
	for {
		part, err := buffer.ReadSlice('\n')
		inside = inside || len(part) > 0
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if inside {
			inside = false
			if err := do(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
