// Package page is a page that shows the feed of bustle in a browser: the same lines as in a
// terminal, and as lively. A small town stands above them, in which a window is lit for
// whoever does something.
//
// It hears the path "bustle" through Pomona. Each message is a line of the log, and what Pig
// remembers of the path is what a page has on it that is opened later, or comes back after too
// long. So nothing is loaded:
//
//	owl := pig.New(roots, pig.Options{Remember: 20, Age: 24 * time.Hour})
//	mux.Handle("/", page.Handler(owl))
//	mux.Handle("/comet/", http.StripPrefix("/comet", firenze))
//
// # Guarantees
//
//   - Who may open the page may hear the feed, for all may read the log. Nothing else can be
//     connected here, and pages of other sites can't make a browser do so.
//   - A message is text. No markup in it is markup, and the page runs no script but its own.
//   - The page holds no more than a hundred lines. The more wait, the less time each gets, and
//     above eight they are just shown.
//   - Nothing moves for those who do not want it (prefers-reduced-motion). It is as light or as
//     dark as the browser, and as narrow as a phone.
package page

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
)

// Path is what the page hears.
const Path = "bustle"

// maxBody is how many bytes a request may have.
const maxBody = 64 << 10

//go:embed index.html page.css page.js
var assets embed.FS

// Connector lets the session with an id hear a path, as [github.com/rootspush/roots/pig.Pig]
// does. It must not wait.
type Connector interface {
	Connect(id, path string) error
}

// Handler serves the page at "/", and lets it connect through owl to [Path] alone. Firenze is
// to be served beside it at "/comet/".
func Handler(owl Connector) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", asset("index.html"))
	mux.HandleFunc("GET /page.css", asset("page.css"))
	mux.HandleFunc("GET /page.js", asset("page.js"))
	mux.HandleFunc("POST /connect/{id}", func(w http.ResponseWriter, r *http.Request) { connect(owl, w, r) })
	return http.NewCrossOriginProtection().Handler(http.MaxBytesHandler(mux, maxBody))
}

// asset serves a part of the page.
func asset(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		http.ServeFileFS(w, r, assets, name)
	}
}

// connect lets a page hear what it asks for, if that is the feed.
func connect(owl Connector, w http.ResponseWriter, r *http.Request) {
	var paths []string
	if err := json.NewDecoder(r.Body).Decode(&paths); err != nil {
		http.Error(w, fmt.Sprintf("the body must be a JSON array of paths: %v", err), http.StatusBadRequest)
		return
	}
	for _, path := range paths {
		if path != Path {
			http.Error(w, fmt.Sprintf("%.80q can't be heard here, only %q", path, Path), http.StatusForbidden)
			return
		}
	}
	for _, path := range paths {
		if err := owl.Connect(r.PathValue("id"), path); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
	}
}
