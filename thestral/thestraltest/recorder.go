package thestraltest

import (
	"slices"
	"sync"

	"github.com/rootspush/roots/thestral"
)

// A Recorder is a Thestral that keeps what it is told. The zero value is ready,
// and all methods may be called from many goroutines at once.
type Recorder struct {
	mu      sync.Mutex // guards all below
	updates []thestral.Update
	senders []thestral.Thestral
}

var _ thestral.Prompt = (*Recorder)(nil)

// Update keeps the update.
func (r *Recorder) Update(sender thestral.Thestral, path, message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.updates = append(r.updates, thestral.Update{Path: path, Message: message})
	r.senders = append(r.senders, sender)
}

// Next returns nil: a Recorder hands nothing on.
func (r *Recorder) Next() []thestral.Thestral { return nil }

// Updates returns all that came so far, the oldest first.
func (r *Recorder) Updates() []thestral.Update {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.updates)
}

// Senders returns the senders of [Recorder.Updates], in the same order.
func (r *Recorder) Senders() []thestral.Thestral {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.senders)
}

// Messages returns the messages of the updates of path, the oldest first.
func (r *Recorder) Messages(path string) []string {
	var messages []string
	for _, u := range r.Updates() {
		if u.Path == path {
			messages = append(messages, u.Message)
		}
	}
	return messages
}
