package firenze

import (
	"log/slog"
	"sync/atomic"

	"github.com/rootspush/roots/internal/batch"
)

// Stats are numbers about the sessions of a Firenze.
type Stats struct {
	Sessions   int    // that go on
	Left       uint64 // sessions whose clients said good-bye
	StayedAway uint64 // sessions that ended because no request came
	Overflowed uint64 // sessions that had more to keep than they may
	Dismissed  uint64 // sessions that End ended
	Released   uint64 // sessions that go on elsewhere
	TakenUp    uint64 // sessions that came from elsewhere
}

// Stats returns what has been counted. It does not wait.
func (f *Firenze) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	ended := &f.counters.ended
	return Stats{
		f.sessions, ended[left].Load(), ended[stayedAway].Load(), ended[overflowed].Load(),
		ended[dismissed].Load(), ended[moved].Load(), f.counters.takenUp.Load(),
	}
}

// Traffic are numbers about what went through a Firenze.
type Traffic struct {
	Sent          uint64 // messages in answers, counted again when they are sent again
	SentBytes     uint64 // of these messages in their JSON form
	Received      uint64 // updates from clients that were taken
	ReceivedBytes uint64 // of the bodies and frames with updates
	Refused       uint64 // requests and posts that were not allowed, and wrong keys
	Malformed     uint64 // posts that were no updates, and handshakes that were none

	// Hold is how long polls waited in Firenze until they were answered: no time
	// at all if there was something to say. The first poll of a session, which
	// never waits, is not in it.
	Hold Histogram
	// Delivery is how long messages took: from when a message was published, that
	// is given to its first session, until it was put into an answer that is
	// written at once. Of messages that travel in one answer the oldest is
	// measured. The time is included for which a client stayed away, or took
	// nothing. A message that equals the one before it on its path may pass for
	// that one, for a second at most, if who heard that first has gone.
	//
	// Both are measured with a clock that is read for the purpose. Above some
	// 1,000 messages a second that is done for answers at random, each of which
	// counts for as many as it stands for.
	Delivery Histogram
}

type counters struct {
	ended                   [endings]atomic.Uint64
	takenUp                 atomic.Uint64
	sent, sentBytes         atomic.Uint64
	received, receivedBytes atomic.Uint64
	refused, malformed      atomic.Uint64
	hold, delivery          histogram
	sampler                 sampler
}

// Traffic returns what has been counted. It does not wait.
func (f *Firenze) Traffic() Traffic {
	c := &f.counters
	return Traffic{
		c.sent.Load(), c.sentBytes.Load(), c.received.Load(), c.receivedBytes.Load(), c.refused.Load(), c.malformed.Load(),
		c.hold.read(&holdBounds), c.delivery.read(&deliveryBounds),
	}
}

// A Census is what the sessions are doing at a moment. A message waits until it
// was written to a stream, or until a client that polls has confirmed it.
type Census struct {
	Transports [WebSocket + 1]int // how many sessions are read by each [Transport]
	Messages   int                // that wait, in all sessions together
	Bytes      int                // of these messages in their JSON form
	Longest    int                // how many of them one session has at most
}

// Census walks over the sessions. It takes time in proportion to them, some 20 ms
// for 100,000, and holds nobody up.
func (f *Firenze) Census() Census {
	var all Census
	f.clients.Range(func(_, value any) bool {
		c := value.(*client)
		c.mu.Lock()
		defer c.mu.Unlock()
		waiting := c.queue[c.after(c.sent):]
		all.Transports[c.waiter.transport()]++
		all.Messages += len(waiting)
		all.Bytes += bytesOf(waiting)
		all.Longest = max(all.Longest, len(waiting))
		return true
	})
	return all
}

// sends counts the messages of an answer, and measures how long the oldest took.
func (f *Firenze) sends(items []item) {
	if len(items) == 0 {
		return
	}
	c := &f.counters
	c.sent.Add(uint64(len(items)))
	c.sentBytes.Add(uint64(bytesOf(items)))
	if weight := c.sampler.draw(); weight > 0 {
		c.delivery.add(&deliveryBounds, f.setClock()-items[0].frame.since, weight)
	}
}

func bytesOf(items []item) (bytes int) {
	for _, it := range items {
		bytes += len(it.frame.json)
	}
	return bytes
}

// refuses counts and logs what is not done for a client. Nothing that the client
// wrote is logged: its key may be in that.
func (f *Firenze) refuses(status int) {
	counter := &f.counters.refused
	if batch.IsMalformed(status) {
		counter = &f.counters.malformed
	}
	counter.Add(1)
	slog.Warn("firenze refuses a request", "status", status)
}
