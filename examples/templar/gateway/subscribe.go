package gateway

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rootspush/roots/examples/templar/rooms"
)

// A request is the requestId of a subscription.
type request struct {
	key string // the same for those that are equal
	raw string // as the client wrote it
}

// newRequest makes a request of a JSON value, if that is there and no list or object.
func newRequest(raw json.RawMessage) (r request, ok bool) {
	if len(raw) == 0 || raw[0] == '[' || raw[0] == '{' {
		return request{}, false
	}
	return request{rooms.Canonical(raw), string(raw)}, true
}

// A visit is a room that a client is in, and what it is in for.
type visit struct {
	room     rooms.Room
	requests []request
}

// subscribed is what a client has asked to be kept.
type subscribed struct{ count, bytes int }

// allow lets the client enter these rooms. It returns an error if one is none.
func (c *client) allow(allowed []json.RawMessage) error {
	for _, raw := range allowed {
		room, err := rooms.Parse(raw)
		if err != nil {
			return fmt.Errorf("of the allowed rooms, %w", err)
		}
		c.allowed.Add(room)
	}
	return nil
}

// list returns rooms as the elements of a JSON list, each once.
func list(allowed []json.RawMessage) string {
	var elements []string
	seen := map[string]bool{}
	for _, raw := range allowed {
		if room, _ := rooms.Parse(raw); !seen[room.String()] {
			seen[room.String()] = true
			elements = append(elements, string(raw))
		}
	}
	return strings.Join(elements, ", ")
}

// subscribe lets the client into a room, and returns what is wrong with that.
func (c *client) subscribe(r request, raw json.RawMessage) (problem string) {
	room, err := rooms.Parse(raw)
	if err != nil || !c.gateway.door.Allows(c, room.Path(), room.String()) {
		return noRoom
	}
	visits, subscribed, full := c.knows(r, room)
	switch {
	case subscribed:
		return ""
	case full:
		return tooMany
	case !visits:
		c.gateway.door.Update(c, room.Path(), room.String())
	}
	c.note(r, room)
	return ""
}

// knows says whether the client is in a room, is so for this request, and has no place
// for one more.
func (c *client) knows(r request, room rooms.Room) (visits, subscribed, full bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.rooms[room.Path()]
	full = c.size.count == MaxSubscriptions || c.size.bytes+r.size(room) > MaxSubscribed
	return v != nil, v != nil && slices.ContainsFunc(v.requests, r.is), full
}

// note keeps a subscription. What came while the client was being let into the room
// was not for it: Pig hands that on when the client is in, and by then something later
// may have come by way of another room.
func (c *client) note(r request, room rooms.Room) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left {
		return // the server ended it meanwhile
	}
	if c.rooms == nil {
		c.rooms = map[string]*visit{}
	}
	v := c.rooms[room.Path()]
	if v == nil {
		v = &visit{room: room}
		c.rooms[room.Path()] = v
	}
	v.requests = append(v.requests, r)
	c.size.count++
	c.size.bytes += r.size(room)
}

// size is what a subscription counts for.
func (r request) size(room rooms.Room) int { return len(room.String()) + len(r.raw) }

func (r request) is(other request) bool { return r.key == other.key }

// unsubscribe ends what was subscribed to with this requestId, in whichever rooms, and
// returns what is wrong with that. Nothing more comes for it, what was queued neither.
func (c *client) unsubscribe(r request, _ json.RawMessage) (problem string) {
	some, left := c.strike(r)
	if !some {
		return notSubscribed
	}
	for _, room := range left {
		c.gateway.hall.leave(c.id, room)
	}
	return ""
}

// strike forgets the subscriptions with a requestId. It returns whether there were
// some, and which rooms the client is in for nothing else.
func (c *client) strike(r request) (some bool, left []rooms.Room) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for path, v := range c.rooms {
		i := slices.IndexFunc(v.requests, r.is)
		if i < 0 {
			continue
		}
		some = true
		c.size.count--
		c.size.bytes -= v.requests[i].size(v.room)
		if v.requests = slices.Delete(v.requests, i, i+1); len(v.requests) == 0 {
			delete(c.rooms, path)
			left = append(left, v.room)
		}
	}
	before := len(c.queue)
	c.queue = slices.DeleteFunc(c.queue, func(p publish) bool {
		if p.is(r) {
			c.waiting -= len(p.data)
		}
		return p.is(r)
	})
	c.gateway.counters.queued.Add(-int64(before - len(c.queue)))
	return some, left
}
