package firenze

import (
	"net/http"
	"strconv"
	"time"
)

// retryAfter is when a client that was refused may try again, in seconds.
const retryAfter = 5

// serveSession answers a poll, or begins a session if there is none such.
func (f *Firenze) serveSession(w http.ResponseWriter, r *http.Request, id, token string) {
	key, number := splitToken(token)
	if c := f.find(id, key); c == nil || !f.poll(w, r, c, number) {
		f.serveNew(w, r)
	}
}

// serveNew answers with a new session, at once, so that the client learns its id
// and can say what it wants to hear.
func (f *Firenze) serveNew(w http.ResponseWriter, r *http.Request) {
	c, err := f.begin(r.URL.Query().Has("latest"))
	if err != nil {
		f.release(w)
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		fail(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	f.enter(c)
	answer(w, http.StatusOK, c.encode(nil, 0))
}

// poll confirms what the client has, waits for something to say, and says it. It
// reports false, having done nothing, if the session is over.
func (f *Firenze) poll(w http.ResponseWriter, r *http.Request, c *client, number uint64) bool {
	own := newWaiter()
	c.mu.Lock()
	if c.over != going {
		c.mu.Unlock()
		return false
	}
	c.confirm(number)
	displaced, ready := c.attach(own)
	c.mu.Unlock()
	displaced.tell()
	if !ready {
		f.wait(r, c, own)
	}
	f.setClock()
	c.mu.Lock()
	items, newest := c.take(f.now(), own)
	body := c.encode(items, newest)
	c.mu.Unlock()
	if r.Context().Err() == nil {
		f.release(w)
		answer(w, http.StatusOK, body)
	}
	return true
}

// wait returns when there is something to say, when the hold time is over, when
// the client has gone, or when all are let go. It is the one place where a
// connection waits.
func (f *Firenze) wait(r *http.Request, c *client, own *waiter) {
	hold := time.NewTimer(f.options.Hold)
	defer hold.Stop()
	select {
	case <-own.news:
	case <-hold.C:
		return
	case <-r.Context().Done():
		return
	case <-f.draining:
		return
	}
	if f.options.Delay > 0 && c.expects(own) {
		f.gather(r, own)
	}
}

// gather waits a little for more to travel in the same answer. News at this stage
// can only be that another poll took the place.
func (f *Firenze) gather(r *http.Request, own *waiter) {
	delay := time.NewTimer(f.options.Delay)
	defer delay.Stop()
	select {
	case <-delay.C:
	case <-own.news:
	case <-r.Context().Done():
	case <-f.draining:
	}
}

// release lets the connection go with the answer if all are to go.
func (f *Firenze) release(w http.ResponseWriter) {
	select {
	case <-f.draining:
		w.Header().Set("Connection", "close")
	default:
	}
}

// encode writes an answer. The caller holds the lock, if there is anything to
// write that others could change.
func (c *client) encode(items []item, newest uint64) []byte {
	size := 64 + len(c.id) + len(c.key)
	for _, it := range items {
		size += len(it.frame.json) + 1
	}
	b := append(make([]byte, 0, size), `{"updates":[`...)
	for i, it := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, it.frame.json...)
	}
	b = append(b, `],"reconnectWith":`...)
	b = strconv.AppendQuote(b, c.id+"/"+joinToken(c.key, newest))
	return append(b, '}')
}
