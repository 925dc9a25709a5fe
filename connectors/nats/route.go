package nats

import (
	"errors"

	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// Update hands the update to the Pig, and sends it to the nodes that have somebody
// for it. What is said to an id that is not here is sent to the node that has it.
// An update that is too long for a path or a message is handed to the Pig alone;
// it is counted and logged.
func (n *Node) Update(sender thestral.Thestral, path, message string) {
	n.gate.RLock()
	defer n.gate.RUnlock()
	switch {
	case !thestral.IsControl(path):
		number, err := n.send(sender, path, message)
		if err != nil {
			n.refuse(err)
		}
		n.arrivals.show(stamp{n.origin, number}, sender, path, message)
	case isConnection(path) && n.forward(sender, path, message):
		return
	case path == thestral.Register || path == thestral.Gone:
		n.adopt(message)
	}
	n.owl.Update(sender, path, message)
}

// Next returns the Pig.
func (n *Node) Next() []thestral.Thestral { return []thestral.Thestral{n.owl} }

var errTooLong = errors.New("an update is too long to be sent to other nodes")

func (n *Node) send(sender thestral.Thestral, path, message string) (number uint64, err error) {
	if path == "" || len(path) > thestral.MaxPath || len(message) > thestral.MaxMessage {
		return always, errTooLong
	}
	return n.outbox.put(entry{pathSubject(path), idOf(sender), message, n.now()}), nil
}

func isConnection(path string) bool {
	switch path {
	case thestral.Connect, thestral.Disconnect, thestral.Match, thestral.Unmatch:
		return true
	}
	return false
}

// forward sends a connection to where its id is. It reports false if that is here,
// or if it is nowhere. For an id that is about to come here it is kept too: who had
// it until now may have it no more.
func (n *Node) forward(sender thestral.Thestral, path, message string) bool {
	id, _, err := thestral.SplitConnection(message)
	if err != nil {
		return false
	}
	at, sent := stamp{n.origin, always}, false
	if !n.isHere(id) {
		at.number = n.sendTo(id, obeyVerb, sender, path+"\n"+message)
		sent = at.number > 0
	}
	return n.arrivals.showTo(id, record{at, sender, path, message, true}) || sent
}

// lookup finds who has an id here. A session that was just released is no longer here,
// even if the directory has yet to be told.
func (n *Node) lookup(id string) (to thestral.Thestral, here bool) {
	if _, gone := n.released.Load(id); gone {
		return nil, false
	}
	return n.directory.Lookup(id)
}

// isHere says whether an id is known here, or would be if it were known at all.
func (n *Node) isHere(id string) bool {
	if _, known := n.lookup(id); known {
		return true
	}
	name, ok := NodeOf(id)
	return !ok || name == n.name && n.peers.known() == 0
}

// sendTo returns the number of what it sends, or 0 if there is no such id.
func (n *Node) sendTo(id, verb string, sender thestral.Thestral, body string) (number uint64) {
	subject, err := idSubject(id, verb)
	if err != nil {
		return 0
	}
	return n.outbox.put(entry{subject, idOf(sender), body, n.now()})
}

// adopt listens for an id that another node gave, if it is here; and no longer, if
// it is gone.
func (n *Node) adopt(id string) {
	name, ok := NodeOf(id)
	if !ok || name == n.name {
		return
	}
	if _, here := n.directory.Lookup(id); here {
		n.heard.add(key{Heard: pig.Heard{Text: id}, isID: true}, func() {})
	} else {
		n.heard.review(key{Heard: pig.Heard{Text: id}, isID: true})
	}
}
