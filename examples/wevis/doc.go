// Package wevis lets somebody write a server and a client that send each other
// typed messages over TCP. Both load one list of messages, each with a name and
// a fixed set of typed arguments; the server checks a login; then messages go
// both ways, in order. The bytes are those of the original, a Python library of
// the same name, so that either end may be an original.
//
// It is built of the pieces: a [Room] is a Thestral, and so is everybody in it,
// a [Member]. A message is an update whose path is its name and whose text is
// its arguments as JSON:
//
//	WhatTimeIsIt  {}
//	ItIs          {"hours":13,"minutes":5}
//
// A Filch stands at the door of each room; its policy is that only who has
// logged in may say something, and only what the room understands. So a browser
// can be in the room too: a [Bridge] lets it in through Firenze.
//
// # Guarantees
//
//   - Messages of one end arrive at the other in the order in which they were
//     queued, or the connection ends.
//   - A message that lacks an argument, or has one that is wrong, is refused in
//     the caller. It never gets to the wire.
//   - A room handles one message at a time, and UserEnter and UserExit neither
//     overlap with that. Whoever sent a message waits until it is handled before
//     the next is read, so memory is bounded and nobody is dropped for it.
//   - Whatever a client does ends that client's connection at most.
//   - What was queued before the end of a server or a client is sent, if the
//     other end takes it within [FlushTime].
//
// # What ends a connection
//
//	the peer                                         the server's log says
//	closes                                           nothing
//	resets, or leaves in the middle of a frame       what the network said
//	sends what is no message of the protocol         which byte is wrong
//	sends a frame above [Protocol.MaxFrame]          how long it is
//	says anything but a login first                  and tells the peer: Unexpected message.
//	gives a login that the validator refuses         and tells the peer the reason
//	does not log in within [LoginTime]               so
//	does not answer a ping within [PongTime]         so
//	lets [MaxQueued] wait, or takes nothing for 5 s  so
//
// # What may not be assumed
//
// The password is as safe as its hash, which only the salt of one connection
// makes useless elsewhere; the server must know the plain password, and nothing
// else is encrypted. Use TLS ([Server.Serve], [Client.StartOn]) where others listen.
// Both ends must define the same messages in the same order: nothing on the
// wire tells them if not. [Protocol.Digest] does.
package wevis
