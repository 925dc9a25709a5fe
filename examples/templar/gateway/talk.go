package gateway

import (
	"github.com/rootspush/roots/internal/websocket"
)

// chunk is about how many bytes are written at a time. A client that does not take
// them leaves no more than that lying; the rest stays in the queue, where data is
// shared.
const chunk = 64 << 10

// say appends what there is to send now. It reports false if the connection is over
// then.
func (c *client) say(b []byte) (out []byte, open bool) {
	b = c.begin(b)
	if c.parted {
		return b, !c.isDue()
	}
	b, more := c.empty(b)
	if more {
		return b, true
	}
	if code, why := c.bye(); why != "" {
		return c.part(b, code, why), true
	}
	return b, true
}

// begin appends what comes first, unless that was sent.
func (c *client) begin(b []byte) []byte {
	b = append(b, c.head...)
	c.head = nil
	return b
}

// empty moves messages from the queue to b. It has the client woken if more are left.
func (c *client) empty(b []byte) (out []byte, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := 0
	for ; sent < len(c.queue) && len(b) < chunk; sent++ {
		p := &c.queue[sent]
		b = p.append(b)
		c.waiting -= len(p.data)
		*p = publish{} // what was sent is not ours to keep alive
	}
	c.queue = c.queue[sent:]
	c.gateway.counters.queued.Add(-int64(sent))
	c.gateway.counters.sent.Add(uint64(sent))
	if len(c.queue) == 0 {
		c.queue = nil
		return b, false
	}
	c.ring()
	return b, true
}

// append appends the frame.
func (p *publish) append(b []byte) []byte {
	const begin, middle, end = `{"type": "publish", "data": `, `, "requestId": `, `}`
	b = websocket.AppendHeader(b, websocket.Text, len(begin)+len(p.data)+len(middle)+len(p.raw)+len(end))
	b = append(b, begin...)
	b = append(b, p.data...)
	b = append(b, middle...)
	b = append(b, p.raw...)
	return append(b, end...)
}

// bye says why the connection has to end now, if it has.
func (c *client) bye() (code websocket.Code, why string) {
	c.mu.Lock()
	slow := c.slow
	c.mu.Unlock()
	switch {
	case slow:
		return websocket.PolicyViolation, "too much was waiting for you"
	case c.gateway.draining.Load():
		return websocket.GoingAway, "the server goes down"
	case !c.isDue():
		return 0, ""
	case c.id == "":
		return websocket.NormalClosure, "not authorized"
	}
	return websocket.NormalClosure, "nothing came from you for too long"
}

// part says good-bye, and lets the client close the connection. To close it while the
// client sends would lose what was written last. From now on it counts no more.
func (c *client) part(b []byte, code websocket.Code, why string) []byte {
	c.leave()
	c.parted = true
	c.wakeIn(partingTime)
	return websocket.AppendClose(b, code, why)
}

// read does what the client says, and returns what is to be answered. It reports
// false if the connection is over then.
func (c *client) read(data []byte) (reply []byte, open bool) {
	reply = c.begin(nil)
	over := c.reader.Feed(data, func(op websocket.Opcode, payload []byte) *websocket.Closing {
		if !c.parted {
			reply = c.take(reply, op, payload)
		}
		return nil
	})
	switch {
	case over == nil:
		return reply, true
	case c.parted:
		return nil, !over.ByPeer // if it is by the client, that answered the good-bye
	}
	return c.part(reply, over.Code, over.Reason), !over.ByPeer
}

// take takes what came in one frame. One who is refused is not listened to.
func (c *client) take(reply []byte, op websocket.Opcode, payload []byte) []byte {
	switch {
	case op == websocket.Ping:
		return websocket.Append(reply, websocket.Pong, payload)
	case op == websocket.Pong, c.id == "":
		return reply
	}
	c.wakeIn(Inactivity)
	c.gateway.counters.received.Add(1)
	return websocket.Append(reply, websocket.Text, c.answer(op, payload))
}
