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
type session struct {
	limits *limits
	latest bool // of each path, but for control paths, only the latest message is kept

	confirmed uint64 // the newest number that the client has
	last      uint64 // the newest number there is
	queue     []item
	bytes     int

	waiter *waiter       // the poll that waits, if one does
	woken  bool          // the waiter knows that there is something
	seen   time.Duration // when the last poll ended
	over   ending
}

type item struct {
	number uint64
	since  time.Duration
	frame  *frame
}

// limits bound every session of a Firenze.
type limits struct {
	messages int
	bytes    int
	age      time.Duration // of a message in the queue
	absence  time.Duration // between two polls
}

// An ending is why a session is over. Nothing is ever dropped from the middle
// of a session: it is whole, or it is over.
type ending int

const (
	going      ending = iota // it is not over
	left                     // the client said good-bye
	stayedAway               // no poll came for too long
	overflowed               // there was too much to keep, or for too long
)

// publish puts a message into the queue. It returns the poll that is to be told,
// unless that was told before.
func (s *session) publish(now time.Duration, f *frame) *waiter {
	if s.over != going {
		return nil
	}
	if s.latest && !thestral.IsControl(f.path) { // what a control path says is no state
		s.forgetPath(f.path)
	}
	s.last++
	s.queue = append(s.queue, item{s.last, now, f})
	s.bytes += len(f.json)
	if len(s.queue) > s.limits.messages || s.bytes > s.limits.bytes {
		return s.end(overflowed)
	}
	return s.wake()
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

// confirm takes the client's word that it has everything up to number. A number
// that is not between what was confirmed and what there is confirms nothing.
func (s *session) confirm(number uint64) {
	if number <= s.confirmed || number > s.last {
		return
	}
	s.confirmed = number
	n := 0
	for n < len(s.queue) && s.queue[n].number <= number {
		s.bytes -= len(s.queue[n].frame.json)
		n++
	}
	rest := copy(s.queue, s.queue[n:])
	clear(s.queue[rest:])
	if s.queue = s.queue[:rest]; rest == 0 {
		s.queue = nil // an idle session keeps no buffer
	}
}

// attach lets w wait in the place of any poll that waited before, which it
// returns. Ready says that there is something to say at once.
func (s *session) attach(w *waiter) (displaced *waiter, ready bool) {
	displaced, s.waiter = s.waiter, w
	s.woken = len(s.queue) > 0 || s.over != going
	return displaced, s.woken
}

// take ends the wait of w and returns what there is to say, with the number
// that confirms it. A poll that was displaced has nothing to say, and confirms
// nothing.
func (s *session) take(now time.Duration, w *waiter) (items []item, number uint64) {
	if s.waiter != w {
		return nil, s.confirmed
	}
	s.waiter, s.woken, s.seen = nil, false, now
	if len(s.queue) == 0 {
		return nil, s.confirmed
	}
	return s.queue, s.last
}

// end makes the session over and returns the poll that is to be told.
func (s *session) end(why ending) *waiter {
	if s.over != going {
		return nil
	}
	s.over = why
	s.queue, s.bytes = nil, 0
	s.last = s.confirmed
	return s.wake()
}

// check ends the session if the client stayed away, or left something lying,
// for too long.
func (s *session) check(now time.Duration) *waiter {
	switch {
	case s.waiter == nil && now-s.seen >= s.limits.absence:
		return s.end(stayedAway)
	case len(s.queue) > 0 && now-s.queue[0].since >= s.limits.age:
		return s.end(overflowed)
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
