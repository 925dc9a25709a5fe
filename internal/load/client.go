//go:build linux

package main

import "time"

// A client hears one path, and checks what it gets.
type client struct {
	load   *load
	socket *socket
	path   string
	id     string // of its session; empty until it is known
	token  string // what the next request asks with; what that is, its dialect knows
	sent   int    // messages that were posted for it, numbered from 0
	next   int    // number of the message that must come next
}

// A transport reads what a server sends to a client.
type transport struct {
	headers string // of the first request
	reader  func(*client) reader
}

var transports = map[string]transport{
	"poll":      {"", func(c *client) reader { return (*poll)(c) }},
	"sse":       {"Accept: text/event-stream\r\n", func(c *client) reader { return &events{client: c} }},
	"websocket": {handshake, func(c *client) reader { return &frames{client: c} }},
}

// ask sends what a client asks with, and headers of its transport.
func (c *client) ask(headers string) error {
	target, more := c.load.subject.dialect.ask(c)
	return c.socket.send([]byte("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more + headers + "\r\n"))
}

// read finds the messages in an answer, an event or a frame, and what else the
// next request needs.
func (c *client) read(h head, body []byte) error {
	c.load.subject.dialect.learn(c, h, body)
	return messages(body, c.heard)
}

func (c *client) heard(number int, posted int64) {
	l := c.load
	l.progress = time.Now()
	l.latencies = append(l.latencies, int64(l.progress.Sub(began))-posted)
	l.count(number)
	if number < c.next {
		l.doubled++
		return
	}
	l.lost += number - c.next
	c.next = number + 1
}

// poll is a client that asks again after each answer.
type poll client

func (p *poll) take(data []byte) (int, error) {
	c := (*client)(p)
	h, body, n, err := splitAnswer(data)
	if n == 0 || err != nil {
		return 0, err
	}
	if err := c.read(h, body); err != nil {
		return 0, err
	}
	return n, c.ask("")
}
