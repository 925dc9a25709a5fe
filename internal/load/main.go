//go:build linux

package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"
)

// The servers die with the thread that started them, which must not be one that
// Go ends early.
func init() { runtime.LockOSThread() }

// gcPercent has garbage collected seldom, as that would delay what is measured.
const gcPercent = 1000

func main() {
	debug.SetGCPercent(gcPercent)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// run measures what args say, and writes the table to out. How far it is goes to
// progress.
func run(ctx context.Context, args []string, out, progress io.Writer) error {
	p, asJSON, err := parse(args, progress)
	if err != nil {
		return err
	}
	before := machine()
	rows, err := p.run(ctx, progress)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(out, rows)
	}
	fmt.Fprintln(out, before)
	return writeTable(out, rows)
}

// parse reads the flags.
func parse(args []string, help io.Writer) (p plan, asJSON bool, err error) {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(help)
	p.sizes.settle = 6 * time.Second
	servers := flags.String("servers", "roots,nethttp,epoll,nchan", "what to measure")
	ways := flags.String("transports", strings.Join(allTransports, ","), "how clients hear")
	what := flags.String("measures", "memory,fanout,fanout16,unicast,batch,latency", "what to find out")
	flags.IntVar(&p.sizes.idle, "clients", 19_000, "how many clients are idle, for memory")
	flags.IntVar(&p.sizes.clients, "active", 10_000, "how many clients get messages, for all else")
	flags.IntVar(&p.sizes.messages, "messages", 40, "how many messages a fan-out has")
	flags.IntVar(&p.sizes.updates, "updates", 50_000, "how many messages a unicast has")
	flags.DurationVar(&p.sizes.paced, "paced", 10*time.Second, "how long latency is measured")
	flags.IntVar(&p.rounds, "rounds", 3, "how often all is done")
	roots := flags.String("roots", "", "a `program` to measure as roots, instead of building it")
	flags.BoolVar(&asJSON, "json", false, "write JSON instead of the table")
	quick := flags.Bool("quick", false, "one short round with few clients, whose figures mean nothing")
	if err := flags.Parse(args); err != nil {
		return p, false, err
	}
	if *quick {
		p.sizes, p.rounds = quickSizes, 1
	}
	p.sizes.limit(help)
	var noSubject, noTransport, noMeasure error
	p.subjects, noSubject = pick(*servers, subjects(*roots), func(s subject) string { return s.name })
	p.transports, noTransport = pick(*ways, allTransports, func(t string) string { return t })
	p.measures, noMeasure = pick(*what, measures, func(m measure) string { return m.name })
	return p, asJSON, cmp.Or(noSubject, noTransport, noMeasure)
}

// quickSizes are enough to see whether all works.
var quickSizes = sizes{idle: 200, clients: 100, messages: 20, updates: 1000, paced: 300 * time.Millisecond, settle: 100 * time.Millisecond}

// reserve is how many descriptors are left for what is no client.
const reserve = 100

// limit keeps the clients within what the kernel allows, and says so.
func (s *sizes) limit(warning io.Writer) {
	allowed := descriptors()
	if most := allowed - reserve; max(s.idle, s.clients) > most {
		fmt.Fprintf(warning, "the limit of descriptors is %d, so there are only %d clients\n", allowed, most)
		s.idle, s.clients = min(s.idle, most), min(s.clients, most)
	}
}

// pick returns those of all whose names are in list.
func pick[T any](list string, all []T, name func(T) string) ([]T, error) {
	var some []T
	for want := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(all, func(one T) bool { return name(one) == want })
		if i < 0 {
			return nil, fmt.Errorf("there is no %q", want)
		}
		some = append(some, all[i])
	}
	return some, nil
}
