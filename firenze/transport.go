package firenze

// A Transport is how a client reads its session at a moment.
type Transport uint8

// The transports. Each of them reads the same session, and a client may change
// from one to another at any request.
const (
	NoTransport Transport = iota // none, the client is between two requests
	LongPoll
	ServerSentEvents
	WebSocket
)

var transportNames = [...]string{"none", "long-poll", "sse", "websocket"}

// String returns "none", "long-poll", "sse" or "websocket".
func (t Transport) String() string { return transportNames[t] }

// transport returns what w is. The caller holds the lock of the client, which
// may have no waiter.
func (w *waiter) transport() Transport {
	if w == nil {
		return NoTransport
	}
	return w.kind
}
