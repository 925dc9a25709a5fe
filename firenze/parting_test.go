package firenze

import (
	"net/http/httptest"
	"testing"

	"github.com/rootspush/roots/internal/websocket"
)

// TestPartingBeforeTheFirstWord: another request took the place of a stream before
// that was written to. One that has a good-bye to say waits for the client to
// close; the other has only the head of its answer to write, and ends at once.
func TestPartingBeforeTheFirstWord(t *testing.T) {
	for name, c := range map[string]struct {
		kind Transport
		want bool
	}{
		"events":    {ServerSentEvents, false},
		"WebSocket": {WebSocket, true},
	} {
		f, clients := crowd(t, 1)
		head := "head"
		s := &stream{waiter: waiter{kind: c.kind}, head: &head}
		if err := f.open(s, httptest.NewRequest("GET", "/", nil), clients[0], 0); err != nil {
			t.Fatal(err)
		}
		clients[0].enter(0, &waiter{})
		if out, open := s.say(nil); open != c.want || string(out[:4]) != "head" {
			t.Errorf("%s: wrote %q and stays open: %v", name, out, open)
		}
	}
}

// TestPartingIsMutual: once both have said good-bye the connection ends at once, since
// some clients wait for the server to close it. Other frames change nothing.
func TestPartingIsMutual(t *testing.T) {
	_, clients := crowd(t, 1)
	const closing = websocket.Opcode(8)                         // of RFC 6455
	frame := func(op websocket.Opcode, payload string) []byte { // of a client, masked with zeros
		return append([]byte{0x80 | byte(op), 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...)
	}
	for name, c := range map[string]struct {
		sent []byte
		open bool
	}{
		"a good-bye":           {frame(closing, "\x03\xe8"), false},
		"a pong":               {frame(websocket.Pong, "x"), true},
		"an update":            {frame(websocket.Text, `{"updates":[]}`), true},
		"both, the first half": {frame(closing, "\x03\xe8")[:3], true},
	} {
		s := &socket{stream: stream{waiter: waiter{kind: WebSocket}, client: clients[0], parted: true}, reader: websocket.Reader{Limit: maxFrame}}
		if reply, open := s.read(c.sent); open != c.open || len(reply) > 0 {
			t.Errorf("%s after the parting: answered %q and stays open: %v", name, reply, open)
		}
	}
}
