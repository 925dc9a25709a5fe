package firenze

import (
	"errors"
	"iter"
	"slices"
	"time"
)

// A View is what others may know of a session at a moment. The key is no part of
// it, nor is anything that the session was told.
type View struct {
	ID        string
	Transport Transport
	Began     time.Time
	Over      bool // nothing reaches it any more, and soon it is forgotten

	// What waits to be sent, with the bounds at which the session ends. What a
	// stream wrote and keeps until it is confirmed is not counted, for that makes
	// room.
	Messages, MaxMessages int
	Bytes, MaxBytes       int
}

// Sessions yields all sessions. No lock is held meanwhile, so the loop may take
// its time, end early, and call the Firenze. Sessions that begin or end during it
// may be yielded or not.
func (f *Firenze) Sessions() iter.Seq[View] {
	return func(yield func(View) bool) {
		f.clients.Range(func(_, value any) bool { return yield(value.(*client).view()) })
	}
}

// Session returns the session with this id. It reports false if there is none.
func (f *Firenze) Session(id string) (View, bool) {
	if c, ok := f.clients.Load(id); ok {
		return c.(*client).view(), true
	}
	return View{}, false
}

func (c *client) view() View {
	c.mu.Lock()
	defer c.mu.Unlock()
	waiting := c.queue[c.after(c.sent):]
	return View{
		ID: c.id, Transport: c.waiter.transport(), Began: c.firenze.started.Add(c.began), Over: c.over != going,
		Messages: len(waiting), MaxMessages: c.limits.messages,
		Bytes: bytesOf(waiting), MaxBytes: c.limits.bytes,
	}
}

// What keeps an update from a session.
var (
	ErrUnknown  = errors.New("no session has this id")
	ErrOver     = errors.New("the session is over, its client will get a new one")
	ErrOverflow = errors.New("the queue is full, and nothing in it may be forgotten, so one more message ends the session")
)

// Explain says what would become of an update that is given to session id:
// nothing is wrong if it would be queued, else it returns [ErrUnknown],
// [ErrOver] or [ErrOverflow]. It asks the very code that takes an update, about a
// copy of the session, and changes nothing.
func (f *Firenze) Explain(id, path, message string) error {
	known, ok := f.clients.Load(id)
	if !ok {
		return ErrUnknown
	}
	dry := known.(*client).copy()
	if dry.over != going {
		return ErrOver
	}
	dry.publish(&frame{path: path, json: encode(path, message)})
	if dry.over != going {
		return ErrOverflow
	}
	return nil
}

func (c *client) copy() session {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.session
	s.queue = slices.Clone(s.queue)
	return s
}
