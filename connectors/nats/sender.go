package nats

import "github.com/rootspush/roots/thestral"

// A distant sender stands for one on another node: it has the same id, and takes
// an answer there.
type distant struct {
	node *Node
	id   string
}

var _ thestral.Prompt = distant{}

// ID returns the id that the sender has on its node.
func (d distant) ID() string { return d.id }

// Update sends the answer to where the sender is, which may be here by now.
func (d distant) Update(sender thestral.Thestral, path, message string) {
	to, here := d.node.lookup(d.id)
	if !d.node.tell(here, sender, d.id, path, message) {
		thestral.Deliver(thestral.Prompted(to), sender, path, message)
	}
}

// tell sends something to an id that is not here. Should that be about to come here,
// it is kept for it. It reports false, having done nothing, if the id is here.
func (n *Node) tell(here bool, sender thestral.Thestral, id, path, message string) bool {
	if err := thestral.CheckUpdate(path, message); err != nil {
		n.refuse(err)
		return true
	}
	n.gate.RLock()
	defer n.gate.RUnlock()
	number := uint64(always)
	if !here {
		number = n.sendTo(id, tellVerb, sender, path+"\n"+id+"\n"+message)
	}
	return n.arrivals.showTo(id, record{stamp{n.origin, number}, sender, path, message, false}) || !here
}

// Next returns nil: what is sent leaves the process.
func (d distant) Next() []thestral.Thestral { return nil }

// senderOf returns who sent a letter, or nil for nobody.
func (n *Node) senderOf(l *letter) thestral.Thestral {
	if l.sender == "" {
		return nil
	}
	return distant{n, l.sender}
}

// idOf returns the id of a sender that has one, as a session of a browser has.
func idOf(sender thestral.Thestral) string {
	s, ok := sender.(interface{ ID() string })
	if !ok {
		return ""
	}
	id := s.ID()
	if _, ok := NodeOf(id); !ok {
		return ""
	}
	return id
}
