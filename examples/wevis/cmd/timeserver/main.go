// Timeserver tells the time: over TCP to clients of wevis, and to browsers that
// open its page.
//
//	go run ./examples/wevis/cmd/timeserver
package main

import (
	"cmp"
	"context"
	"embed"
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

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
	"github.com/rootspush/roots/internal/serving"
)

//go:embed index.html page.js
var page embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx ends, and tells on out where.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("timeserver", flag.ExitOnError)
	address := flags.String("listen", wevis.DefaultAddress, "the `address` to serve clients at; port 0 takes any that is free")
	web := flags.String("web", "localhost:12122", "the `address` to serve browsers at; port 0 takes any that is free")
	_ = flags.Parse(args) // exits by itself

	clients, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	browsers, err := net.Listen("tcp", *web)
	if err != nil {
		return cmp.Or(clients.Close(), err)
	}
	server := clock.NewServer()
	bridge, err := wevis.NewBridge(server)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The time is told at %s\nand at http://%s/\nto user %s with password %s.\n",
		clients.Addr(), browsers.Addr(), clock.User, clock.Password)
	controller := new(dolores.Dolores)
	controller.Care("clients", func(ctx context.Context) error { return server.Serve(ctx, clients) })
	controller.Care("browsers", func(ctx context.Context) error { return serveWeb(ctx, browsers, bridge) })
	return controller.Run(ctx)
}

// serveWeb serves the page and the bridge until ctx ends.
func serveWeb(ctx context.Context, listener net.Listener, bridge *wevis.Bridge) error {
	defer bridge.Close()
	mux := http.NewServeMux()
	mux.Handle("/", bridge)
	mux.HandleFunc("GET /{$}", file("index.html"))
	mux.HandleFunc("GET /page.js", file("page.js"))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	server.RegisterOnShutdown(bridge.Drain)
	return serving.HTTP(ctx, server, listener, server.Serve)
}

// file serves a part of the page, which may run no script but its own.
func file(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		http.ServeFileFS(w, r, page, name)
	}
}
