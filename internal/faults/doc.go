// Package faults shows that nothing is lost, doubled or put out of order between
// a Firenze and its clients, however bad the network between them is. It is for
// tests alone.
//
// A [Proxy] stands before a server and spoils its connections. A [Client] keeps
// one session through it, changes its transport at every request, and checks all
// that it hears. A [Backend] publishes, and a [Ledger] checks what the clients
// send up.
//
//	Backend ──> Firenze ──> Proxy ──> Client    hears each message once, in order
//	Ledger  <── Firenze <── Proxy <── Client    each update is taken once, in order
//
// # What the proxy does
//
// It looks at the connections piece by piece: a piece is what one read gives, so
// a request, an answer or an event as a rule. One piece in eight meets a fault:
//
//	reset before    the piece is lost, and both ends get an RST
//	reset within    the piece is cut somewhere, and both ends get an RST
//	reset after     the piece arrives, and a little later both ends get an RST
//	slice           the piece arrives in writes of one or a few bytes
//	delay           the piece arrives later
//	black hole      from this piece on all is swallowed, until both ends are closed
//	half-close      after this piece the receiver is told that no more comes
//	double behind   a request is sent twice on the same connection; the first
//	                answer goes to the client, and nothing after it
//	double beside   a request is sent on another connection too, sooner or later,
//	                and the answer to that is thrown away
//
// All happen to requests, and all but the last two to answers.
//
// # What is checked
//
//   - As long as the id of a session stays, each message of each path comes once
//     and in order, letter by letter.
//   - With a new id the client does what a page does: it connects anew, waits for
//     the empty message, then loads. No message may be missing between what was
//     loaded and the first one that comes.
//   - A numbered batch that was sent until it was acknowledged was taken once,
//     whole, after the one before, and the answer to each update came once.
//   - An answer that arrives whole is right: its status, form and content.
//
// A request that fails, or takes longer than the client's patience, is no
// mistake of the server: the client asks anew. What is wrong with the server is
// what the methods return as an error.
//
// The choices of the proxy and the clients follow from seeds. The moments at
// which things happen do not, so a seed makes a failure likely, not certain.
package faults
