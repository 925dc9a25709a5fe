package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/serving"
	"github.com/rootspush/roots/pig"
)

// app is the application, with the pieces of Roots inside.
type app struct {
	roots   *dolores.Dolores // gives ids, hands on the news, and stops all at the end
	owl     *pig.Pig         // knows who hears which path
	firenze *firenze.Firenze // the browsers wait here
	news    *news
	jobs    *jobs
	files   *files
	logins  logins
}

func newApp(folder string) (*app, error) {
	a := &app{roots: new(dolores.Dolores), logins: newLogins()}
	a.owl = pig.New(a.roots, pig.Options{})
	a.roots.Delegate(a.owl)
	a.news = newNews(a.roots, a.isHeard, a.state)
	a.jobs = &jobs{changed: a.news.changed}
	var err error
	if a.files, err = openFiles(folder, a.news.changed); err != nil {
		return nil, err
	}
	a.firenze = firenze.New(a.roots, firenze.Options{})
	return a, nil
}

func (a *app) close() {
	a.firenze.Close()
	a.files.close()
}

// isHeard says whether a browser hears path.
func (a *app) isHeard(path string) bool { return a.owl.Count(pig.Heard{Text: path}) > 0 }

// state returns what there is to say about path. It is the message of each push,
// and the answer to who loads it.
func (a *app) state(path string) (any, error) {
	kind, owner, name := split(path)
	switch {
	case kind == "process" && name == "":
		return a.jobs.of(owner), nil
	case kind == "process":
		return a.jobs.state(owner, name)
	case name == "":
		return a.files.names(owner)
	default:
		return a.files.read(owner, name)
	}
}

// mayHear is the one check of who may load and hear what: one's own jobs, one's
// own files, and those of everyone.
func mayHear(who, path string) bool {
	kind, owner, _ := split(path)
	return kind == "process" && owner == who || kind == "file" && (owner == who || owner == everyone)
}

func split(path string) (kind, owner, name string) {
	kind, rest, _ := strings.Cut(path, "/")
	owner, name, _ = strings.Cut(rest, "/")
	return kind, owner, name
}

// serve serves the page to listener until ctx ends, and stops all that was started.
// Jobs find cornelius in the folder connector, and take pace seconds for a line.
func (a *app) serve(ctx context.Context, listener net.Listener, connector, pace string) error {
	token := rand.Text()
	toDudley, err := dudley.Listen("127.0.0.1:0", token)
	if err != nil {
		return err
	}
	connector, err = filepath.Abs(connector)
	if err != nil {
		return err
	}
	job := &python{picture, connector, pace, fmt.Sprintf("http://%s/", toDudley.Addr()), token, a.files}
	a.jobs.run = job.run
	taker := &http.Server{Handler: a.taker(token), ReadTimeout: 10 * time.Second}
	server := &http.Server{Handler: a.handler(), ReadHeaderTimeout: 10 * time.Second}
	server.RegisterOnShutdown(a.firenze.Drain) // those who wait are let go

	a.roots.Care("news", a.news.run)
	a.roots.Care("files", a.files.watch)
	a.roots.Care("dudley", serveAt(toDudley, taker))
	a.roots.Care("jobs", a.jobs.killAtEnd)
	a.roots.Care("page", serveAt(listener, server))
	return a.roots.Run(ctx)
}

// taker returns what takes the news of jobs: they say how far they are, and may not
// say who hears what.
func (a *app) taker(token string) http.Handler {
	return dudley.New(a.jobs, dudley.Options{Token: token, RefuseControl: true})
}

// serveAt returns what serves at listener until its context ends.
func serveAt(listener net.Listener, server *http.Server) func(context.Context) error {
	return func(ctx context.Context) error {
		return serving.HTTP(ctx, server, listener, server.Serve)
	}
}
