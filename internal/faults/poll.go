package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/rootspush/roots/thestral"
)

// request makes one. The host is no other than the line's.
func (c *Client) request(method, target, body string) *http.Request {
	c.requests.Add(1)
	r, err := http.NewRequest(method, "http://"+c.Addr+target, strings.NewReader(body))
	if err != nil {
		panic("faults: the server gave something that is no part of a URL: " + err.Error())
	}
	return r
}

// poll asks once by long-poll.
func (c *Client) poll() error {
	status, body, err := c.down.fetch(c.request("GET", c.target(), ""), c.Patience)
	switch {
	case err != nil:
		return nil
	case status != http.StatusOK:
		return fmt.Errorf("a poll was answered %d %.200s", status, body)
	}
	_, err = c.takeAnswer(body)
	return err
}

// An answer is what a poll is answered with, and a frame of a WebSocket.
type answer struct {
	Updates       []thestral.Update `json:"updates"`
	ReconnectWith string            `json:"reconnectWith"`
	Received      uint64            `json:"received"` // the number of a batch, in a WebSocket
}

func (c *Client) takeAnswer(text []byte) (a answer, err error) {
	if err := decode(text, &a); err != nil {
		return a, err
	}
	if err := c.adopt(a.ReconnectWith); err != nil {
		return a, err
	}
	return a, c.hear(a.Updates...)
}

// decode reads JSON that has to be exactly of the form of v.
func decode(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if _, more := d.Token(); err != nil || more != io.EOF {
		return fmt.Errorf("%q came, which is not of the form of %+v (%v)", text, v, err)
	}
	return nil
}
