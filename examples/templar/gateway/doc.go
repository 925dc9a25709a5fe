// Package gateway holds the websockets of an API that has none itself.
//
// A client opens a websocket. The gateway asks the API, with the client's own cookies
// and tokens, which rooms it may enter, and tells it. The client subscribes to rooms,
// each time with a requestId of its own. A message that is published to a room goes to
// each subscription. Rooms are JSON objects, see package rooms.
//
//	the client sends                                   the answer
//	(it connects)                                      {"is_authorized": true, "allowed_rooms": [ROOM, …]}
//	                                                   {"is_authorized": false}, 100 ms, and close 1000
//	ping                                               pong
//	{"type": "subscribe", "room": ROOM, "requestId": X}
//	{"type": "unsubscribe", "requestId": X}
//	                                                   {"code": "success"}
//	                                                   {"code": "error", "message": "room-not-found"}
//	                                                   … "no-request-id", "not-subscribed", "too-many-subscriptions"
//	{"type": "status"}                                 {"open_connections": 1, "num_rooms": 2, …}
//	any other JSON                                     {"requestId": CONNECTION, "code": "error", "message": "message-type-not-allowed"}
//	anything else                                      … "message": "non-json-message"
//	(something is published)                           {"type": "publish", "data": ANY, "requestId": X}
//
// # Guarantees
//
//   - A client is in a room only if one of its allowed rooms covered that when it
//     subscribed. That is the policy of a Filch.
//   - What is published to a room reaches each subscription to a room that it meets
//     once, after the answer to the subscription. Nothing comes after the answer to
//     the unsubscription.
//   - Each client gets what was published in the order in which it was taken, from
//     whichever side it came.
//   - Nobody waits for a client. One that leaves [MaxQueued] messages or
//     [MaxQueuedBytes] lying, or takes nothing for 5 s, is ended, and only that one.
//   - Whatever a client says gets an answer. Only a frame that RFC 6455 forbids, text
//     that is not UTF-8, or a message over [MaxMessage] ends it.
//   - Hooks are called for clients that were let in, one after the other for each
//     client, with the headers that the API was asked with. One that fails is logged.
//   - When a client has ended, as it sees it, it is counted no more and is in no room.
//
// # How it is built
//
// A client is a Thestral. It is registered with Dolores; its rooms are paths, which
// it is connected to with Pig; and a message is an update of a path. What the pieces
// do not know is that stars meet: the rooms that are somewhere entered are also in a
// tree, and what is published goes to the paths of those that it meets.
//
// A client over HTTP/1.1 is parked, see package parking: it has no goroutine and no
// buffer. Where that can't be, with TLS or on Windows, it has two goroutines.
//
// # What may not be assumed
//
// Rooms are allowed once, when a client connects. A login that changes means nothing
// before it connects anew. A client that was away missed what was published.
package gateway
