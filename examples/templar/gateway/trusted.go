package gateway

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/rootspush/roots/internal/batch"
)

// publishTime is how long a trigger waits to be taken.
const publishTime = 10 * time.Second

// Trusted returns what backends may ask for. Whoever reaches it can publish anything,
// so it belongs behind [dudley.Dudley.Guard], and not to where clients are.
//
//	POST /trigger/ with {"rooms": [ROOM, …], "data": ANY}   200 publish success
//	                                                        400 rooms not specified, data not specified, …
//	                                                        411, 413 without Content-Length, or over 1 MiB
//	                                                        503 if it was not taken within 10 s
//	GET /status                                             200, what clients are told
func (g *Gateway) Trusted() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/trigger", g.trigger) // no redirect, which would lose the body
	mux.HandleFunc("/trigger/{$}", g.trigger)
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, g.Status().String()) // if the client has left, there is nobody to tell
	})
	return mux
}

func (g *Gateway) trigger(w http.ResponseWriter, r *http.Request) {
	status, said := g.takeTrigger(r)
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	if status == http.StatusMethodNotAllowed {
		h.Set("Allow", http.MethodPost)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, said)
}

func (g *Gateway) takeTrigger(r *http.Request) (status int, said string) {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, "a trigger is sent by POST"
	}
	body, fault := batch.Read(r)
	if fault != nil {
		return fault.Status, fault.Text
	}
	p, err := ParsePublication(body)
	if err != nil {
		return http.StatusBadRequest, err.Error()
	}
	ctx, cancel := context.WithTimeout(r.Context(), publishTime)
	defer cancel()
	if g.Publish(ctx, p) != nil {
		return http.StatusServiceUnavailable, "the gateway is busy or goes down, nothing was published"
	}
	return http.StatusOK, "publish success"
}
