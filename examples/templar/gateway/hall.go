package gateway

import (
	"log/slog"
	"slices"
	"sync"

	"github.com/rootspush/roots/examples/templar/rooms"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// The hall has the rooms that somebody is in. As a Thestral it lets whoever asks into
// a room: path is that of the room, and the message its text. A Filch stands before it.
type hall struct {
	pig *pig.Pig

	mu   sync.Mutex // guards tree
	tree rooms.Tree
}

var _ thestral.Prompt = (*hall)(nil)

// mayEnter is the policy at the door of the hall.
func mayEnter(sender thestral.Thestral, _, text string) bool {
	c, ok := sender.(*client)
	room, err := rooms.Parse([]byte(text))
	return ok && err == nil && c.allowed.Covers(room)
}

// Update lets the sender in.
func (h *hall) Update(sender thestral.Thestral, path, text string) {
	room, err := rooms.Parse([]byte(text))
	if err != nil {
		return // the door let nothing through that is no room
	}
	h.mu.Lock()
	h.tree.Add(room) // before anything can come of it
	h.mu.Unlock()
	if err := h.pig.Connect(sender.(*client).id, path); err != nil {
		slog.Debug("a client went before it was let in", "error", err)
		h.remove(room)
	}
}

// Next lists Pig.
func (h *hall) Next() []thestral.Thestral { return []thestral.Thestral{h.pig} }

// leave ends what Update began.
func (h *hall) leave(id string, room rooms.Room) {
	if err := h.pig.Disconnect(id, room.Path()); err != nil {
		slog.Debug("a client went before it left a room", "error", err)
	}
	h.remove(room)
}

// remove takes rooms out of the tree, which others may still be in.
func (h *hall) remove(left ...rooms.Room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, room := range left {
		h.tree.Remove(room)
	}
}

// meeting returns the paths of all rooms that somebody is in and that some of those
// meet, each once.
func (h *hall) meeting(some []rooms.Room) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var paths []string
	for _, room := range some {
		for _, met := range h.tree.Meeting(room) {
			paths = append(paths, met.Path())
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func (h *hall) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tree.Len()
}
