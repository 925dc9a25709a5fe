package firenze

import (
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
		f.bye(segments[0], segments[1])
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPost && len(segments) == 2:
		f.servePost(w, r, segments[0], segments[1])
	default:
		w.Header().Set("Allow", "GET, POST, DELETE, OPTIONS")
		f.fail(w, http.StatusMethodNotAllowed, "the method must be GET to hear, POST to ID/TOKEN to say something, or DELETE to end a session")
	}
}

// serveSession serves the session that a request asks for, in the transport that
// it asks for. For none such it begins a new one.
func (f *Firenze) serveSession(w http.ResponseWriter, r *http.Request, segments []string) {
	var c *client
	var number uint64
	if len(segments) > 1 {
		c, number = f.find(segments[0], segments[1])
	}
	switch {
	case websocket.IsHandshake(r):
		f.serveSocket(w, r, c, number)
	case wantsEvents(r):
		f.serveEvents(w, r, c, number)
	default:
		f.servePoll(w, r, c, number)
	}
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

func (f *Firenze) bye(id, token string) {
	if c, _ := f.find(id, token); c != nil {
		f.settle(c, func() *waiter { return c.end(left) })
	}
}
