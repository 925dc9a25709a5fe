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
	limits limits
	id     int
	now    time.Duration
}

func newReal(l limits) *real {
	r := &real{limits: l}
	r.begin()
	return r
}

func (r *real) begin() reply {
	r.id++
	r.session = &session{limits: &r.limits, seen: r.now}
	return reply{id: r.id}
}

func (r *real) publish(message uint64) *reply {
	if w := r.session.publish(r.now, numbered(message)); w != nil {
		return r.take(w)
	}
	return nil
}

func (r *real) poll(id int, token uint64) (own, displaced *reply) {
	if id != r.id || r.over != going {
		fresh := r.begin()
		return &fresh, nil
	}
	r.confirm(token)
	w := newWaiter()
	other, ready := r.attach(w)
	if other != nil {
		displaced = r.take(other)
	}
	if ready {
		own = r.take(w)
	}
	return own, displaced
}

func (r *real) hold() *reply {
	if r.waiter == nil {
		return nil
	}
	return r.take(r.waiter)
}

func (r *real) sleep(d time.Duration) {
	r.now += d
	r.check(r.now)
}

func (r *real) take(w *waiter) *reply {
	items, token := r.session.take(r.now, w)
	answer := &reply{id: r.id, token: token}
	for _, it := range items {
		answer.messages = append(answer.messages, numberOf(it.frame))
	}
	return answer
}

func numbered(n uint64) *frame {
	return &frame{message: string(binary.BigEndian.AppendUint64(nil, n)), json: make([]byte, 8)}
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
		if it.number <= s.confirmed || it.number > s.last || i > 0 && it.number <= s.queue[i-1].number {
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
	case s.waiter != nil && len(s.queue) > 0 && !s.woken:
		return "a poll waits although there is something to say"
	}
	return ""
}
