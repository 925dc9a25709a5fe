package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/examples/bustle/page"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/serving"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// What a page shows when it is opened: this many of the last lines.
const (
	remembered   = 20
	rememberedAt = 24 * time.Hour
)

// A screen shows the feed to browsers. Its pieces are not those of the town: what
// browsers do is no business of the audit log.
type screen struct {
	roots   *dolores.Dolores // is given the lines
	owl     *pig.Pig
	firenze *firenze.Firenze
}

func newScreen() *screen {
	roots := new(dolores.Dolores)
	owl := pig.New(roots, pig.Options{Remember: remembered, Age: rememberedAt})
	roots.Delegate(owl)
	return &screen{roots, owl, firenze.New(roots, firenze.Options{})}
}

// careFor has the page served at an address.
func (s *screen) careFor(keeper *dolores.Dolores, address string, out io.Writer) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", page.Handler(s.owl))
	mux.Handle("/comet/", http.StripPrefix("/comet", s.firenze))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	server.RegisterOnShutdown(s.firenze.Drain) // those who wait are let go
	fmt.Fprintf(out, "The page is at http://%s/\n", listener.Addr())
	keeper.Care("page", func(ctx context.Context) error {
		defer s.firenze.Close()
		return serving.HTTP(ctx, server, listener, server.Serve)
	})
	return nil
}

// careForSocket has the posts of programs taken at a Unix socket. Whoever may open
// its file, its owner and its group, can speak for everybody.
func careForSocket(keeper *dolores.Dolores, file string, hook thestral.Thestral) error {
	listener, err := dudley.Listen("unix:"+file, "")
	if err != nil {
		return err
	}
	taker := dudley.New(hook, dudley.Options{RefuseControl: true})
	server := &http.Server{Handler: taker, ReadTimeout: 10 * time.Second}
	keeper.Care("socket", func(ctx context.Context) error {
		return serving.HTTP(ctx, server, listener, server.Serve)
	})
	return nil
}
