//go:build linux

package main

import "bytes"

// A dialect is how clients and back-ends speak to a server, beside what all the
// transports have in common.
type dialect interface {
	// ask returns the target of a client's next request, and headers.
	ask(c *client) (target, headers string)
	// learn keeps what the next request needs. Head is nil in a stream.
	learn(c *client, h head, body []byte)
	// post returns the target to which messages for a path are posted.
	post(path string) string
	// sessions says that the server gives clients an id before they hear.
	sessions() bool
}

// firenze is what roots speaks, and the yardsticks too.
type firenze struct{}

func (firenze) ask(c *client) (string, string) { return "/comet/" + c.token, "" }
func (firenze) post(path string) string        { return "/" + path }
func (firenze) sessions() bool                 { return true }

func (firenze) learn(c *client, _ head, body []byte) {
	const key = `"reconnectWith":"`
	i := bytes.LastIndex(body, []byte(key))
	if i < 0 {
		return
	}
	token, _, _ := bytes.Cut(body[i+len(key):], []byte(`"`))
	c.token = string(token)
	if c.id == "" {
		id, _, _ := bytes.Cut(token, []byte("/"))
		c.id = string(id)
		c.load.begun(c)
	}
}

// nchan names messages by the time and the number within the second.
type nchan struct{}

func (nchan) ask(c *client) (string, string) { return "/sub?id=" + c.path, c.token }
func (nchan) post(path string) string        { return "/pub?id=" + path }
func (nchan) sessions() bool                 { return false }

func (nchan) learn(c *client, h head, _ []byte) {
	if h != nil {
		c.token = "If-Modified-Since: " + string(h.header("Last-Modified")) + "\r\nIf-None-Match: " + string(h.header("Etag")) + "\r\n"
	}
}
