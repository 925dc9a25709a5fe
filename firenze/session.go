package firenze

import (
	"time"

	"github.com/rootspush/roots/thestral"
)

// A session is what one client has yet to confirm, and the rules about it. It is
// a plain state machine: it has no goroutine, no lock and no clock. The time is
// handed in, as what has passed since some fixed moment, and whoever calls it
// sees to it that one does so at a time. So millions of interleavings can be
// run through the real thing in a test.
//
// Every message has a number. The queue holds the messages that are not
// confirmed, whether or not they were sent, in order of their numbers. A client
// confirms the newest number that it has; saying so twice changes nothing, and
// what was sent but never confirmed is sent again. So no request and no answer
// that gets lost can lose a message.
//
// A stream may never confirm anything. So what was written to it is kept as long
// as there is room, the oldest forgotten first, for the case that it breaks. A
// client that comes back from before what is kept has lost the session.
type session struct {
	latest bool // of each path, but for control paths, only the latest message is kept
	woken  bool // the waiter knows that there is something
	over   ending
	waiter *waiter // the poll that waits or the stream, if there is one
	sent   uint64  // the newest number that was written to a stream

	limits *limits
	last   uint64  // the newest number there is
	newest [1]item // what is last in the queue, to be found without that; empty if nothing is
	queue  []item  // of one message it is newest, so that this takes no memory of its own
	bytes  int     // of the queue

	confirmed uint64        // the newest number that the client said it has
	forgotten uint64        // the newest number that was forgotten without that
	seen      time.Duration // when the last poll or stream ended
}

type item struct {
	number uint64
	frame  *frame
}

// limits bound every session of a Firenze.
type limits struct {
	messages int
	bytes    int
	age      time.Duration // of a message in the queue
	absence  time.Duration // between two requests
}

// An ending is why a session is over. Nothing is ever dropped from the middle
// of a session: it is whole, or it is over.
type ending uint8

const (
	going      ending = iota // it is not over
	left                     // the client said good-bye
	stayedAway               // no request came for too long
	overflowed               // there was too much to keep, or for too long
	dismissed                // the program that embeds it said so
	moved                    // it goes on elsewhere
	endings    = iota        // how many there are
)

func (e ending) String() string {
	return [...]string{"going", "left", "stayed away", "overflowed", "dismissed", "moved"}[e]
}

// publish puts a message into the queue. It returns the waiter that is to be
// told, unless that was told before.
func (s *session) publish(f *frame) *waiter {
	if s.over != going {
		return nil
	}
	if s.latest && !thestral.IsControl(f.path) { // what a control path says is no state
		s.forgetPath(f.path)
	}
	s.last++
	s.push(item{s.last, f})
	for s.isFull() {
		if !s.forget() {
			return s.end(overflowed)
		}
	}
	return s.wake()
}

func (s *session) push(it item) {
	if len(s.queue) == 0 {
		s.queue = s.newest[:0]
	}
	s.queue = append(s.queue, it) // which moves a second one away from newest
	s.newest[0] = it
	s.bytes += len(it.frame.json)
}

func (s *session) isFull() bool {
	return len(s.queue) > s.limits.messages || s.bytes > s.limits.bytes
}

// forget drops the oldest message if a stream has it, as far as can be known.
func (s *session) forget() bool {
	if oldest := s.queue[0].number; oldest <= s.sent {
		s.forgotten = oldest
		s.drop(1)
		return true
	}
	return false
}

// forgetPath takes out what a newer message of the same path replaces. That one
// gets a number of its own, because the old one may be on its way already.
func (s *session) forgetPath(path string) {
	for i, it := range s.queue {
		if it.frame.path == path {
			s.bytes -= len(it.frame.json)
			s.queue = append(s.queue[:i], s.queue[i+1:]...)
			return // there is only ever one
		}
	}
}

