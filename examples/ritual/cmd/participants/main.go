// Participants is a crowd that takes part in a ritual, to see how a server bears
// it.
//
//	go run ./examples/ritual --listen 127.0.0.1:8080
//	go run ./examples/ritual/cmd/participants --ritual NAME --count 1000 --turns 3
//
// Each participant does what a browser does: logs in with a photo if that is asked
// for, says its name, posts a picture, is welcomed, waits for statuses and for the
// chat, says something now and then, and answers each widget once. With --turns
// somebody leads, and it is measured how long a page takes to reach them all:
// from before the turn is posted until the last status with the page was read.
//
// What they post follows from their numbers; when they do it, from chance.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run takes part until ctx ends, or until all pages have been turned and the
// time is over. It fails if not all came in, or a page did not reach them all.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("participants", flag.ExitOnError)
	server := flags.String("url", "http://127.0.0.1:8080/", "the `address` of the server")
	ritual := flags.String("ritual", "", "the `name` of the ritual; it has to be there")
	count := flags.Int("count", 20, "how `many` take part")
	turns := flags.Int("turns", 0, "how `many` pages are turned")
	token := flags.String("token", "", "what the server asks of who turns pages")
	pause := flags.Duration("pause", 5*time.Second, "how long each page is shown, and after which time the last answer is given")
	last := flags.Duration("for", 0, "how long they stay after the last turn (default without --turns: until they are interrupted)")
	_ = flags.Parse(args) // exits by itself
	if *ritual == "" || *count < 1 {
		return errors.New("--ritual NAME says which ritual to take part in, --count is at least 1")
	}
	base, err := url.Parse(*server)
	if err != nil {
		return err
	}
	c := newCrowd(base.JoinPath(url.PathEscape(*ritual)), *count, *pause)
	ctx, leave := context.WithCancel(ctx)
	defer c.wait()
	defer leave()
	began := time.Now()
	if err := c.enter(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d participants are in after %v\n", *count, time.Since(began).Round(time.Millisecond))
	if err := c.turnPages(ctx, *turns, *token, out); err != nil {
		return err
	}
	if *turns > 0 || *last > 0 {
		sleep(ctx, *last)
	} else {
		<-ctx.Done()
	}
	fmt.Fprintln(out, c.tally.String())
	return nil
}

// sleep waits, and says whether ctx goes on.
func sleep(ctx context.Context, wait time.Duration) bool {
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
