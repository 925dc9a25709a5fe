package gateway

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/rootspush/roots/firenze/parking"
	"github.com/rootspush/roots/internal/websocket"
)

// ServeHTTP opens a websocket at /ws/ and /ws, as soon as the backend has said whether
// the client may come in. It answers 404 for other paths, 400 for what asks for no
// websocket, 403 for pages of sites that may not, and 503 if there are too many clients.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.TrimSuffix(r.URL.Path, "/") != "/ws":
		http.NotFound(w, r)
		return
	case !websocket.IsHandshake(r):
		http.Error(w, "this is a websocket, open it as one", http.StatusBadRequest)
		return
	case len(g.options.Origins) > 0 && !websocket.SameOrigin(r, g.options.Origins):
		http.Error(w, "pages from this origin may not open a websocket here", http.StatusForbidden)
		return
	}
	response, refusal := websocket.Accept(r)
	if refusal != nil {
		for key, values := range refusal.Header {
			w.Header()[key] = values
		}
		http.Error(w, refusal.Reason, refusal.Status)
		return
	}
	if !g.take() {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "there are as many clients as there may be, or the server goes down; try again later", http.StatusServiceUnavailable)
		return
	}
	g.admit(w, r, response)
}

// admit asks the backend, and has the connection served. There is a place for it.
func (g *Gateway) admit(w http.ResponseWriter, r *http.Request, response []byte) {
	access, err := g.authenticate(r)
	if r.Context().Err() != nil { // the client did not wait
		g.vacate()
		return
	}
	c := g.newClient(response, access, err)
	g.enter(c)
	conn, err := g.lot.Park(w, r, c)
	switch {
	case err == nil:
		c.listen(conn)
	case errors.Is(err, parking.ErrLost):
		c.forget()
	default:
		c.hold(w)
	}
}

// authenticate asks the backend. One that panics lets nobody in, and does not take the
// place of a client with it.
func (g *Gateway) authenticate(r *http.Request) (access Access, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			slog.Error("the backend panicked", "panic", reason)
			err = errors.New("the backend panicked")
		}
	}()
	return g.options.Backend.Authenticate(r)
}

// Ready says what there is to say.
func (c *client) Ready(conn *parking.Conn, b []byte) []byte {
	b, open := c.say(b)
	c.closeUnless(open, conn)
	return b
}

// Read is told what came from a parked client.
func (c *client) Read(conn *parking.Conn, data, b []byte) []byte {
	out, open := c.read(data)
	c.closeUnless(open, conn)
	return append(b, out...)
}

func (c *client) closeUnless(open bool, conn *parking.Conn) {
	if !open {
		conn.Close()
		c.forget()
	}
}

// Gone is told that the connection is no more.
func (c *client) Gone(*parking.Conn, error) { c.forget() }
