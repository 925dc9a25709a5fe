// Ritual serves communal rituals: everybody sees the same slides, and the slides
// hold widgets that create presence and community.
//
//	go run ./examples/ritual
//
// serves two scripts of its own. README.md tells how to run it for a congregation
// and how to write a script. The parts:
//
//	stage     the server: scripts, rituals, routes, logins, photos
//	widget    what a widget and a ritual know of each other
//	widgets   the widgets: a Go file, a JavaScript file and a page each
//	client    what the browser runs
//	scripts   the scripts that come along
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/examples/ritual/scripts"
	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/examples/ritual/widgets"
	"github.com/rootspush/roots/internal/address"
	"github.com/rootspush/roots/internal/serving"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// settings are what the command line says.
type settings struct {
	scripts, listen, ritual, secrets, proxies, singing string
}

func parse(args []string) settings {
	var s settings
	flags := flag.NewFlagSet("ritual", flag.ExitOnError)
	flags.StringVar(&s.scripts, "scripts", "", "the `folder` with a folder for each script (default those that come along)")
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8080", "the `address` to serve at, or unix:PATH; port 0 takes any that is free")
	flags.StringVar(&s.ritual, "ritual", "", "the `name` of the one ritual that this server is for (the secret RITUAL_NAME)")
	flags.StringVar(&s.secrets, "secrets", "", "the JSON `file` with the secrets")
	flags.StringVar(&s.proxies, "proxies", "", "`networks`, as in 10.0.0.0/8,192.0.2.7/32, whose X-Forwarded-For is believed; this machine's is")
	flags.StringVar(&s.singing, "singing", os.Getenv("BUCKET_PATH"), "the `folder` of an external singing client (default $BUCKET_PATH)")
	_ = flags.Parse(args) // exits by itself
	return s
}

// run serves until ctx ends, and tells on out which address to open.
func run(ctx context.Context, args []string, out io.Writer) error {
	settings := parse(args)
	options, closeAll, err := settings.options()
	if err != nil {
		return err
	}
	defer closeAll()
	listener, err := address.Listen(settings.listen)
	if err != nil {
		return err
	}
	s := stage.New(options)
	defer s.Close()
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
	server.RegisterOnShutdown(s.Drain) // those who wait are let go
	fmt.Fprintf(out, "Rituals begin at %s\n", urlOf(address.String(listener.Addr())))

	var roots dolores.Dolores
	roots.Care("rituals", func(ctx context.Context) error {
		return serving.HTTP(ctx, server, listener, server.Serve)
	})
	return roots.Run(ctx)
}

func urlOf(addr string) string {
	if strings.HasPrefix(addr, "unix:") {
		return addr
	}
	return "http://" + addr + "/"
}

// options opens what the stage needs. A folder is opened as a root, so that no
// link leads out of it.
func (s settings) options() (o stage.Options, closeAll func(), err error) {
	o = stage.Options{Scripts: scripts.Files, Widgets: widgets.Files}
	var roots []*os.Root
	closeAll = func() {
		for _, root := range roots {
			root.Close()
		}
	}
	for folder, into := range map[string]*fs.FS{s.scripts: &o.Scripts, s.singing: &o.Singing} {
		if folder == "" {
			continue
		}
		root, err := os.OpenRoot(folder)
		if err != nil {
			closeAll()
			return o, nil, err
		}
		roots = append(roots, root)
		*into = root.FS()
	}
	if err := s.read(&o); err != nil {
		closeAll()
		return o, nil, err
	}
	return o, closeAll, nil
}

func (s settings) read(o *stage.Options) (err error) {
	if o.Secrets, err = readSecrets(s.secrets); err != nil {
		return err
	}
	if s.ritual != "" {
		o.Secrets["RITUAL_NAME"] = s.ritual
	}
	o.Proxies, err = parseNetworks(s.proxies)
	return err
}
