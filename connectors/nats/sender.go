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

// Update sends the answer to where the sender is.
func (d distant) Update(sender thestral.Thestral, path, message string) {
	if t, here := d.node.directory.Lookup(d.id); here { // it has moved
		thestral.Prompted(t).Update(sender, path, message)
		return
	}
	if err := thestral.CheckUpdate(path, message); err != nil {
		d.node.refuse(err)
		return
	}
	d.node.sendTo(d.id, tellVerb, sender, path+"\n"+d.id+"\n"+message)
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
