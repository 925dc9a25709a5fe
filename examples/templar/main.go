// Templar puts websockets in front of an API that has none: it holds the connections,
// so that the API stays as it is.
//
//	go run ./examples/templar --listen 127.0.0.1:5000 --trigger 127.0.0.1:5001 \
//		--api http://127.0.0.1:8080/api/ \
//		--amqp amqp://guest:guest@127.0.0.1:5672/ --exchange hightemplar
//
// Without --amqp messages come by HTTP alone, and without --api there is a small API
// for demonstration, with a page.
//
//	package    what it is
//	rooms      rooms and permissions: what is the same, what covers, what meets
//	gateway    the clients: how they come in, what they say, what they are sent
//	rabbit     hears RabbitMQ
//	uuid       names
//
// This package puts them together with the pieces, and reads the settings. What is
// promised stands at the top of package gateway.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/examples/templar/gateway"
	"github.com/rootspush/roots/examples/templar/rabbit"
	"github.com/rootspush/roots/internal/address"
	"github.com/rootspush/roots/internal/serving"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "templar:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, and tells on out where.
func run(ctx context.Context, args []string, env lookup, out io.Writer) error {
	s, err := parse(args, env)
	if err != nil {
		return err
	}
	closeLog, err := s.log()
	if err != nil {
		return err
	}
	defer closeLog()
	clients, err := address.Listen(s.listen)
	if err != nil {
		return err
	}
	defer clients.Close()
	trusted, err := dudley.Listen(s.trigger, s.token)
	if err != nil {
		return err
	}
	defer trusted.Close()
	fmt.Fprintf(out, "Clients connect to ws://%s/ws/\nTriggers are posted to http://%s/trigger/\n", address.String(clients.Addr()), address.String(trusted.Addr()))
	if s.api == "" {
		return s.demonstrate(ctx, clients, trusted, out)
	}
	g, controller, err := s.gateway()
	if err != nil {
		return err
	}
	return s.serve(ctx, controller, g, clients, g, trusted)
}

// gateway makes the gateway that the settings ask for.
func (s *settings) gateway() (*gateway.Gateway, *dolores.Dolores, error) {
	headers := map[string]gateway.Source{}
	if s.appURL != "" {
		headers["Referer"] = gateway.Fixed(s.appURL)
		headers["X-Session-Token"] = gateway.Param("session_token")
	}
	api, err := gateway.NewAPI(s.api, s.apiSocket, headers)
	if err != nil {
		return nil, nil, err
	}
	options := gateway.Options{
		Backend: api, Echo: s.echo, IsAuthenticated: s.isAuthenticated, PrivateStatus: s.privateStatus, Origins: s.origins,
	}
	if s.notify {
		online, offline := api.Post("user/notify_online/"), api.Post("user/notify_offline/")
		options.Hooks = gateway.Hooks{Connect: []gateway.Hook{online}, Ping: []gateway.Hook{online}, Disconnect: []gateway.Hook{offline}}
	}
	controller := new(dolores.Dolores)
	return gateway.New(controller, options), controller, nil
}

// serve puts all that runs into the care of Dolores, and lets it run until ctx ends.
// What came last is stopped first: nothing more comes in, then the clients are let go.
func (s *settings) serve(ctx context.Context, controller *dolores.Dolores, g *gateway.Gateway, clients net.Listener, site http.Handler, trusted net.Listener) error {
	controller.Care("gateway", g.Run)
	controller.Care("clients", func(ctx context.Context) error { return serveHTTP(ctx, clients, site) })
	guard := dudley.New(controller, dudley.Options{Token: s.token})
	controller.Care("triggers", func(ctx context.Context) error { return serveHTTP(ctx, trusted, guard.Guard(g.Trusted())) })
	if s.amqp != "" {
		consumer := &rabbit.Consumer{URL: s.amqp, Exchange: s.exchange, Take: g.TakeRabbit}
		controller.Care("RabbitMQ", consumer.Run)
	}
	return controller.Run(ctx)
}

func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	return serving.HTTP(ctx, server, listener, server.Serve)
}
