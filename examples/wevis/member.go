package wevis

import (
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/rootspush/roots/thestral"
)

// A Member is somebody in a room: a client that has logged in, or a browser. As
// a Thestral it is sent the messages that it is updated with. All methods may be
// called from many goroutines at once, and none waits.
type Member struct {
	user *User
	room *Room
	send func(*Message) error
	end  func(error)
	left bool // guarded by the lock of the room

	waiting atomic.Int64  // its messages in the room that are not handled
	handled chan struct{} // has one element if one was handled since it was emptied
}

var _ thestral.Prompt = (*Member)(nil)

func newMember(user *User, room *Room, send func(*Message) error, end func(error)) *Member {
	return &Member{user: user, room: room, send: send, end: end, handled: make(chan struct{}, 1)}
}

// User returns who it is, as the validator said.
func (m *Member) User() *User { return m.user }

// Room returns where it was let in.
func (m *Member) Room() *Room { return m.room }

// Queue sends a *[Message] or a struct that stands for one, after all that was
// queued before. It returns an error if that is wrong, see [Protocol.New], and
// [ErrClosed] if the connection is over; then nothing is sent.
func (m *Member) Queue(message any) error {
	made, err := m.room.Protocol.Of(message)
	if err != nil {
		return err
	}
	return m.send(made)
}

// Close ends the connection, after what is queued has been sent. The reason is
// for the log alone.
func (m *Member) Close(reason string) { m.end(errors.New(reason)) }

// Update sends the message that path and text stand for. What stands for none is
// logged and dropped. An empty text only says that it was connected to the path.
func (m *Member) Update(_ thestral.Thestral, path, text string) {
	if text == "" {
		return
	}
	message, err := m.room.Protocol.FromText(path, text)
	if err == nil {
		err = m.send(message)
	}
	if err != nil {
		slog.Warn("an update was not sent", "user", m.user.Name, "path", path, "error", err)
	}
}

// Next returns nil: a member is where updates leave the process.
func (m *Member) Next() []thestral.Thestral { return nil }

// begin counts a message that is to be handled. A browser can't be made to wait,
// so one that has too many there is sent away.
func (m *Member) begin() bool {
	if m.waiting.Add(1) <= thestral.QueueLimit {
		return true
	}
	m.waiting.Add(-1)
	m.end(fmt.Errorf("more than %d of its messages waited to be handled", thestral.QueueLimit))
	return false
}

// done says that a message was handled.
func (m *Member) done() {
	m.waiting.Add(-1)
	select {
	case m.handled <- struct{}{}:
	default:
	}
}

// wait waits until all its messages are handled, or until over.
func (m *Member) wait(over <-chan struct{}) {
	for m.waiting.Load() > 0 {
		select {
		case <-m.handled:
		case <-over:
			return
		}
	}
}
