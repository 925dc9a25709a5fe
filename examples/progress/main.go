// Progress is what the toolkit was first made for: a page starts long jobs and
// shows how far each has come, and it shows the files of a folder as they change.
//
//	go run ./examples/progress
//
// The rule that all of it follows: a message is the whole state of its path. So
// only the latest of a path counts. A slow browser skips what is out of date
// ("latest" in page.js), a flood of changes is told as one (news.go), and to load
// the state of a path is to ask for its latest message (views.go).
//
//	path              state
//	process/WHO       the ids of the jobs of WHO, the newest first
//	process/WHO/ID    how far that job is: {"state":…,"percent":…,"text":…}
//	file/WHO          the names of the files in the folder WHO
//	file/WHO/NAME     the file: {"size":…,"changed":…,"text":…}
//
// What may be relied upon:
//
//   - Nobody reads or hears of another's jobs and files. There is one check,
//     mayHear. The files in the folder "everyone" are for all who signed in.
//   - A job is a process of its own. It pushes to Dudley, with a token that nobody
//     else knows, and what comes there is taken for nothing but how far a job is. It
//     is killed when its owner says so, after five minutes, when it writes too much,
//     and when the server ends.
//   - No name of a file leads out of its folder, through links neither. Hidden
//     files, and whatever is no regular file, are not shown.
//   - Memory, processes and what is read are bounded: see the constants.
//
// It is an example: to sign in is to type a name.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx ends, and tells on out which address to open.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("progress", flag.ExitOnError)
	address := flags.String("listen", "127.0.0.1:8080", "the `address` to serve at; port 0 takes any that is free")
	folder := flags.String("folder", "", "the `folder` whose files are shown (default a new one with something in it)")
	_ = flags.Parse(args) // exits by itself

	if *folder == "" {
		demo, err := demoFolder()
		if err != nil {
			return err
		}
		defer os.RemoveAll(demo)
		*folder = demo
	}
	a, err := newApp(*folder)
	if err != nil {
		return err
	}
	defer a.close()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The page is at http://%s/\nThe files are in %s\n", listener.Addr(), *folder)
	return a.serve(ctx, listener, "connectors/python", "0.8")
}
