// Package nats joins nodes, each a Dolores and a Pig in a process of its own, so
// that they behave as one. What goes between them goes through NATS: servers that
// others have written, one or a cluster of them, which know who wants what.
//
// A [Node] stands before a Pig and is Dolores' delegate in his place:
//
//	           given here               heard here
//	Dolores ──────────────▶ Node ──────────────────▶ Pig
//	                         │  ▲
//	        what others hear │  │ what is heard here, and was said elsewhere
//	                         ▼  │
//	                         NATS
//
// A path is a subject there, and a pattern a subject with wildcards, to which a node
// subscribes from the first receiver to the last: so an update goes to the nodes
// that have somebody for it, and to no other. What is said to an id goes to the
// node whose name is in front of it, or to the one that took it in since.
//
// # Guarantees
//
//   - An update given to any node reaches every receiver of its path on every
//     node once, with its sender, and those of one sender and path in order.
//   - A receiver gets the empty message when its node hears all others, and misses
//     nothing from then on. What is said on its own node since it was connected
//     comes right behind.
//   - What came from another node is never sent out again. So there are no loops.
//   - No gap is silent. A node numbers what it sends, keeps the last minute of it,
//     up to 100,000 updates and 32 MiB, and marks its place four times a second.
//     Who sees that something broke, here, there or between, takes nothing more
//     from that node until it has sent again what is missing. If it can't,
//     [Options.Missed] is called, and the sessions here are to end.
//   - Update does not wait for NATS. A node that is cut off goes on alone.
//   - Control paths stay on their node, but for connections of ids.
//
// # Sessions that move
//
// With [Node.Carry] the client of a Firenze may come to any node: that one finds
// out who holds the session, and takes it over with its queue, its numbers and all
// that it hears. Both know by the numbers of all updates which of them the session
// has had, so none is lost and none comes twice. A node that is to stop gives its
// sessions to the others with [Node.HandOver].
//
// # What may not be assumed
//
// What a node took in the moment in which it is killed may be lost for others:
// [Node.Flush] tells that NATS has it. The same is true of a NATS server. What a
// node sent that began and ended while another was cut off is not known there.
//
// In a cluster of NATS servers a subscription takes its way to the others after its
// own server has it, and the empty message does not wait for that. Connections
// between these servers that break and heal within a quarter of a second may go
// unnoticed, which those that were configured never do: they take a second.
//
// Nodes trust each other: whoever may use the subjects "roots.>" of a NATS account
// rules all of them.
package nats
