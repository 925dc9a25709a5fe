package main

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

func main() {
	command := flag.String("cmd", "", "the `command` that starts the harness, split at blanks")
	only := flag.String("rule", "", "try this `rule` alone")
	flag.Parse()
	if strings.TrimSpace(*command) == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "say which harness to drive, as in -cmd './mine'")
		flag.Usage()
		os.Exit(2)
	}
	slog.SetDefault(slog.New(slog.DiscardHandler)) // Dudley logs what he is to refuse
	if !report(os.Stdout, starts(*command), *only) {
		os.Exit(1)
	}
}

func starts(line string) starter { return command(strings.Fields(line)) }

// report tries the rules, or only one, and writes how each went. It returns
// whether all were kept, and there were any.
func report(w io.Writer, start starter, only string) bool {
	passed, failed := 0, 0
	for _, r := range rules {
		if only != "" && r.name != only {
			continue
		}
		fault, unsupported := r.try(start)
		switch {
		case fault != nil:
			failed++
			fmt.Fprintf(w, "FAIL  %-14s %v\n", r.name, fault)
		case unsupported:
			fmt.Fprintf(w, "skip  %-14s the harness says that its language has no such thing\n", r.name)
			passed++
		default:
			passed++
			fmt.Fprintf(w, "ok    %s\n", r.name)
		}
	}
	fmt.Fprintf(w, "%d passed, %d failed\n", passed, failed)
	return failed == 0 && passed > 0
}
