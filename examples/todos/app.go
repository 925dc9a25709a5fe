package main

import (
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"mime"
	"net/http"

	"github.com/julienschmidt/httprouter"
)

// maxBody bounds what a request may bring, in bytes. The longest text fits in
// any way that JSON can write it.
const maxBody = 16 << 10

// files are what a browser needs.
//
//go:embed page
var files embed.FS

var pageTemplate = template.Must(template.ParseFS(files, "page/index.html"))

// app is the application.
type app struct {
	lists  *lists
	logins *logins
	push   // push
}

func newApp(ls *lists, ins *logins) *app {
	return &app{
		lists:  ls,
		logins: ins,
		push:   newPush(), // push
	}
}

// handler returns all routes.
func (a *app) handler() http.Handler {
	router := httprouter.New()
	router.RedirectTrailingSlash, router.RedirectFixedPath = false, false // they redirect to other sites, too

	router.GET("/", a.showStart)
	router.GET("/page.js", file("page/page.js"))
	router.GET("/page.css", file("page/page.css"))
	router.POST("/login", a.login)
	router.POST("/logout", a.logout)

	router.GET("/lists/:list", a.showList)
	router.POST("/lists/:list/members", a.ofList(a.addMember))
	router.GET("/lists/:list/tasks", a.ofList(a.getTasks))
	router.POST("/lists/:list/tasks", a.ofList(a.addTask))
	router.PUT("/lists/:list/tasks/:id", a.ofList(a.putTask))
	router.DELETE("/lists/:list/tasks/:id", a.ofList(a.deleteTask))

	router.POST("/connect/:id", a.loggedIn(a.connect))       // push
	router.POST("/disconnect/:id", a.loggedIn(a.disconnect)) // push

	mux := http.NewServeMux()                                    // push
	mux.Handle("/", router)                                      // push
	mux.Handle("/comet/", http.StripPrefix("/comet", a.firenze)) // push
	return protect(mux)
}

// protect stands before everything. It refuses what pages of other sites make a
// browser post or delete, for that comes with the login of its user: see
// [app.connect] for what it could do. It bounds what is read. It tells the
// browser to run no script but the module, whatever gets into the page.
func protect(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(http.MaxBytesHandler(next, maxBody))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "+
			"img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func file(name string) httprouter.Handle {
	return func(w http.ResponseWriter, r *http.Request, _ httprouter.Params) {
		http.ServeFileFS(w, r, files, name)
	}
}

// pageData is what the page is filled with. Without Who it is the login form.
type pageData struct {
	Who     string
	Lists   []string
	List    string
	Members []string
	Error   string
}

// showStart shows the login form, or leads to the list of who is logged in.
func (a *app) showStart(w http.ResponseWriter, r *http.Request, _ httprouter.Params) {
	if who := a.who(r); who != "" {
		http.Redirect(w, r, pageOf(who), http.StatusSeeOther)
		return
	}
	showPage(w, pageData{}, nil)
}

// showList shows the page of a list. The tasks are fetched by its script.
func (a *app) showList(w http.ResponseWriter, r *http.Request, params httprouter.Params) {
	who := a.who(r)
	if who == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	data := pageData{Who: who, Lists: a.lists.of(who)}
	l, err := a.lists.get(who, params.ByName("list"))
	if err == nil {
		data.List, data.Members = l.name, l.memberNames()
	}
	showPage(w, data, err)
}

func showPage(w http.ResponseWriter, data pageData, err error) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err != nil {
		data.Error = err.Error()
		w.WriteHeader(statusOf(err))
	}
	_ = pageTemplate.Execute(w, data) // fails only if the browser has gone
}

// A view answers a request of who is logged in with a value that is sent as JSON.
type view func(r *http.Request, who string, params httprouter.Params) (any, error)

// loggedIn lets nobody else pass.
func (a *app) loggedIn(v view) httprouter.Handle {
	return func(w http.ResponseWriter, r *http.Request, params httprouter.Params) {
		who := a.who(r)
		if who == "" {
			writeJSON(w, nil, refuse(http.StatusUnauthorized, "you are not logged in"))
			return
		}
		value, err := v(r, who, params)
		writeJSON(w, value, err)
	}
}

// A listView is a view for members of a list.
type listView func(r *http.Request, l *list, id string) (any, error)

// ofList lets nobody else pass.
func (a *app) ofList(v listView) httprouter.Handle {
	return a.loggedIn(func(r *http.Request, who string, params httprouter.Params) (any, error) {
		l, err := a.lists.get(who, params.ByName("list"))
		if err != nil {
			return nil, err
		}
		return v(r, l, params.ByName("id"))
	})
}

// readJSON reads the body. It must be said to be JSON, which the form of another
// site can't.
func readJSON(r *http.Request, into any) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "the content type is %.100q, it must be \"application/json\"", kind)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return refuse(http.StatusBadRequest, "the body is not the JSON that was expected: %v", err)
	}
	return nil
}

// writeJSON sends value, or what is wrong.
func writeJSON(w http.ResponseWriter, value any, err error) {
	if err != nil {
		value = map[string]string{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(statusOf(err))
	_ = json.NewEncoder(w).Encode(value) // fails only if the client has gone
}

func statusOf(err error) int {
	var refused *refusal
	var tooLong *http.MaxBytesError
	switch {
	case err == nil:
		return http.StatusOK
	case errors.As(err, &refused):
		return refused.status
	case errors.As(err, &tooLong):
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest // the body could not be read
}
