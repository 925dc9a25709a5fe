// Todos is the tutorial: a to-do list whose open browsers see each other's
// changes at once. It is an ordinary web application, with a login, forms and
// REST, to which push was added. README.md walks through it file by file.
//
//	go run ./examples/todos
//
// The file names are the architecture:
//
//	main.go      starts and stops the server
//	app.go       the routes, and who may use them
//	login.go     who is who
//	lists.go     the data: lists, their members and their tasks
//	tasks.go     REST for the tasks of a list
//	push.go      all that push adds to the server
//	page/        one page of HTML, one module of JavaScript, one style sheet
//
// What may be relied upon:
//
//   - Nobody reads, changes or hears a list without being its member. There is
//     one check, lists.get, and no way to a list but through it.
//   - Every change of a task is pushed on the path todos/LIST as JSON: the whole
//     task, or {"id":…,"version":…,"deleted":true}. A page that is given the same
//     one twice, or an old one late, stays right.
//   - To send the same request twice is harmless, so a page that got no answer
//     can simply try again.
//   - Memory is bounded: see the limits in lists.go and login.go.
//
// It is an example: the login asks for no password, and nothing is kept on disk.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rootspush/roots/internal/serving"
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
	flags := flag.NewFlagSet("todos", flag.ExitOnError)
	address := flags.String("listen", "127.0.0.1:8080", "the `address` to serve at; port 0 takes any that is free")
	_ = flags.Parse(args) // exits by itself
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The to-do list is at http://%s/\n", listener.Addr())
	return serve(ctx, listener, newApp(new(lists), new(logins)))
}

// serve serves the application until ctx ends, and closes both.
func serve(ctx context.Context, listener net.Listener, a *app) error {
	server := &http.Server{Handler: a.handler(), ReadHeaderTimeout: 10 * time.Second}
	server.RegisterOnShutdown(a.firenze.Drain) // push: those who wait are let go
	defer a.firenze.Close()                    // push
	return serving.HTTP(ctx, server, listener, server.Serve)
}
