package nats

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
)

// A session moves from the node that holds it to the one that its client comes to:
//
//	new node                        holder
//	do you hold it?  ────────────▶
//	                 ◀────────────  yes, this is what it hears
//	records what it would hear,
//	once NATS lets that come and
//	has handed out all that any
//	node sent before
//	release it       ────────────▶  hands on all that came before that,
//	                                stands still, takes the session out
//	                 ◀────────────  this is all of it, and how far the holder was
//	hands on all that came before,
//	once NATS has handed it out,
//	stands still, puts it in,
//	with what was recorded since
//
// Standing still makes sure which updates the session has had where it was, and how
// far that is in what each node sends is told by the numbers that all updates have.
// So none is lost, and none comes twice. If anything of this fails once the session
// was released, it is over, and its client gets a new one.

// The kinds of questions about sessions.
const (
	holdsKind   = "holds"   // which of these sessions do you hold, and what do they hear?
	releaseKind = "release" // give me these
	takeKind    = "take"    // have these from me
)

const (
	moveTimeout  = 10 * time.Second
	admitTimeout = 30 * time.Second
	askSoon      = 20 * time.Millisecond // after which to ask again for a session that is on its way elsewhere
	askLate      = time.Second           // the same, after some times
	mostAtOnce   = 200                   // sessions that are handed over together
	answerSize   = 4 << 20               // in bytes, about; what is more is asked for again
	attempts     = 5                     // to have sessions that hear something else each time, or are busy
)

type (
	// A holdsQuestion also proves that the client has the key, if one asks for it.
	holdsQuestion struct {
		IDs []string `json:"ids"`
		Key string   `json:"key,omitempty"`
	}
	holdsAnswer struct {
		Heard  map[string][]pig.Heard `json:"heard"`            // by id; who is not here is not in it
		Coming []string               `json:"coming,omitempty"` // who will be here soon
	}
	releaseQuestion struct {
		Heard map[string][]byte `json:"heard"` // by id, the sum of what it was said to hear
	}
	releaseAnswer struct {
		Sessions []released        `json:"sessions"` // fewer than were asked for, perhaps
		Position map[string]uint64 `json:"position"` // how far the holder was
	}
	released struct {
		firenze.Snapshot
		Heard []pig.Heard `json:"heard"`
	}
)

// Carry lets sessions move between this node and others that do the same: see
// [Node.Fetch] and [Node.HandOver]. It is called once, with the Firenze whose
// registry this node's Dolores is.
func (n *Node) Carry(sessions *firenze.Firenze) {
	n.sessions = sessions
	n.Handle(holdsKind, handler(n.holds))
	n.Handle(releaseKind, handler(n.release))
	n.Handle(takeKind, handler(n.take))
}

// handler decodes a question and encodes the answer.
func handler[Q, A any](do func(ctx context.Context, from string, q Q) (A, error)) Handler {
	return func(ctx context.Context, from string, question []byte) ([]byte, error) {
		var q Q
		if err := json.Unmarshal(question, &q); err != nil {
			return nil, fmt.Errorf("the question is not understood: %w", err)
		}
		ctx, cancel := context.WithTimeout(ctx, moveTimeout)
		defer cancel()
		a, err := do(ctx, from, q)
		if err != nil {
			return nil, err
		}
		return json.Marshal(a)
	}
}

// ask is Ask with what handler does on the other side.
func ask[A any](ctx context.Context, n *Node, node, kind string, q any) (a A, err error) {
	question, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	answer, err := n.Ask(ctx, node, kind, question)
	if err == nil {
		err = json.Unmarshal(answer, &a)
	}
	return a, err
}
