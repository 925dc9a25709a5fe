package firenze

import (
	"net/http"
	"strconv"

	"github.com/rootspush/roots/internal/batch"
	"github.com/rootspush/roots/thestral"
)

// An inbox is what a client sends up. It is handed on in the order in which it
// was accepted, a batch after the other, also if a client sends two at once.
type inbox struct {
	newest  uint64              // the number of the newest post that was accepted
	waiting [][]thestral.Update // while one is handed on
	busy    bool
}

// servePost takes updates from a client.
func (f *Firenze) servePost(w http.ResponseWriter, r *http.Request, id, token string) {
	fault := f.takePost(r, id, token)
	if fault != nil {
		f.refuses(fault.Status)
	}
	status, body := fault.Answer()
	f.release(w)
	answer(w, status, body)
}

func (f *Firenze) takePost(r *http.Request, id, token string) *batch.Refusal {
	if f.incoming == nil {
		return errTakesNone
	}
	number, fault := postNumber(r)
	if fault != nil {
		return fault
	}
	body, fault := batch.Read(r)
	if fault != nil {
		return fault
	}
	f.counters.receivedBytes.Add(uint64(len(body)))
	updates, malformed := batch.Parse(body, true)
	for {
		c, _, err := f.find(r.Context(), id, token)
		switch {
		case err != nil, c == nil && f.isDraining():
			return errElsewhere
		case c == nil:
			return errNoSession
		case malformed != nil:
			return malformed
		}
		if fault := c.post(number, updates); fault != errElsewhere {
			return fault
		}
	}
}

var (
	errTakesNone = batch.Refuse(http.StatusForbidden, "this server takes no updates from its clients")
	errNoSession = batch.Refuse(http.StatusNotFound, "there is no such session, or it is over; nothing was taken")
	errElsewhere = batch.Refuse(http.StatusServiceUnavailable, "the session is not here any more; nothing was taken, send it again")
)

// postNumber returns the number of a post, or nil if it has none.
func postNumber(r *http.Request) (*uint64, *batch.Refusal) {
	query := r.URL.Query()
	if !query.Has("number") {
		return nil, nil
	}
	number, err := strconv.ParseUint(query.Get("number"), 10, 64)
	if err != nil {
		return nil, batch.Refuse(http.StatusBadRequest, "the number is %.80q, it must be 1 for the first post of a session, then 2 and so on", query.Get("number"))
	}
	return &number, nil
}

// post accepts updates and hands them on. With a number, a post that was accepted
// before is not handed on again, and one whose predecessor is missing is refused.
func (c *client) post(number *uint64, updates []thestral.Update) *batch.Refusal {
	if c.firenze.incoming == nil {
		return errTakesNone
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.over {
	case going:
	case moved:
		return errElsewhere
	default:
		return errNoSession
	}
	if c.inbox == nil {
		c.inbox = &inbox{}
	}
	in := c.inbox
	if number != nil {
		switch {
		case *number == 0:
			return batch.Refuse(http.StatusBadRequest, "posts are numbered from 1 on")
		case *number <= in.newest:
			return nil
		case *number != in.newest+1:
			return batch.Refuse(http.StatusConflict, "this is post number %d, but number %d has to come first", *number, in.newest+1)
		}
		in.newest++
	}
	c.firenze.counters.received.Add(uint64(len(updates)))
	in.waiting = append(in.waiting, updates)
	if !in.busy {
		c.handOn(in)
	}
	return nil
}

// handOn empties the inbox. The caller holds the lock, which is let go of while
// others are called.
func (c *client) handOn(in *inbox) {
	in.busy = true
	for len(in.waiting) > 0 {
		updates := in.waiting[0]
		in.waiting = in.waiting[1:]
		c.mu.Unlock()
		for _, u := range updates {
			thestral.Deliver(c.firenze.incoming, c, u.Path, u.Message)
		}
		c.mu.Lock()
	}
	in.waiting, in.busy = nil, false
}
