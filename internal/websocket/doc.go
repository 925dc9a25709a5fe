// Package websocket is the server's side of RFC 6455 over plain bytes.
//
// It knows no goroutine, no connection and no clock. Whoever owns a connection
// feeds what came from it to a [Reader], is handed whole messages, and writes
// what [Append] and its kin return. So a poller can keep hundreds of thousands
// of idle WebSockets, each for the price of a Reader, and an ordinary loop
// around a net.Conn can serve one. Libraries want a goroutine or buffers for
// each connection, and that is what this package is there to save.
//
// # The rules
//
//  1. How the bytes were split on their way makes no difference: the same bytes
//     give the same messages and the same end.
//  2. Everything that the RFC demands of a client is checked, at the header or
//     the character that breaks it. Nothing is read after that.
//  3. A message that came in one piece costs no copy and no allocation. It is
//     unmasked in place: Feed changes the bytes that it is given, and what it
//     hands out is good only during the call.
//  4. An idle Reader is three words. Of an incomplete message it holds at most
//     twice what has come, whatever its header promises, and never more than the
//     limit; of a ping, pong or close frame its at most 125 bytes.
//  5. What ends a connection is a value that says what to answer, never an
//     error: a [Refusal] before the handshake, a [Closing] after it.
//
// Less formally: bytes in, messages out, and nothing kept in between.
//
// # What ends a connection
//
//	close frame                          its own code, NoStatus without one
//	frame not masked, a reserved bit     ProtocolError
//	or opcode, a length not in its
//	shortest form or of 64 bits
//	control frame fragmented or over     ProtocolError
//	125 bytes
//	continuation of nothing, or a new    ProtocolError
//	message inside a fragmented one
//	close frame with one byte, or a      ProtocolError
//	code that may not be sent
//	text or reason that is not UTF-8     InvalidData
//	message over the limit               TooBig, at its header
//	the handler says so                  what it says, as UnsupportedData
//
// # What it refuses to do
//
// There are no extensions: compression would keep memory for each idle client.
// There are no subprotocols. Messages are sent in one frame each. Pings are not
// answered and time-outs are not kept by this package, as both are a matter of
// the connection, and of its owner.
package websocket
