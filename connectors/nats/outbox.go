package nats

import (
	"sync"
	"time"
)

// What a node keeps of what it sent, for those who did not get it. It covers a
// NATS server that is started anew, and a cable that is pulled and put in again.
const (
	keptLetters = 100_000
	keptBytes   = 32 << 20
	keptAge     = time.Minute
)

// An entry is a letter before it has its place in a stream.
type entry struct {
	subject, sender, body string
	at                    time.Duration
}

// size is what an entry takes, beside its text.
func (e *entry) size() int { return 64 + len(e.subject) + len(e.body) }

// An outbox numbers what is to be sent and keeps it, sent or not, within limits:
// what is oldest is forgotten first. It knows nothing of who sends it, and what
// of it: that is a place in it, see [place].
type outbox struct {
	ready chan struct{} // has something in it when entries were put in
	limit limits

	mu      sync.Mutex // guards what is below
	entries []entry
	last    uint64 // the number of the newest
	bytes   int
}

type limits struct {
	letters, bytes int
	age            time.Duration
}

func newOutbox(l limits) *outbox { return &outbox{ready: make(chan struct{}, 1), limit: l} }

// put takes an entry in, and returns its number. It does not wait.
func (o *outbox) put(e entry) (number uint64) {
	o.mu.Lock()
	o.last++
	number = o.last
	o.entries = append(o.entries, e)
	o.bytes += e.size()
	for len(o.entries) > o.limit.letters || o.bytes > o.limit.bytes {
		o.forget()
	}
	o.mu.Unlock()
	o.wake()
	return number
}

// wake has the sender look.
func (o *outbox) wake() {
	select {
	case o.ready <- struct{}{}:
	default:
	}
}

// age forgets what is too old.
func (o *outbox) age(now time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.entries) > 0 && now-o.entries[0].at > o.limit.age {
		o.forget()
	}
}

// forget drops the oldest entry. The caller holds the lock.
func (o *outbox) forget() {
	o.bytes -= o.entries[0].size()
	o.entries[0] = entry{}
	if o.entries = o.entries[1:]; len(o.entries) == 0 {
		o.entries = nil // an idle node keeps no buffer
	}
}

// from copies entries into batch, the one with this number first or, if it is
// forgotten, the oldest there is. It returns those, and the number of the first,
// which is that of the next one to come if there are none.
func (o *outbox) from(number uint64, batch []entry) ([]entry, uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	first := max(number, o.oldest())
	n := copy(batch, o.entries[min(first-o.oldest(), uint64(len(o.entries))):])
	return batch[:n], first
}

// oldest is the number of the oldest entry, or of the next. The caller holds the
// lock.
func (o *outbox) oldest() uint64 { return o.last + 1 - uint64(len(o.entries)) }

// A stock is how much an outbox keeps.
type stock struct{ letters, bytes int }

func (o *outbox) stock() stock {
	o.mu.Lock()
	defer o.mu.Unlock()
	return stock{len(o.entries), o.bytes}
}

// A place is where a node stands in what it sends. It outlives a link to NATS, and
// belongs to whoever serves that.
type place struct {
	mark uint64 // the last that was set
	next uint64 // the number of what is sent next
}

// skip begins another link: a mark is left out, so that everyone notices.
func (p *place) skip() {
	if p.mark > 0 {
		p.mark++
	}
}

// sign sets the next mark.
func (p *place) sign(origin, word string) sign {
	p.mark++
	return sign{origin, p.mark, p.next - 1, word}
}

// goBack goes back to what follows number, or to the oldest that is kept, and
// returns the words of the signs to set before it goes on: where it stood, and
// what became of it. There is nothing to go back to if nothing was sent since.
func (p *place) goBack(number, oldest uint64) (word string, back bool) {
	if number+1 >= p.next {
		return goesOn, false
	}
	p.next = min(p.next, max(number+1, oldest))
	if p.next > number+1 {
		return isLost, true
	}
	return goesOn, true
}
