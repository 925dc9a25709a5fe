package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/filch"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/internal/loopback"
	"github.com/rootspush/roots/pig"
)

// A server is the pieces, wired together, and the addresses they listen on.
type server struct {
	dolores *dolores.Dolores
	log     *logs
	lines   []string // what is printed when all is ready
	opened  []net.Listener
}

// The limits of requests. net/http adds 4 KiB of its own to the header limit,
// which makes the 8 KiB that are allowed.
const (
	maxHeader     = 4 << 10
	headerTimeout = 5 * time.Second
	bodyTimeout   = 10 * time.Second
	idleTimeout   = time.Minute
	drainTimeout  = 5 * time.Second
)

// build wires the pieces and opens all listeners. If one can't be opened, none
// is left open.
func build(c config, stderr io.Writer) (*server, error) {
	d, err := dolores.New(c.name)
	if err != nil {
		return nil, err
	}
	s := &server{dolores: d, log: openLogs(c.log, stderr)}
	slog.SetDefault(s.log.own)
	if s.log.updates != nil {
		d.Delegate(s.log.updates) // first, so that it shows what the others are about to be told
	}
	d.Delegate(pig.New(d, pig.Options{}))
	if err := s.open(c); err != nil {
		for _, l := range s.opened {
			l.Close()
		}
		return nil, err
	}
	return s, nil
}

// open puts what listens into Dolores' care. What browsers wait at comes first
// and so is stopped last: they still get what comes in before that.
func (s *server) open(c config) error {
	browsers, err := s.listen("firenze", c.firenze, func(addr string) (net.Listener, error) { return net.Listen("tcp", addr) })
	if err != nil {
		return err
	}
	backends, err := s.listen("dudley", c.dudley, func(addr string) (net.Listener, error) { return dudley.Listen(addr, c.token) })
	if err != nil {
		return err
	}
	if browsers != nil {
		origins := append(c.origins, pageOrigins(backends)...)
		options := firenze.Options{Hold: time.Duration(c.hold), Delay: time.Duration(c.delay), Origins: origins, RepeatsSkipMiddleware: true}
		if c.twoWay {
			options.Incoming = filch.Guard(s.dolores, nil)
		}
		f := firenze.New(s.dolores, options)
		s.lines = append(s.lines, fmt.Sprintf("firenze       http://%v/comet/", browsers.Addr()))
		h := &http.Server{Handler: public(f)}
		h.RegisterOnShutdown(f.Drain)
		s.serve("firenze", browsers, h, f.Close)
	}
	if backends != nil {
		d := dudley.New(s.dolores, dudley.Options{Token: c.token})
		s.lines = append(s.lines, fmt.Sprintf("dudley        http://%v/", backends.Addr()))
		s.serve("dudley", backends, &http.Server{Handler: trusted(d, browsers), ReadTimeout: bodyTimeout}, func() {})
	}
	if err := s.openImperio(c); err != nil {
		return err
	}
	if backends != nil {
		s.lines = append(s.lines, fmt.Sprintf("page          http://%v/  (open it in two windows of a browser)", backends.Addr()))
	}
	return nil
}

func (s *server) openImperio(c config) error {
	lines, err := s.listen("imperio", c.imperio, listenLoopback)
	if err != nil {
		return err
	}
	if lines != nil {
		s.lines = append(s.lines, fmt.Sprintf("imperio       %v", lines.Addr()))
		s.dolores.Care("imperio", func(ctx context.Context) error { return imperio.Serve(ctx, lines, s.dolores) })
	}
	old, err := s.listen("imperio-http", c.imperioHTTP, listenLoopback)
	if err != nil {
		return err
	}
	if old != nil {
		s.lines = append(s.lines, fmt.Sprintf("imperio-http  http://%v/", old.Addr()))
		s.serve("imperio-http", old, &http.Server{Handler: imperio.HTTP(s.dolores), ReadTimeout: bodyTimeout}, func() {})
	}
	return nil
}

// listenLoopback is for Imperio, which has no token to ask for.
func listenLoopback(addr string) (net.Listener, error) {
	if err := loopback.Check(addr); err != nil {
		return nil, fmt.Errorf("refusing to listen on %q, because whoever reaches it rules the server: %w", addr, err)
	}
	return net.Listen("tcp", addr)
}

// listen opens the listener of a flag, or none if the flag is empty.
func (s *server) listen(name, addr string, open func(string) (net.Listener, error)) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	l, err := open(addr)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", name, err)
	}
	s.opened = append(s.opened, l)
	return l, nil
}

// serve puts an HTTP server into Dolores' care. When it is stopped, requests
// that are under way are finished, and then runs.
func (s *server) serve(name string, l net.Listener, h *http.Server, then func()) {
	h.MaxHeaderBytes, h.ReadHeaderTimeout, h.IdleTimeout = maxHeader, headerTimeout, idleTimeout
	s.dolores.Care(name, func(ctx context.Context) error {
		defer then()
		failed := make(chan error, 1)
		go func() { failed <- h.Serve(l) }()
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			shutdown(name, h)
			<-failed
			return nil
		}
	})
}

func shutdown(name string, h *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil {
		slog.Warn("some connections are cut off, because their requests did not end", "server", name, "error", err)
		h.Close()
	}
}

// run says that all is ready, and serves until ctx ends or something fails.
func (s *server) run(ctx context.Context, stdout io.Writer) error {
	for _, line := range s.lines {
		fmt.Fprintln(stdout, line)
	}
	err := s.dolores.Run(ctx)
	s.log.flush()
	return err
}
