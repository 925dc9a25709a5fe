package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
)

// maxBody bounds what a request may bring, in bytes: a thousand paths fit in.
const maxBody = 256 << 10

// assets are what a browser needs.
//
//go:embed page
var assets embed.FS

var pageTemplate = template.Must(template.ParseFS(assets, "page/index.html"))

// handler returns all routes.
func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.showPage)
	mux.HandleFunc("GET /page.js", asset("page/page.js"))
	mux.HandleFunc("GET /page.css", asset("page/page.css"))
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("GET /state", a.signedIn(a.getState))
	mux.HandleFunc("POST /jobs", a.signedIn(a.startJob))
	mux.HandleFunc("DELETE /jobs/{id}", a.signedIn(a.stopJob))
	mux.HandleFunc("POST /connect/{id}", a.signedIn(a.connect))
	mux.HandleFunc("POST /disconnect/{id}", a.signedIn(a.disconnect))
	mux.Handle("/comet/", http.StripPrefix("/comet", a.firenze))
	return protect(mux)
}

// protect refuses what pages of other sites make a browser post or delete, for
// that comes with the login of its user: a page that makes a victim's browser post
// the attacker's id would connect the attacker to the victim's data.
func protect(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(http.MaxBytesHandler(next, maxBody))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func asset(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, assets, name) }
}

// showPage shows the page, or to who is not signed in the form for that.
func (a *app) showPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate.Execute(w, a.logins.who(r)) // fails only if the browser has gone
}

// A view answers who is signed in. A refusal says what is wrong, and changes nothing.
type view func(r *http.Request, who string) (answer any, refusal error)

// signedIn lets nobody else pass.
func (a *app) signedIn(v view) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := a.logins.who(r)
		if who == "" {
			http.Error(w, "you are not signed in, reload the page to do so", http.StatusUnauthorized)
			return
		}
		answer, err := v(r, who)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // fails only if the browser has gone
	}
}

func (a *app) getState(r *http.Request, who string) (any, error) {
	path := r.FormValue("path")
	if !mayHear(who, path) {
		return nil, fmt.Errorf("you may not see %.300q", path)
	}
	return a.state(path)
}

func (a *app) startJob(_ *http.Request, who string) (any, error) { return a.jobs.start(who) }

func (a *app) stopJob(r *http.Request, who string) (any, error) {
	return nil, a.jobs.kill(who, r.PathValue("id"))
}

// connect lets the page with this id hear the paths that it asks for, all or none.
// The id is no proof of anything: who asks is known from the login.
func (a *app) connect(r *http.Request, who string) (any, error) {
	return connection(r, who, a.owl.Connect)
}

// disconnect ends what connect began.
func (a *app) disconnect(r *http.Request, who string) (any, error) {
	return connection(r, who, a.owl.Disconnect)
}

func connection(r *http.Request, who string, verb func(id, path string) error) (any, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var paths []string
	if err := json.Unmarshal(body, &paths); err != nil {
		return nil, fmt.Errorf("the body must be a JSON array of paths: %w", err)
	}
	for _, path := range paths {
		if !mayHear(who, path) {
			return nil, fmt.Errorf("you may not hear %.300q", path)
		}
	}
	for _, path := range paths {
		if err := verb(r.PathValue("id"), path); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
