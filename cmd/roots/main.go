// Roots is the server: the pieces of the toolkit wired together, for those who
// do not write Go. It needs no configuration to be tried:
//
//	roots
//
// listens on this machine alone, prints its addresses, and logs every update on
// standard error, one a line.
//
//	firenze   127.0.0.1:8008   browsers get their updates here, at / and /comet/
//	dudley    127.0.0.1:8004   back-ends post updates here; a page to try it is at /
//	imperio   127.0.0.1:8007   updates as lines of text, for scripts and telnet
//
// Whoever reaches Dudley or Imperio rules the server. So Dudley listens
// elsewhere only with a token, and Imperio never does.
//
// Each flag can also be set in the environment: --imperio-http as
// ROOTS_IMPERIO_HTTP and so on, with commas between several origins. A flag
// wins. GOGC is 50 unless it is set. The exit status is 0 after SIGTERM or SIGINT, 1 if something failed, 2
// if a flag or variable is wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// gcPercent lets the heap grow by half before garbage is collected, not to the
// double: most of it are sessions that wait, and these are kept for less that way.
const gcPercent = 50

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// run is the program, until ctx ends. It returns the exit status.
func run(ctx context.Context, args []string, env func(string) (string, bool), stdout, stderr io.Writer) int {
	c, err := configure(args, env, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "roots: %v\n", err)
		return 2
	}
	s, err := build(c, stderr)
	if err == nil {
		err = s.run(ctx, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "roots: %v\n", err)
		return 1
	}
	return 0
}
