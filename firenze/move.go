package firenze

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// A Snapshot is a session on its way from one Firenze to another: to one on
// another machine, or to the next process. It goes on there with its id, its
// numbers and all that its client has not confirmed, so that the client sees
// nothing but the end of a request. What the session hears is not in it, since
// Firenze does not know that.
//
// It has the key in it, so it must be kept as secret as that.
type Snapshot struct {
	ID        string        `json:"id"`
	Key       string        `json:"key"`
	Latest    bool          `json:"latest,omitempty"`   // of each path only the latest message is kept
	Began     time.Time     `json:"began"`              // when the session did
	Absent    time.Duration `json:"absent,omitempty"`   // for how long there was no request, in nanoseconds
	Posts     uint64        `json:"posts,omitempty"`    // the number of the newest post that was accepted
	Confirmed uint64        `json:"confirmed"`          // the number of the newest message that the client has
	Forgotten uint64        `json:"forgotten"`          // … that is kept no longer, and was not confirmed
	Sent      uint64        `json:"sent"`               // … that was written to a stream
	Last      uint64        `json:"last"`               // … that there is
	Messages  []Message     `json:"messages,omitempty"` // in order of their numbers
}

// A Message is one that is not confirmed. Its age begins anew where it is taken up.
type Message struct {
	Number  uint64 `json:"number"`
	Path    string `json:"path"`
	Message string `json:"message"`
}

// ErrBusy is why a session can't be released just now: what its client sent is
// being handed on.
var ErrBusy = errors.New("what the session's client sent is being handed on")

// Release ends a session here and returns it as it is, to be taken up elsewhere.
// No request finds it any more, and what is said to it afterwards is not in the
// snapshot: see Elsewhere in [Options]. A request that waits is answered. The caller
// then calls forget, which takes it out of the registry; only that calls others.
//
// The error is [ErrUnknown], [ErrOver] or [ErrBusy], and then nothing was done.
func (f *Firenze) Release(id string) (s Snapshot, forget func(), err error) {
	known, ok := f.clients.Load(id)
	if !ok {
		return Snapshot{}, nil, ErrUnknown
	}
	c := known.(*client)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over != going:
		return Snapshot{}, nil, ErrOver
	case c.inbox != nil && c.inbox.busy:
		return Snapshot{}, nil, ErrBusy
	}
	s = c.snapshot(f.setClock())
	c.end(moved).tell()
	f.clients.Delete(id)
	return s, func() { f.retire(c, moved) }, nil
}

// HasKey says whether a session is here and this is its key.
func (f *Firenze) HasKey(id, key string) bool {
	known, ok := f.clients.Load(id)
	return ok && sameKey(known.(*client).key(), key)
}

// snapshot describes the session. The caller holds the lock.
func (c *client) snapshot(now time.Duration) Snapshot {
	s := Snapshot{
		ID: c.id, Key: c.key(), Latest: c.latest, Began: c.firenze.started.Add(c.began),
		Confirmed: c.confirmed, Forgotten: c.forgotten, Sent: c.sent, Last: c.last,
	}
	if c.waiter == nil {
		s.Absent = now - c.seen
	}
	if c.inbox != nil {
		s.Posts = c.inbox.newest
	}
	for _, it := range c.queue {
		s.Messages = append(s.Messages, Message{it.number, it.frame.path, it.frame.message})
	}
	return s
}

// TakeUp goes on with a session that another Firenze released. It is registered
// under the id that it has, and requests find it from then on; what is published
// for it follows what the snapshot has. The client is not told anything. While all
// are let go it is possible still, so that nothing is lost which was on its way.
//
// The error says what is wrong with the snapshot, or that there is no room here,
// that the Firenze was closed, or that the id is registered. Then nothing was done.
func (f *Firenze) TakeUp(s Snapshot) (Session, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	c, err := f.place(s.Latest)
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := c.restore(s); err != nil {
		f.drop()
		return nil, err
	}
	if err := f.registry.Adopt(c.id, c); err != nil {
		f.drop()
		return nil, err
	}
	f.clients.Store(c.id, c)
	f.counters.takenUp.Add(1)
	slog.Debug("a session is taken up", "id", c.id)
	return c, nil
}

// check says what is wrong with a snapshot that no Firenze made.
func (s *Snapshot) check() error {
	known := max(s.Confirmed, s.Forgotten)
	switch {
	case s.ID == "" || s.Key == "":
		return errors.New("a snapshot has no id or no key")
	case s.Absent < 0 || known > s.Last || s.Sent > s.Last:
		return fmt.Errorf("the numbers in the snapshot of %.120q contradict each other", s.ID)
	}
	for _, m := range s.Messages {
		if m.Number <= known || m.Number > s.Last {
			return fmt.Errorf("message %d in the snapshot of %.120q is out of order", m.Number, s.ID)
		}
		known = m.Number
	}
	return nil
}

// restore makes a new session the one of the snapshot. Nobody else knows it yet.
func (c *client) restore(s Snapshot) error {
	now := c.firenze.now()
	c.setID(s.ID, s.Key)
	c.began, c.seen = now-time.Since(s.Began), now-s.Absent
	c.confirmed, c.forgotten, c.sent, c.last = s.Confirmed, s.Forgotten, s.Sent, s.Last
	for _, m := range s.Messages {
		f := c.firenze.frames.frame(c, m.Path, m.Message)
		c.push(item{m.Number, f})
	}
	if s.Posts > 0 {
		c.inbox = &inbox{newest: s.Posts}
	}
	for c.isFull() {
		if !c.forget() {
			return fmt.Errorf("session %.120q has more to keep than sessions may have here", s.ID)
		}
	}
	return nil
}

// End ends the session with this id. Its client gets a new one with its next
// request, and so knows that it has to load its data anew. An id that is unknown
// is no mistake. It does not wait.
func (f *Firenze) End(id string) {
	if c, ok := f.clients.Load(id); ok {
		f.settle(c.(*client), func() *waiter { return c.(*client).end(dismissed) })
	}
}
