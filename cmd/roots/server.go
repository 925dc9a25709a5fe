package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	broker "github.com/nats-io/nats-server/v2/server"

	"github.com/rootspush/roots/connectors/nats"
	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/filch"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/internal/address"
	"github.com/rootspush/roots/internal/serving"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// A server is the pieces, wired together, and the addresses they listen on.
type server struct {
	dolores   *dolores.Dolores
	pig       *pig.Pig
	firenze   *firenze.Firenze // nil if it is off, as are those below
	filch     *filch.Filch
	dudley    *dudley.Dudley
	imperio   imperio.Server
	node      *nats.Node
	broker    *broker.Server   // of NATS, in this process
	arrivals  *dolores.Dolores // hands on what comes from other nodes
	senders   []sender
	log       *logs
	recording *recording // nil if it is off
	lines     []string   // what is printed when all is ready
	opened    []io.Closer
	health    []net.Listener // of the servers that are asked whether they are well
	wired     chan struct{}  // closed when all pieces are there
}

// The limits of requests. net/http adds 4 KiB of its own to the header limit,
// which makes the 8 KiB that are allowed.
const (
	maxHeader     = 4 << 10
	headerTimeout = 5 * time.Second
	bodyTimeout   = 10 * time.Second
	idleTimeout   = time.Minute
)

// build wires the pieces and opens all listeners. If one can't be opened, none
// is left open.
func build(c config, stderr io.Writer) (*server, error) {
	d, err := dolores.New(c.name)
	if err != nil {
		return nil, err
	}
	s := &server{dolores: d, pig: pig.New(d, pig.Options{}), log: openLogs(c.log, slog.Level(c.logLevel), stderr), wired: make(chan struct{})}
	s.log.use()
	if s.log.updates != nil {
		d.Delegate(s.log.updates) // first, so that it shows what the others are about to be told
	}
	if err := s.record(c); err != nil {
		return nil, err
	}
	if c.nats.url != "" {
		d.Care("nats", s.leave) // before the others, so that it is stopped after them
	}
	err = s.open(c)
	close(s.wired)
	if err != nil {
		for _, o := range slices.Backward(s.opened) {
			o.Close()
		}
		return nil, err
	}
	return s, nil
}

// open puts what listens into Dolores' care. What browsers wait at comes first
// and so is stopped last: they still get what comes in before that.
func (s *server) open(c config) error {
	keys, err := openKeyPair(c.tlsCert, c.tlsKey)
	if err != nil {
		return fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	browsers, err := s.listen("firenze", c.firenze, func(addr string, given net.Listener) (net.Listener, error) {
		return listenPublic(addr, given, keys)
	})
	if err != nil {
		return err
	}
	backends, err := s.listen("dudley", c.dudley, func(addr string, given net.Listener) (net.Listener, error) {
		return listenTrusted(addr, c.token, given, keys)
	})
	if err != nil {
		return err
	}
	if browsers != nil {
		s.openFirenze(c, browsers, pageOrigins(backends))
	}
	if backends != nil {
		s.openDudley(c, backends, browsers)
	}
	if err := s.openImperio(c); err != nil {
		return err
	}
	if err := s.join(c); err != nil {
		return err
	}
	if s.firenze != nil {
		if err := s.takeUp(c.state); err != nil {
			return fmt.Errorf("--state: %w", err)
		}
	}
	s.health = slices.DeleteFunc([]net.Listener{browsers, backends}, func(l net.Listener) bool { return l == nil })
	s.dolores.Care("service manager", s.attend)
	if portOf(backends) != "0" {
		s.lines = append(s.lines, "page          "+urlOf(backends, "/")+"  (open it in two windows of a browser)")
	}
	return nil
}

func (s *server) openFirenze(c config, browsers net.Listener, pages []string) {
	options := firenze.Options{Hold: time.Duration(c.hold), Delay: time.Duration(c.delay), Origins: append(c.origins, pages...), RepeatsSkipMiddleware: true}
	if c.twoWay {
		s.filch = filch.Guard(s.dolores, nil)
		options.Incoming = s.filch
		s.senders = append(s.senders, sender{"browsers", s.filch})
	}
	if c.nats.url != "" { // the node is there before the first request
		options.Fetch = func(ctx context.Context, id, key string) (bool, error) { return s.node.Fetch(ctx, id, key) }
		options.Elsewhere = func(sender thestral.Thestral, id, path, message string) { s.node.Tell(sender, id, path, message) }
	}
	s.firenze = firenze.New(s.dolores, options)
	s.lines = append(s.lines, "firenze       "+urlOf(browsers, prefix+"/"))
	h := &http.Server{Handler: public(s.firenze)}
	h.RegisterOnShutdown(s.firenze.Drain)
	s.serve("firenze", browsers, h, func() { s.retire(c.state) })
}

func (s *server) openDudley(c config, backends, browsers net.Listener) {
	s.dudley = dudley.New(s.dolores, dudley.Options{Token: c.token, RepeatsSkipMiddleware: true})
	s.senders = append(s.senders, sender{"dudley", s.dolores})
	s.lines = append(s.lines, "dudley        "+urlOf(backends, "/"))
	live := newLive(s)
	h := &http.Server{Handler: s.trusted(browsers, live), ReadTimeout: bodyTimeout}
	h.RegisterOnShutdown(live.end)
	s.serve("dudley", backends, h, s.dudley.Close)
}

func (s *server) openImperio(c config) error {
	lines, err := s.listen("imperio", c.imperio, listenLoopback)
	if err != nil {
		return err
	}
	if lines != nil {
		s.lines = append(s.lines, "imperio       "+address.String(lines.Addr()))
		s.senders = append(s.senders, sender{"imperio", s.dolores})
		s.dolores.Care("imperio", func(ctx context.Context) error { return s.imperio.Serve(ctx, lines, s.dolores) })
	}
	old, err := s.listen("imperio-http", c.imperioHTTP, listenLoopback)
	if err != nil {
		return err
	}
	if old != nil {
		s.lines = append(s.lines, "imperio-http  "+urlOf(old, "/"))
		s.senders = append(s.senders, sender{"imperio-http", s.dolores})
		s.serve("imperio-http", old, &http.Server{Handler: s.imperio.HTTP(s.dolores), ReadTimeout: bodyTimeout}, func() {})
	}
	return nil
}

// serve puts an HTTP server into Dolores' care. When it is stopped, requests
// that are under way are finished, and then runs.
func (s *server) serve(name string, l net.Listener, h *http.Server, then func()) {
	h.MaxHeaderBytes, h.ReadHeaderTimeout, h.IdleTimeout = maxHeader, headerTimeout, idleTimeout
	s.dolores.Care(name, func(ctx context.Context) error {
		defer then()
		return serving.HTTP(ctx, h, l, func(l net.Listener) error { return serveHTTP(h, l) })
	})
}

// run says that all is ready, and serves until ctx ends or something fails.
func (s *server) run(ctx context.Context, stdout io.Writer) error {
	for _, line := range s.lines {
		fmt.Fprintln(stdout, line)
	}
	s.log.say("the server is ready", s.lines)
	err := s.dolores.Run(ctx)
	s.log.say("the server has stopped", s.lines)
	s.log.flush()
	return err
}
