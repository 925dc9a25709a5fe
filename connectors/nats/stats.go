package nats

import "sync/atomic"

// Stats are numbers about a Node.
type Stats struct {
	Linked    bool   // there is a connection to NATS now
	Nodes     int    // others that are there
	Links     uint64 // connections to NATS there have been
	Listening int    // paths, patterns and ids that NATS is asked for

	Sent     uint64 // updates that were given to NATS, again too
	Resent   uint64 // of these, those that were sent again
	Received uint64 // updates that came from other nodes
	Dropped  uint64 // that came, but had come before or will come again
	Unknown  uint64 // that were for an id which is not here
	Refused  uint64 // that were too long, or not understood

	Interruptions uint64 // times that another node was asked to send something again
	Overflows     uint64 // times that updates came faster than they could be handed on
	Forgotten     uint64 // updates that were no longer kept when they could have been sent
	Gaps          uint64 // times that updates of another node were lost for good

	Released uint64 // sessions that moved to other nodes
	Taken    uint64 // sessions that came from other nodes

	Kept      int // updates that are kept for those who ask for them
	KeptBytes int // that these take
}

type counters struct {
	links, sent, resent, received, dropped, unknown, refused, interruptions, overflows, forgotten, gaps, released, taken atomic.Uint64
}

// Stats returns what has been counted.
func (n *Node) Stats() Stats {
	c, kept := &n.counters, n.outbox.stock()
	return Stats{
		Linked: n.current.Load() != nil, Nodes: len(n.Nodes()), Links: c.links.Load(), Listening: n.heard.count(),
		Sent: c.sent.Load(), Resent: c.resent.Load(), Received: c.received.Load(), Dropped: c.dropped.Load(), Unknown: c.unknown.Load(),
		Refused: c.refused.Load(), Interruptions: c.interruptions.Load(), Overflows: c.overflows.Load(), Forgotten: c.forgotten.Load(),
		Gaps: c.gaps.Load(), Released: c.released.Load(), Taken: c.taken.Load(), Kept: kept.letters, KeptBytes: kept.bytes,
	}
}
