package faults

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/rootspush/roots/thestral"
)

// most is how many events or frames a client waits for before it goes on with
// another request.
const most = 10

// quiet is how long a stream may say nothing until the client goes on. The first
// event or frame may take longer.
const quiet = 100 * time.Millisecond

// events asks by Server-Sent Events, waits for a few, and takes what has come by
// then.
func (c *Client) events() error {
	target, last := c.target(), ""
	if c.oneIn(2) { // as a browser does that lost its connection
		target, last = c.Prefix+"/", c.reconnectWith
	}
	r := c.request("GET", target, "")
	r.Header.Set("Last-Event-ID", last)
	r.Header.Set("Accept", "text/event-stream")
	answer, err := c.down.ask(r, c.Patience)
	defer c.down.close()
	if err != nil {
		return nil
	}
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || kind != "text/event-stream" {
		return fmt.Errorf("events were asked for, and %s of type %q came", answer.Status, kind)
	}
	in := bufio.NewReader(answer.Body)
	enough := 1 + c.random.IntN(most)
	for i := 0; i < enough || in.Buffered() > 0; i++ {
		e, err := readEvent(in)
		if err != nil {
			return nil
		}
		if err := c.takeEvent(e, i == 0); err != nil {
			return err
		}
		c.down.giveUpAfter(min(quiet, c.Patience))
	}
	return nil
}

// An event has the fields of the WHATWG's standard.
type event struct{ event, id, data string }

// readEvent reads up to the blank line that ends an event. A comment is passed
// over.
func readEvent(in *bufio.Reader) (e event, err error) {
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return e, err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			e.event = value
		case "id":
			e.id = value
		case "data":
			e.data += value
		case "":
			if e != (event{}) {
				return e, nil
			}
		}
	}
}

// takeEvent takes the event that says which session this is, if it is the first,
// or a message.
func (c *Client) takeEvent(e event, first bool) error {
	var u thestral.Update
	var session answer
	var form any = &u
	kind := ""
	if first {
		form, kind = &session, "session"
	}
	if e.event != kind {
		return fmt.Errorf("an event has the name %q instead of %q: %+v", e.event, kind, e)
	}
	if err := decode([]byte(e.data), form); err != nil {
		return err
	}
	if first && session.ReconnectWith != e.id {
		return fmt.Errorf("the event of the session has two tokens: %+v", e)
	}
	if err := c.adopt(e.id); err != nil || first {
		return err
	}
	return c.hear(u)
}
