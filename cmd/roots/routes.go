package main

import (
	"embed"
	"fmt"
	"net"
	"net/http"
	"path"
	"strings"

	"github.com/julienschmidt/httprouter"

	"github.com/rootspush/roots/connectors/browser"
)

// prefix is where Firenze is beside "/", so that the same addresses work with
// and without a proxy that passes on the whole path.
const prefix = "/comet"

// public is what browsers reach: Firenze, and whether the server is well.
func public(firenze http.Handler) http.Handler {
	stripped := http.StripPrefix(prefix, firenze)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz":
			healthy(w, r)
		case r.URL.Path == prefix || strings.HasPrefix(r.URL.Path, prefix+"/"):
			stripped.ServeHTTP(w, r)
		default:
			firenze.ServeHTTP(w, r)
		}
	})
}

// trusted is what back-ends reach: Dudley, what shows the server at work, and a
// page to try it with. Redirects are off, because every path is one that may be
// posted to.
func (s *server) trusted(browsers net.Listener, live *live) http.Handler {
	r := httprouter.New()
	r.RedirectTrailingSlash, r.RedirectFixedPath = false, false
	r.HandleMethodNotAllowed, r.HandleOPTIONS = false, false
	r.NotFound = s.dudley
	r.HandlerFunc(http.MethodGet, "/healthz", healthy)
	r.Handler(http.MethodGet, "/metrics", s.guarded(s.metrics()))
	r.Handler(http.MethodGet, "/graph", s.guarded(http.HandlerFunc(s.serveGraph)))
	r.Handler(http.MethodGet, "/explain", s.guarded(http.HandlerFunc(s.serveExplain)))
	r.Handler(http.MethodGet, "/live", s.guarded(live))
	r.Handler(http.MethodGet, "/tail", s.guarded(http.HandlerFunc(live.serveTail)))
	for _, name := range pageFiles() {
		r.HandlerFunc(http.MethodGet, "/"+strings.TrimPrefix(name, "index.html"), page(name, browsers))
	}
	r.HandlerFunc(http.MethodGet, "/pomona.js", func(w http.ResponseWriter, r *http.Request) {
		write(w, "text/javascript", string(browser.Module))
	})
	return r
}

// guarded lets a request through to next only if it may speak to Dudley: by its
// host, its origin and its token. Whatever shows more than that the server is
// well stands behind it.
func (s *server) guarded(next http.Handler) http.Handler { return s.dudley.Guard(next) }

func healthy(w http.ResponseWriter, _ *http.Request) { write(w, "text/plain", "ok\n") }

//go:embed page
var pages embed.FS

func pageFiles() (names []string) {
	files, _ := pages.ReadDir("page") // it is there, or this does not compile
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

// page serves a file of the page, in which PORT and SCHEME stand for those of
// Firenze. The page runs no script but its own and speaks to nobody but the two
// ports.
func page(name string, browsers net.Listener) http.HandlerFunc {
	content, err := pages.ReadFile("page/" + name)
	if err != nil {
		panic("roots: " + err.Error())
	}
	port := portOf(browsers)
	text := strings.NewReplacer("PORT", port, "SCHEME", schemeOf(browsers)).Replace(string(content))
	kind := map[string]string{".html": "text/html", ".css": "text/css", ".js": "text/javascript"}[path.Ext(name)]
	policy := fmt.Sprintf("default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' http://*:%[1]s ws://*:%[1]s; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", port)
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		write(w, kind, text)
	}
}

func write(w http.ResponseWriter, kind, text string) {
	w.Header().Set("Content-Type", kind+"; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write([]byte(text))
}

// portOf returns the port of a listener, or 0 if it is off or has none.
func portOf(l net.Listener) string {
	if l == nil || l.Addr().Network() != "tcp" {
		return "0"
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// pageOrigins are the origins that the page may have: it comes from Dudley's
// port, and speaks to Firenze's.
func pageOrigins(backends net.Listener) []string {
	if portOf(backends) == "0" {
		return nil
	}
	var all []string
	own, _, _ := net.SplitHostPort(backends.Addr().String())
	for _, host := range []string{"localhost", "127.0.0.1", "::1", own} {
		all = append(all, schemeOf(backends)+"://"+net.JoinHostPort(host, portOf(backends)))
	}
	return all
}
