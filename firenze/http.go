package firenze

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rootspush/roots/internal/websocket"
)

// ServeHTTP serves the routes in the table at the top of the package. It waits
// as long as a poll does.
func (f *Firenze) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.setHeaders(w, r)
	if r.ContentLength != 0 { // nobody waits for a body that is not even read
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout)) // not every writer can
	}
	segments := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodGet && len(segments) == 1 && segments[0] != "":
		f.serveFile(w, r, segments[0])
	case r.Method == http.MethodGet:
		f.serveSession(w, r, segments)
	case r.Method == http.MethodDelete && len(segments) == 2,
		r.Method == http.MethodPost && len(segments) == 3 && segments[2] == "bye":
		f.bye(r.Context(), segments[0], segments[1])
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPost && len(segments) == 2:
		f.servePost(w, r, segments[0], segments[1])
	default:
		w.Header().Set("Allow", "GET, POST, DELETE, OPTIONS")
		f.fail(w, http.StatusMethodNotAllowed, "the method must be GET to hear, POST to ID/TOKEN to say something, or DELETE to end a session")
	}
}

// serveSession serves the session that a request asks for, in the transport that
// it asks for. For none such it begins a new one. A session that moves away
// meanwhile is found anew.
func (f *Firenze) serveSession(w http.ResponseWriter, r *http.Request, segments []string) {
	serve := f.servePoll
	switch {
	case websocket.IsHandshake(r):
		serve = f.serveSocket
	case wantsEvents(r):
		serve = f.serveEvents
	}
	for served := false; !served; {
		c, number, err := f.requested(r, segments)
		if err != nil {
			f.refuse(w, err)
			return
		}
		served = serve(w, r, c, number)
	}
}

// requested returns the session that a request asks for, or nil, and the number of
// the last message that it confirms.
func (f *Firenze) requested(r *http.Request, segments []string) (*client, uint64, error) {
	if last := r.Header.Get("Last-Event-ID"); last != "" && wantsEvents(r) {
		id, token, _ := strings.Cut(last, "/")
		return f.find(r.Context(), id, token)
	}
	if len(segments) < 2 {
		return nil, 0, nil
	}
	return f.find(r.Context(), segments[0], segments[1])
}

// setHeaders sees to it that nobody between keeps, delays or guesses at an
// answer, that the token does not leak as a referrer, and that pages of other
// sites can read it only if they are listed.
func (f *Firenze) setHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Accel-Buffering", "no")
	if len(f.options.Origins) == 0 {
		return
	}
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); slices.Contains(f.options.Origins, origin) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
		h.Set("Access-Control-Max-Age", "600")
	}
}

func (f *Firenze) bye(ctx context.Context, id, token string) {
	if c, _, _ := f.find(ctx, id, token); c != nil {
		f.settle(c, func() *waiter { return c.end(left) })
	}
}
