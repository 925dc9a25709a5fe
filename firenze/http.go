package firenze

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
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
	case r.Method == http.MethodGet && len(segments) == 1:
		f.serveFile(w, r, segments[0])
	case r.Method == http.MethodGet:
		f.serveSession(w, r, segments[0], segments[1])
	case r.Method == http.MethodDelete && len(segments) == 2,
		r.Method == http.MethodPost && len(segments) == 3 && segments[2] == "bye":
		f.bye(segments[0], segments[1])
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPost:
		fail(w, http.StatusForbidden, "this server takes no updates from its clients")
	default:
		w.Header().Set("Allow", "GET, POST, DELETE, OPTIONS")
		fail(w, http.StatusMethodNotAllowed, "the method must be GET to poll, or DELETE to end a session")
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

// find returns the client whose id and key these are, or nil. That an id is
// unknown and that a key is wrong must look alike.
func (f *Firenze) find(id, key string) *client {
	known, ok := f.clients.Load(id)
	if !ok || !sameKey(known.(*client).key, key) {
		return nil
	}
	return known.(*client)
}

func (f *Firenze) bye(id, token string) {
	key, _ := splitToken(token)
	if c := f.find(id, key); c != nil {
		f.settle(c, func() *waiter { return c.end(left) })
	}
}

func fail(w http.ResponseWriter, status int, text string) {
	body, _ := json.Marshal(struct { // a string can always be encoded
		Error string `json:"error"`
	}{text})
	answer(w, status, body)
}

// answer writes a JSON body, whose length is told even if it is long, so that it
// is not sent in chunks. A client that does not take it is cut off.
func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	limitWriting(w)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone asks again, and what it lacks is still queued
}

// limitWriting gives the client [writeTimeout] to accept what is written next.
func limitWriting(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // not every writer can
}
