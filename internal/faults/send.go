package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/rootspush/roots/thestral"
)

// An outbox is what a session sent up.
type outbox struct {
	batches      uint64 // that were acknowledged
	acknowledged uint64 // updates in them
	tried        bool   // the next batch was sent, maybe in vain
}

// A batch is a few updates that travel together. Sent again, it is the same.
type batch struct {
	id      string
	target  string // to post it to
	number  uint64
	updates []thestral.Update
}

// nextBatch makes the batch that is not acknowledged yet.
func (c *Client) nextBatch() *batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outbox.tried = true
	b := &batch{id: c.id, number: c.outbox.batches + 1}
	b.target = c.target() + "?number=" + strconv.FormatUint(b.number, 10)
	for i := range 1 + b.number%3 {
		message := fmt.Sprint(b.id, " ", c.outbox.acknowledged+1+i)
		b.updates = append(b.updates, thestral.Update{Path: sent, Message: message})
	}
	return b
}

// acknowledge goes on to the batch after b, unless the session went meanwhile.
// Saying so twice changes nothing.
func (c *Client) acknowledge(b *batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.id == b.id && c.outbox.batches+1 == b.number {
		c.outbox = outbox{batches: b.number, acknowledged: c.outbox.acknowledged + uint64(len(b.updates))}
	}
}

// post sends the next batch once.
func (c *Client) post() error {
	b := c.nextBatch()
	body, _ := json.Marshal(b.updates) // of this nothing can fail
	status, answer, err := c.up.fetch(c.request("POST", b.target, string(body)), c.Patience)
	switch {
	case err != nil || status == http.StatusNotFound: // whoever asks for messages hears of a new session
		return nil
	case status != http.StatusOK || string(answer) != `{"success":true}`:
		return fmt.Errorf("batch %d of session %s was answered %d %.200s", b.number, b.id, status, answer)
	}
	c.acknowledge(b)
	return nil
}

// bye ends the session, in one of the two ways.
func (c *Client) bye() error {
	method, target := "DELETE", c.target()
	if c.oneIn(2) {
		method, target = "POST", target+"/bye"
	}
	c.byes++
	status, answer, err := c.up.fetch(c.request(method, target, ""), c.Patience)
	switch {
	case err != nil:
		return nil
	case status != http.StatusNoContent:
		return fmt.Errorf("good-bye was answered %d %.200s", status, answer)
	}
	c.left = c.id
	return nil
}
