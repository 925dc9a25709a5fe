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
// Each flag can also be set in the environment, --imperio-http as
// ROOTS_IMPERIO_HTTP and so on, or in a file that --config names. roots --help
// tells it all, and roots man prints it as a manual page.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	go collectWhenQuiet(ctx)
	os.Exit(managed(ctx, func(ctx context.Context, stderr io.Writer) int {
		return run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, stderr)
	}))
}

// A subcommand is something that roots can do.
type subcommand struct {
	name    string
	args    string // the words beside the flags, as in "ID PATH"
	summary string
	run     func(ctx context.Context, p program, args []string) error
	about   string // what its help says beside that; paragraphs are lines
}

// commands are what may stand behind "roots". Without any of them it serves.
func commands() []subcommand {
	return []subcommand{
		{"replay", "FILE...", "sends the updates of a recording again, or shows who heard them", replay, replayAbout},
		{"tail", "PATTERN", "shows the updates on paths that match, as they pass", tail, tailAbout},
		{"update", "PATH MESSAGE", "says that something changed", update, updateAbout},
		{"connect", "ID PATH", "lets a session hear a path", connect, connectAbout},
		{"graph", "", "prints who hears what as a picture", printGraph, graphAbout},
		{"explain", "ID PATH", "says whether an id would get a message of a path, and why not", printExplanation, explainAbout},
		{"check", "", "says what is wrong with an installation, and with a proxy before it", check, checkAbout},
		{"service", serviceArgs, "runs roots as a service of its system", manageService, serviceAbout},
		{"completion", "bash|zsh|fish", "prints what completes commands and flags in a shell", completion, completionAbout},
		{"man", "", "prints this manual as a page for man", man, manAbout},
	}
}

// A program is what surrounds a command.
type program struct {
	env            func(string) (string, bool)
	stdin          io.Reader
	stdout, stderr io.Writer
}

// A misuse is an error in what the user wrote, for which the exit status is 2.
type misuse struct{ error }

// An exit is a status to end with when all has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run is the program, until ctx ends. It returns the exit status.
func run(ctx context.Context, args []string, env func(string) (string, bool), stdout, stderr io.Writer) int {
	p := program{env, os.Stdin, stdout, stderr}
	err := p.do(ctx, args)
	var asked helpAsked
	var status exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &asked):
		p.help(asked)
		return 0
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, new(misuse)):
		fmt.Fprintf(stderr, "roots: %v\n", err)
		return 2
	default:
		fmt.Fprintf(stderr, "roots: %v\n", err)
		return 1
	}
}

// do does the command that args begin with. Without one roots serves.
func (p program) do(ctx context.Context, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return serve(ctx, p, args)
	}
	var names []string
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, p, args[1:])
		}
		names = append(names, c.name)
	}
	return misuse{fmt.Errorf("%q is no command, which are %s; see roots --help", args[0], strings.Join(names, ", "))}
}

// serve is roots without a command.
func serve(ctx context.Context, p program, args []string) error {
	var c config
	if _, err := p.parse(c.newFlags(), args, ""); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return misuse{err}
	}
	s, err := build(c, p.stderr)
	if err != nil {
		return err
	}
	return s.run(ctx, p.stdout)
}
