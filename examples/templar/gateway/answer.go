package gateway

import (
	"encoding/json"

	"github.com/rootspush/roots/internal/websocket"
)

// What can be wrong with what a client says.
const (
	nonJSON       = "non-json-message"
	badType       = "message-type-not-allowed"
	noRoom        = "room-not-found"
	noRequestID   = "no-request-id"
	notSubscribed = "not-subscribed"
	tooMany       = "too-many-subscriptions"
)

// answer does what a message says, and returns what is to be answered. Messages are
// read key by key, as Go's decoder would take keys in capitals too.
func (c *client) answer(op websocket.Opcode, payload []byte) string {
	if op == websocket.Text && string(payload) == "ping" {
		c.gateway.errands.add(c, ping)
		return "pong"
	}
	if op != websocket.Text || !json.Valid(payload) {
		return result(`"`+c.name+`"`, nonJSON)
	}
	var message map[string]json.RawMessage
	_ = json.Unmarshal(payload, &message) // nothing comes of what is no object
	switch text(message["type"]) {
	case "subscribe":
		return c.requested(message, c.subscribe)
	case "unsubscribe":
		return c.requested(message, c.unsubscribe)
	case "status":
		if !c.gateway.options.PrivateStatus {
			return c.gateway.Status().String()
		}
	}
	return result(`"`+c.name+`"`, badType)
}

// requested does what a message asks for that needs a requestId.
func (c *client) requested(message map[string]json.RawMessage, do func(request, json.RawMessage) string) string {
	r, ok := newRequest(message["requestId"])
	if !ok {
		return result("", noRequestID)
	}
	problem := do(r, message["room"])
	if c.gateway.options.Echo {
		return result(r.raw, problem)
	}
	return result("", problem)
}

// result is the answer to a message: success, if there is no problem. An id is JSON.
func result(id, problem string) string {
	begin := "{"
	if id != "" {
		begin = `{"requestId": ` + id + `, `
	}
	if problem == "" {
		return begin + `"code": "success"}`
	}
	return begin + `"code": "error", "message": "` + problem + `"}`
}

// text returns what a JSON value says, which is nothing if it is no text.
func text(raw json.RawMessage) (said string) {
	_ = json.Unmarshal(raw, &said)
	return said
}
