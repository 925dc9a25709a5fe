package stage

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/rootspush/roots/examples/ritual/client"
)

// routes are those outside of rituals, and the way in to each.
func (s *Stage) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.control)
	mux.HandleFunc("POST /mkRitual", s.mkRitual)
	mux.HandleFunc("GET /login", s.loginForm)
	mux.HandleFunc("POST /login", s.tryLogin)
	mux.HandleFunc("GET /addLogin", s.loginForm)
	mux.HandleFunc("POST /addLogin", s.login("", "/manageLogins"))
	mux.HandleFunc("GET /manageLogins", s.manage)
	mux.HandleFunc("POST /manageLogins", s.removeLogin)
	mux.HandleFunc("GET /userinfo", s.userInfo)
	mux.HandleFunc("GET /avatar/{file}", s.avatar)
	mux.HandleFunc("GET /favicon.ico", favicon)
	mux.HandleFunc("GET /{file}", serveFile(client.Files))
	mux.HandleFunc("GET /widgets/{file}", serveFile(s.options.Widgets))
	mux.HandleFunc("GET /widgets/{widget}/{file...}", s.singing)
	mux.HandleFunc("/{ritual}/{rest...}", s.inRitual)
	return s.protect(mux)
}

// routes are those of one ritual, without its name in front.
func (r *ritual) routes() http.Handler {
	mux := http.NewServeMux()
	for _, role := range []string{partake, lead, observe} {
		mux.HandleFunc("GET /"+role, r.open(role))
	}
	here := "/" + escapeName(r.name) + "/"
	mux.HandleFunc("POST /partake", r.stage.login(r.name, here+partake))
	mux.HandleFunc("POST /lead", r.stage.login(r.name, here+lead))

	mux.HandleFunc("GET /status", r.getStatus)
	mux.HandleFunc("POST /nextPage", r.leadership(r.next))
	mux.HandleFunc("POST /prevPage", r.leadership(r.previous))
	mux.HandleFunc("POST /skipSpeaker", r.leadership(r.skip))
	mux.HandleFunc("POST /widgetData", r.post(r.widgetData))
	mux.HandleFunc("GET /chat/receive", r.receive)
	mux.HandleFunc("POST /chat/send", r.post(r.send))
	mux.HandleFunc("POST /setName", r.post(r.setName))
	mux.HandleFunc("POST /welcomed/{client}", r.post(r.welcome))
	mux.HandleFunc("POST /twilioRoomFail/{client}", r.post(r.roomFail))
	mux.HandleFunc("GET /clientAvatar/{client}", r.getFace)
	mux.HandleFunc("POST /clientAvatar/{client}", r.post(r.postFace))
	mux.HandleFunc("DELETE /clientAvatar/{client}", r.post(r.deleteFace))

	mux.HandleFunc("GET /bkg.jpg", r.background)
	mux.HandleFunc("GET /namedimg/{file}", r.media)
	mux.HandleFunc("GET /captions/{file}", r.captions)
	mux.HandleFunc("GET /img/{file}", r.getPicture)
	mux.HandleFunc("GET /dbg.png", r.debug)
	for _, file := range singingFiles {
		mux.HandleFunc("GET /"+file, r.stage.singing)
	}
	return mux
}

func (s *Stage) inRitual(w http.ResponseWriter, req *http.Request) {
	r := s.find(req.PathValue("ritual"))
	if r == nil {
		fail(w, errNotFound)
		return
	}
	_, escaped, _ := strings.Cut(strings.TrimPrefix(req.URL.EscapedPath(), "/"), "/")
	inner := *req.URL
	inner.Path, inner.RawPath = "/"+req.PathValue("rest"), "/"+escaped
	within := *req
	within.URL = &inner
	r.handler.ServeHTTP(w, &within)
}

// protect stands before all routes. It refuses what pages of other sites make a
// browser post, bounds what is read, and lets no panic reach a client.
func (s *Stage) protect(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(s.bodies.bounded(next))
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		defer func() {
			reason := recover()
			if reason == nil {
				return
			}
			if reason == http.ErrAbortHandler {
				panic(reason)
			}
			slog.Error("a request was not answered", "path", req.URL.Path, "panic", reason, "stack", string(debug.Stack()))
			fail(w, refuse(http.StatusInternalServerError, "this is a fault of the server"))
		}()
		next.ServeHTTP(w, req)
	})
}
