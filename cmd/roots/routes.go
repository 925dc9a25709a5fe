package main

import (
	"embed"
	"fmt"
	"net"
	"net/http"
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

// trusted is what back-ends reach: Dudley, and a page to try the server with.
// Redirects are off, because every path is one that may be posted to.
func trusted(dudley http.Handler, browsers net.Listener) http.Handler {
	r := httprouter.New()
	r.RedirectTrailingSlash, r.RedirectFixedPath = false, false
	r.HandleMethodNotAllowed, r.HandleOPTIONS = false, false
	r.NotFound = dudley
	r.HandlerFunc(http.MethodGet, "/healthz", healthy)
	r.HandlerFunc(http.MethodGet, "/", page("index.html", "text/html", browsers))
	r.HandlerFunc(http.MethodGet, "/page.js", page("page.js", "text/javascript", browsers))
	r.HandlerFunc(http.MethodGet, "/page.css", page("page.css", "text/css", browsers))
	r.HandlerFunc(http.MethodGet, "/pomona.js", func(w http.ResponseWriter, r *http.Request) {
		write(w, "text/javascript", string(browser.Module))
	})
	return r
}

func healthy(w http.ResponseWriter, _ *http.Request) { write(w, "text/plain", "ok\n") }

//go:embed page
var pages embed.FS

// page serves a file of the page, in which PORT stands for that of Firenze. The
// page runs no script but its own and speaks to nobody but the two ports.
func page(name, kind string, browsers net.Listener) http.HandlerFunc {
	content, err := pages.ReadFile("page/" + name)
	if err != nil {
		panic("roots: " + err.Error())
	}
	port := portOf(browsers)
	text := strings.ReplaceAll(string(content), "PORT", port)
	policy := fmt.Sprintf("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' http://*:%[1]s ws://*:%[1]s; frame-ancestors 'none'", port)
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		write(w, kind, text)
	}
}

func write(w http.ResponseWriter, kind, text string) {
	w.Header().Set("Content-Type", kind+"; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write([]byte(text))
}

// portOf returns the port of a listener, or 0 if it is off.
func portOf(l net.Listener) string {
	if l == nil {
		return "0"
	}
	_, port, _ := net.SplitHostPort(l.Addr().String()) // an address of a listener has one
	return port
}

// pageOrigins are the origins that the page may have: it comes from Dudley's
// port, and speaks to Firenze's.
func pageOrigins(backends net.Listener) []string {
	if backends == nil {
		return nil
	}
	var all []string
	own, _, _ := net.SplitHostPort(backends.Addr().String())
	for _, host := range []string{"localhost", "127.0.0.1", "::1", own} {
		all = append(all, "http://"+net.JoinHostPort(host, portOf(backends)))
	}
	return all
}
