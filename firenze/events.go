package firenze

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rootspush/roots/firenze/parking"
)

// Server-Sent Events, as WHATWG's HTML standard has them. An event's id is what
// the client reconnects with, so that a browser's own EventSource resumes with
// the header Last-Event-ID.

// comments is the time between two comments, a quarter of what proxies allow.
const comments = 15 * time.Second

// An EventSource that lost its connection comes back after a time at random, so
// that many don't come back at once.
const (
	minRetry = 500  // ms
	maxRetry = 1500 // ms
)

// wantsEvents says whether a request asks for Server-Sent Events.
func wantsEvents(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// serveEvents serves Server-Sent Events to a session, or to a new one. It reports
// false, having done nothing, if the session moved.
func (f *Firenze) serveEvents(w http.ResponseWriter, r *http.Request, c *client, number uint64) bool {
	w.Header().Set("Content-Type", "text/event-stream")
	e := &events{stream{waiter: waiter{kind: ServerSentEvents}}}
	switch err := f.open(&e.stream, r, c, number); err {
	case nil:
	case errMoved:
		return false
	default:
		f.refuse(w, err)
		return true
	}
	e.head = f.rawHead("HTTP/1.1 200 OK\r\nConnection: close\r\n", w.Header())
	if !f.park(w, r, e.client, &e.waiter, e) {
		e.head = nil
		e.hold(r.Context(), responseWriter(w), nil, nil)
	}
	return true
}

type events struct{ stream }

// Read passes over what comes: a client has nothing to say here.
func (*events) Read(_ *parking.Conn, _, b []byte) []byte { return b }

type eventForm struct{}

func (eventForm) say(b []byte, c *client, items []item, number uint64, first bool) []byte {
	if first {
		b = append(b, "retry: "...)
		b = strconv.AppendInt(b, minRetry+rand.Int64N(maxRetry-minRetry), 10)
		b = append(b, "\nevent: session\nid: "...)
		before := number
		if len(items) > 0 {
			before = items[0].number - 1 // what comes before is confirmed, or replaced by something newer
		}
		b = c.appendToken(b, before)
		b = append(b, "\ndata: {\"reconnectWith\":\""...)
		b = c.appendToken(b, before)
		b = append(b, "\"}\n\n"...)
	}
	for _, it := range items {
		b = append(b, "id: "...)
		b = c.appendToken(b, it.number)
		b = append(b, "\ndata: "...)
		b = append(b, it.frame.json...)
		b = append(b, "\n\n"...)
	}
	return b
}

func (eventForm) beat(b []byte) []byte { return append(b, ":\n\n"...) }

func (eventForm) pause() (time.Duration, bool) { return comments, false }

func (eventForm) end(b []byte, _ parting) []byte { return b }
