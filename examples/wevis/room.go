package wevis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"

	"github.com/rootspush/roots/filch"
	"github.com/rootspush/roots/thestral"
)

// A Room is where an application meets its users. Its functions are called one
// at a time, never two at once; one that panics costs that one message. They
// should not wait for long: everybody else in the room does meanwhile.
//
// As a Thestral it takes the messages of its members, whoever they are: path is
// the name of a message and the text its arguments. A Filch drops, counts and
// logs what comes from anybody else, or what the room does not understand.
//
// Fill in the fields before the room is used, and do not change them then. All
// methods may be called from many goroutines at once.
type Room struct {
	Protocol *Protocol
	// Handle is given each message. nil ignores them.
	Handle func(from *Member, m *Message)
	// UserEnter is told who came, before any message of theirs. nil for nobody.
	UserEnter func(*Member)
	// UserExit is told who went, after their last message. nil for nobody.
	UserExit func(*User)
	// Understands lists the names of the messages that Handle is given; others
	// are dropped. nil stands for all.
	Understands []string

	once  sync.Once
	door  *filch.Filch
	queue *thestral.Queue
	names map[string]bool // that are understood

	mu      sync.Mutex // guards what is below
	members map[*Member]struct{}
}

var _ thestral.Prompt = (*Room)(nil)

// start builds what a room is made of: a guard at the door, and a queue of what
// is to be handled. How much can be in it is bounded for each member.
func (r *Room) start() {
	r.once.Do(func() {
		r.names = map[string]bool{}
		for _, name := range r.Understands {
			r.names[name] = true
		}
		if r.Understands == nil {
			for _, d := range r.Protocol.definitions {
				r.names[d.name] = true
			}
		}
		r.members = map[*Member]struct{}{}
		r.queue = thestral.NewQueue(thestral.Func(r.take), math.MaxInt)
		r.door = filch.Guard(hall{r.queue}, r.admits)
	})
}

// check says what is wrong with the fields.
func (r *Room) check() error {
	if r == nil || r.Protocol == nil {
		return errors.New("wevis: a room must be there, and have a Protocol")
	}
	for _, name := range r.Understands {
		if r.Protocol.byName[name] == nil {
			return fmt.Errorf("wevis: a room can't understand %q, that is no message of its protocol", name)
		}
	}
	return nil
}

// Update takes a message of a member, without waiting until it is handled.
func (r *Room) Update(sender thestral.Thestral, path, text string) {
	r.start()
	r.door.Update(sender, path, text)
}

// Next lists the guard at the door.
func (r *Room) Next() []thestral.Thestral {
	r.start()
	return []thestral.Thestral{r.door}
}

// admits is the policy at the door: who is in the room has logged in.
func (r *Room) admits(sender thestral.Thestral, path, _ string) bool {
	m, ok := sender.(*Member)
	return ok && r.has(m) && r.names[path]
}

func (r *Room) has(m *Member) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.members[m]
	return ok
}

// hall is behind the door.
type hall struct{ queue *thestral.Queue }

func (h hall) Update(sender thestral.Thestral, path, text string) {
	if sender.(*Member).begin() {
		h.queue.Update(sender, path, text)
	}
}

func (h hall) Next() []thestral.Thestral { return []thestral.Thestral{h.queue} }

// take is called by the queue, for one update at a time. The control paths are
// the room's own, no door lets them through.
func (r *Room) take(sender thestral.Thestral, path, text string) {
	m := sender.(*Member)
	switch {
	case path == thestral.Register && r.UserEnter != nil:
		r.UserEnter(m)
	case path == thestral.Gone && r.UserExit != nil:
		r.UserExit(m.user)
	case !thestral.IsControl(path):
		defer m.done()
		r.handle(m, path, text)
	}
}

func (r *Room) handle(from *Member, path, text string) {
	message, err := r.Protocol.FromText(path, text)
	if err != nil { // a browser may say anything
		slog.Warn("a message is dropped", "user", from.user.Name, "path", path, "error", err)
		return
	}
	if r.Handle != nil {
		r.Handle(from, message)
	}
}

// enter lets m in, unless it has left already: a browser may be that fast. The
// queue calls nobody back, so it is told under the lock, which keeps the order.
func (r *Room) enter(m *Member) {
	r.start()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !m.left {
		r.members[m] = struct{}{}
		r.queue.Update(m, thestral.Register, "")
	}
}

func (r *Room) exit(m *Member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m.left = true
	if _, ok := r.members[m]; ok {
		delete(r.members, m)
		r.queue.Update(m, thestral.Gone, "")
	}
}

// Members returns who is in the room now, in no order.
func (r *Room) Members() []*Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]*Member, 0, len(r.members))
	for m := range r.members {
		all = append(all, m)
	}
	return all
}

// Send queues a message for everybody in the room. It returns an error only if
// the message is wrong, as [Member.Queue] does.
func (r *Room) Send(message any) error {
	m, err := r.Protocol.Of(message)
	if err != nil {
		return err
	}
	for _, member := range r.Members() {
		_ = member.send(m) // who is gone misses nothing
	}
	return nil
}

// flush waits until all that came has been handled, or until ctx ends.
func (r *Room) flush(ctx context.Context) {
	r.start()
	if r.queue.Flush(ctx) != nil {
		slog.Error("a room did not handle all of its messages in time")
	}
}
