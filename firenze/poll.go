package firenze

import (
	"net/http"
	"slices"
	"sync/atomic"
	"time"
	"unique"
)

// retryAfter is when a client that was refused may try again, in seconds.
const retryAfter = 5

// serveNew answers a poll with a new session, at once, so that the client learns
// its id and can say what it wants to hear.
func (f *Firenze) serveNew(w http.ResponseWriter, r *http.Request) {
	c, err := f.begin(r.URL.Query().Has("latest"))
	if err != nil {
		f.refuse(w, err)
		return
	}
	f.enter(c)
	answer(w, http.StatusOK, c.appendAnswer(nil, nil, 0))
}

// servePoll confirms what the client has, waits for something to say, and says
// it. It begins a new session if this one can't go on. It reports false, having
// done nothing, if the session moved.
func (f *Firenze) servePoll(w http.ResponseWriter, r *http.Request, c *client, number uint64) bool {
	f.setClock()
	if c == nil {
		f.serveNew(w, r)
		return true
	}
	p := &poll{waiter: waiter{kind: LongPoll}}
	p.at.Store(c)
	p.await()
	ready, err := c.enter(number, &p.waiter)
	switch {
	case err == errMoved:
		return false
	case err != nil:
		f.serveNew(w, r)
		return true
	case !ready && f.parkPoll(w, r, p):
		return true
	case !ready:
		f.wait(r, p)
	}
	f.setClock()
	f.release(w)
	// A client that is gone is answered too: it may have closed only its half.
	answer(w, http.StatusOK, p.take(nil))
	return true
}

// A poll is a request that waits for something to say: in its goroutine, or
// parked, and then one after the other on the same connection. Pollers and
// publishers serve that, one goroutine at a time, so that it needs no lock. It fits
// into a cache line.
type poll struct {
	waiter
	at      atomic.Pointer[client] // whose it is: of the same all the time, as a rule
	weight  uint32                 // how many polls the time of this one stands for; 0 if it is not measured
	waiting bool                   // for something to say to client; otherwise for the next request

	// If it is parked:
	gathering bool // for a little more to say
	last      bool // the client wants no other answer on this connection
	way       unique.Handle[pollWay]
	early     *[]byte // came while it was waiting; nil if nothing did
}

// A pollWay is what the parked polls of most clients have in common.
type pollWay struct {
	head   string // of answers, as far as they are all alike
	prefix string // before ID/TOKEN in the target of a repeated poll; empty if each goes through the server
}

func (p *poll) client() *client { return p.at.Load() }

// await begins the wait for something to say.
func (p *poll) await() {
	f := p.client().firenze
	p.waiting, p.weight = true, f.counters.sampler.draw()
	if p.weight > 0 {
		f.setClock()
	}
	p.wakeIn(f.now(), f.options.Hold)
}

// collect ends the wait and returns what there is to say, with the number that
// confirms it. The caller holds the lock of the client.
func (p *poll) collect(now time.Duration) (items []item, number uint64) {
	f := p.client().firenze
	if p.weight > 0 {
		began := time.Duration(p.due.Load()) - f.options.Hold
		f.counters.hold.add(&holdBounds, f.setClock()-began, p.weight)
	}
	items, number = p.client().take(now, &p.waiter)
	f.sends(items)
	return items, number
}

// take ends the wait and appends the answer.
func (p *poll) take(b []byte) []byte {
	c := p.client()
	c.mu.Lock()
	defer c.mu.Unlock()
	items, number := p.collect(c.firenze.now())
	return c.appendAnswer(slices.Grow(b, c.answerSize(items, number)), items, number)
}

// wait holds the request in its goroutine. It returns when there is something to
// say, when the hold time is over, when the client has gone, or when all are let
// go.
func (f *Firenze) wait(r *http.Request, p *poll) {
	rings := newBell()
	p.client().listen(&p.waiter, rings)
	if !p.client().isQuiet(&p.waiter) {
		return // it missed something
	}
	hold := time.NewTimer(f.options.Hold)
	defer hold.Stop()
	select {
	case <-rings:
	case <-hold.C:
		return
	case <-r.Context().Done():
		return
	case <-f.draining:
		return
	}
	if f.options.Delay > 0 && p.client().expects(&p.waiter) {
		f.gather(r, rings)
	}
}

// gather waits a little for more to travel in the same answer. A ring at this
// stage can only say that another poll took the place, or that the session is
// over.
func (f *Firenze) gather(r *http.Request, rings bell) {
	delay := time.NewTimer(f.options.Delay)
	defer delay.Stop()
	select {
	case <-delay.C:
	case <-rings:
	case <-r.Context().Done():
	case <-f.draining:
	}
}
