package firenze

import (
	"encoding/binary"
	"time"
)

// A reply is an answer on its way to the client.
type reply struct {
	id       int // of the session
	token    uint64
	messages []uint64
}

// A subject is a server with one client. At most one poll waits.
type subject interface {
	// publish returns the reply that it sets free, if a poll waits.
	publish(message uint64) *reply
	// poll returns its own reply, or nil if it waits, and that of the poll whose
	// place it took.
	poll(id int, token uint64) (own, displaced *reply)
	// hold ends the wait of the poll that waits, if one does.
	hold() *reply
	// sleep lets time pass.
	sleep(time.Duration)
}

// real is the real thing, with a new session where Firenze would make one.
type real struct {
	*session
	limits  limits
	id      int
	now     time.Duration
	streams bool // the waiter is a stream
	begun   bool // and it was written to
	forgets int  // sessions that forgot something
}

func newReal(l limits) *real {
	r := &real{limits: l}
	r.begin()
	return r
}

func (r *real) begin() reply {
	if r.session != nil && r.forgotten > 0 {
		r.forgets++
	}
	r.id++
	r.session = &session{limits: &r.limits, seen: r.now}
	r.streams = false
	return reply{id: r.id}
}

// publish gives a poll that waits its answer. What a stream has to say waits.
func (r *real) publish(message uint64) *reply {
	if w := r.session.publish(r.numbered(message)); w != nil && !r.streams {
		return r.take(w)
	}
	return nil
}

func (r *real) poll(id int, token uint64) (own, displaced *reply) {
	if id != r.id || r.over != going || !r.resume(token) {
		fresh := r.begin()
		return &fresh, nil
	}
	w := &waiter{}
	displaced, ready := r.change(w, false)
	if ready {
		own = r.take(w)
	}
	return own, displaced
}

// open begins a stream.
func (r *real) open(id int, token uint64) (displaced *reply) {
	if id != r.id || r.over != going || !r.resume(token) {
		r.begin()
	}
	displaced, _ = r.change(&waiter{}, true)
	return displaced
}

// change lets w take the place of whoever waited, and returns what that is
// answered if it is a poll.
func (r *real) change(w *waiter, streams bool) (displaced *reply, ready bool) {
	other, ready := r.attach(w)
	if other != nil && !r.streams {
		displaced = r.take(other)
	}
	r.streams, r.begun = streams, false
	return displaced, ready
}

// write writes what is new to the stream, if there is one; two messages at most,
// so that there may be more.
func (r *real) write() *reply {
	if r.waiter == nil || !r.streams {
		return nil
	}
	items, number, _, ok := r.next(r.waiter, 16)
	if !ok {
		r.waiter = nil
		return nil
	}
	first := !r.begun
	r.begun = true
	if !first && len(items) == 0 {
		return nil
	}
	return r.reply(items, number)
}

// late is a poll that comes so late that nobody waits for the answer to it. If the
// session can't go on from there, it begins another that nobody knows.
func (r *real) late(id int, token uint64) (displaced *reply) {
	if id == r.id && r.over == going && r.resume(token) {
		displaced, _ = r.change(&waiter{}, false)
	}
	return displaced
}

func (r *real) hangUp() { r.detach(r.now, r.waiter) }

func (r *real) confirm(id int, token uint64) {
	if id == r.id && r.streams && r.waiter != nil {
		r.session.confirm(token)
	}
}

func (r *real) hold() *reply {
	if r.waiter == nil {
		return nil
	}
	if r.streams {
		return r.write()
	}
	return r.take(r.waiter)
}

func (r *real) sleep(d time.Duration) {
	r.now += d
	r.check(r.now)
}

func (r *real) take(w *waiter) *reply {
	items, token := r.session.take(r.now, w)
	return r.reply(items, token)
}

func (r *real) reply(items []item, token uint64) *reply {
	answer := &reply{id: r.id, token: token}
	for _, it := range items {
		answer.messages = append(answer.messages, numberOf(it.frame))
	}
	return answer
}

func (r *real) numbered(n uint64) *frame {
	return &frame{message: string(binary.BigEndian.AppendUint64(nil, n)), json: make([]byte, 8), since: r.now}
}

func numberOf(f *frame) uint64 { return binary.BigEndian.Uint64([]byte(f.message)) }

// broken is a server with one of the rules that lose messages.
type broken struct {
	queue   []uint64
	waiting bool
	byCount bool // a token is the count of messages to forget; else what is handed over is forgotten
}

func (b *broken) publish(message uint64) *reply {
	b.queue = append(b.queue, message)
	return b.hold()
}

func (b *broken) poll(_ int, token uint64) (own, displaced *reply) {
	if b.byCount {
		b.queue = b.queue[min(token, uint64(len(b.queue))):]
	}
	if b.waiting {
		displaced = &reply{}
	}
	b.waiting = true
	if len(b.queue) > 0 {
		own = b.hold()
	}
	return own, displaced
}

func (b *broken) hold() *reply {
	if !b.waiting {
		return nil
	}
	b.waiting = false
	answer := &reply{token: uint64(len(b.queue)), messages: append([]uint64(nil), b.queue...)}
	if !b.byCount {
		b.queue = nil
	}
	return answer
}

func (b *broken) sleep(time.Duration) {}

// sound checks what must hold between any two calls of a session.
func (r *real) sound() string {
	s, bytes := r.session, 0
	for i, it := range s.queue {
		bytes += len(it.frame.json)
		if it.number <= max(s.confirmed, s.forgotten) || it.number > s.last || i > 0 && it.number <= s.queue[i-1].number {
			return "the numbers in the queue are out of order"
		}
	}
	switch {
	case bytes != s.bytes:
		return "the bytes of the queue are counted wrong"
	case len(s.queue) > s.limits.messages || bytes > s.limits.bytes:
		return "the queue is over its bounds"
	case s.over != going && len(s.queue) > 0:
		return "a session that is over keeps messages"
	case s.sent < s.confirmed || s.sent > s.last:
		return "what was sent is out of bounds"
	case s.waiter != nil && s.after(s.sent) < len(s.queue) && !s.woken:
		return "a poll waits although there is something to say"
	}
	return ""
}