// drop takes the first n messages out of the queue.
func (s *session) drop(n int) {
	for i := range n {
		s.bytes -= len(s.queue[i].frame.json)
	}
	clear(s.queue[:n])
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue, s.newest[0] = nil, item{} // an idle session keeps no buffer
	}
}

// after returns where in the queue the messages above number begin. They are few
// as a rule, so it looks from the end.
func (s *session) after(number uint64) int {
	n := len(s.queue)
	for n > 0 && s.queue[n-1].number > number {
		n--
	}
	return n
}

// confirm takes the client's word that it has everything up to number. A number
// that is not between what was confirmed and what there is confirms nothing.
func (s *session) confirm(number uint64) {
	if number <= s.confirmed || number > s.last {
		return
	}
	s.confirmed = number
	s.sent = max(s.sent, number)
	s.drop(s.after(number))
}

// resume begins a request of a client that has everything up to number. What it
// lacks is new again, whether or not it was sent. It reports false, and the
// request must not go on, if some of that was forgotten.
func (s *session) resume(number uint64) bool {
	s.confirm(number)
	if s.confirmed < s.forgotten {
		return false
	}
	s.sent = s.confirmed
	return true
}

// attach lets w wait in the place of whoever waited before, who is returned.
// Ready says that there is something to say at once.
func (s *session) attach(w *waiter) (displaced *waiter, ready bool) {
	displaced, s.waiter = s.waiter, w
	s.woken = len(s.queue) > 0 || s.over != going
	return displaced, s.woken
}

// detach ends the wait of w, if it still does.
func (s *session) detach(now time.Duration, w *waiter) {
	if s.waiter == w {
		s.waiter, s.woken, s.seen = nil, false, now
	}
}

// take ends the wait of a poll and returns what there is to say, up to about
// [chunk] bytes, with the number that confirms it. A poll that was displaced has
// nothing to say, and confirms nothing.
func (s *session) take(now time.Duration, w *waiter) (items []item, number uint64) {
	mine := s.waiter == w
	s.detach(now, w)
	if !mine || len(s.queue) == 0 {
		return nil, s.confirmed
	}
	items, _ = upTo(s.queue, chunk)
	return items, items[len(items)-1].number
}

// next returns what is new to the stream of w, up to about so many bytes, with
// the number that confirms it. More says that there is more. It reports false if
// the stream is to end, since another took its place or the session is over.
func (s *session) next(w *waiter, bytes int) (items []item, number uint64, more, ok bool) {
	if s.waiter != w || s.over != going {
		return nil, 0, false, false
	}
	if s.newest[0].number == s.sent+1 {
		items = s.newest[:]
	} else {
		items, more = upTo(s.queue[s.after(s.sent):], bytes)
	}
	if len(items) > 0 {
		s.sent = items[len(items)-1].number
	}
	s.woken = more
	return items, s.sent, more, true
}

// upTo returns the first of all, of about so many bytes, and whether there are
// more.
func upTo(all []item, bytes int) (some []item, more bool) {
	for i, it := range all {
		if bytes -= len(it.frame.json); bytes <= 0 && i+1 < len(all) {
			return all[:i+1], true
		}
	}
	return all, false
}

// end makes the session over and returns the waiter that is to be told, even if it
// was told of a message and gathers more.
func (s *session) end(why ending) *waiter {
	if s.over != going {
		return nil
	}
	s.over = why
	s.drop(len(s.queue))
	s.last, s.sent = s.confirmed, s.confirmed
	s.woken = s.waiter != nil
	return s.waiter
}

// check ends the session if the client stayed away, or left something lying,
// for too long.
func (s *session) check(now time.Duration) *waiter {
	if s.waiter == nil && now-s.seen >= s.limits.absence {
		return s.end(stayedAway)
	}
	for len(s.queue) > 0 && now-s.queue[0].frame.since >= s.limits.age {
		if !s.forget() {
			return s.end(overflowed)
		}
	}
	return nil
}

func (s *session) wake() *waiter {
	if s.woken {
		return nil
	}
	s.woken = s.waiter != nil
	return s.waiter
}
