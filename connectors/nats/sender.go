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
	d.node.tell(sender, d.id, path, message, func() (thestral.Thestral, bool) { return d.node.lookup(d.id) })
}

// tell says something to who is found under an id, or sends it to where that is.
// Should it be about to come here, that is kept for it. To find it and to send it is
// one step: what is sent to where it was, while it comes here, nobody would hear.
func (n *Node) tell(sender thestral.Thestral, id, path, message string, find func() (to thestral.Thestral, here bool)) {
	if err := thestral.CheckUpdate(path, message); err != nil {
		n.refuse(err)
		return
	}
	n.gate.RLock()
	to, here := find()
	number := uint64(always)
	if !here {
		number = n.sendTo(id, tellVerb, sender, path+"\n"+id+"\n"+message)
	}
	kept := n.arrivals.showTo(id, record{stamp{n.origin, number}, sender, path, message, false})
	n.gate.RUnlock()
	if here && !kept {
		thestral.Deliver(thestral.Prompted(to), sender, path, message)
	}
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
