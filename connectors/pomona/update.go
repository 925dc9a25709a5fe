package pomona

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"

	"github.com/rootspush/roots/thestral"
)

// ErrUnknown in the error of [Client.Update] says that the update may have been
// taken, or not: no answer came in time.
var ErrUnknown = errors.New("it is unknown whether the update was taken")

// Update sends an update up to the server, and waits until it was taken. It is
// sent again until there is an answer, and taken once however often it was sent.
// Updates are taken in the order in which they were asked for. While there is no
// session Update waits for one; answers to the update come as any message does.
//
// It returns an error if path or message is none, if the server refused
// ([ErrRefused]), or if ctx ended. If it was sent by then, or the session was
// lost before the answer came, [ErrUnknown] is in the error too; without it, the
// update was not taken.
func (c *Client) Update(ctx context.Context, path, message string) error {
	if err := thestral.CheckUpdate(path, message); err != nil {
		return err
	}
	body, err := json.Marshal([]thestral.Update{{Path: path, Message: message}})
	if err != nil {
		return err
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", errNotTaken, ctx.Err())
	}
	return c.send(ctx, body)
}

// upward is what is known of the updates that go up. Within a session they are
// numbered, and Firenze takes each number once, and none before the last.
type upward struct {
	turn    chan struct{} // holds one while it is somebody's turn, who alone may use what is below
	session string        // the id of the one that taken is about
	taken   int           // updates
	last    letter
}

// letter is an update on its way up.
type letter struct {
	body   []byte
	sentIn string // the id of the session that may have taken it; empty if that is decided
	over   string // the id of the session that was over when it was sent
}

// send sends an update, after the last one if that was given up too early: as
// long as that may yet be taken, no other can have its number.
func (c *Client) send(ctx context.Context, body []byte) error {
	if c.last.sentIn != "" {
		_ = c.deliver(ctx, &c.last) // whoever asked for it was told already
	}
	if c.last.sentIn != "" {
		return fmt.Errorf("%w: %w", errNotTaken, ctx.Err())
	}
	c.last = letter{body: body}
	return c.deliver(ctx, &c.last)
}

// deliver sends l until it is decided whether it was taken, or until ctx ends.
func (c *Client) deliver(ctx context.Context, l *letter) error {
	last := errors.New("there is no session")
	for attempt := 0; ; attempt++ {
		id, reconnectWith, err := c.await(ctx, l.over)
		if err != nil {
			return l.givenUp(err, last)
		}
		if l.sentIn != "" && l.sentIn != id {
			return l.decide(fmt.Errorf("%w: the session was lost before there was an answer", ErrUnknown))
		}
		err = c.post(ctx, reconnectWith, c.number(id), l.body)
		switch {
		case err == nil:
			c.taken++
			return l.decide(nil)
		case errors.Is(err, ErrRefused):
			return l.decide(err)
		case errors.Is(err, errOver):
			l.over, last = id, err
			continue
		case !neverSent(err):
			l.sentIn = id
		}
		if ctx.Err() == nil {
			last = err
		}
		rest(ctx, attempt, err)
	}
}

// decide ends the matter: what became of the update is known, or never will be.
func (l *letter) decide(err error) error {
	*l = letter{}
	return err
}

// givenUp is the error when ctx ended with err. Last is why it took so long.
func (l *letter) givenUp(err, last error) error {
	outcome := errNotTaken
	if l.sentIn != "" {
		outcome = ErrUnknown
	}
	return fmt.Errorf("%w: %w; before that: %w", outcome, err, last)
}

var errNotTaken = errors.New("the update was not taken")

// number is that of the next update in the session of id.
func (c *Client) number(id string) int {
	if c.upward.session != id {
		c.upward.session, c.taken = id, 0
	}
	return c.taken + 1
}

// neverSent says whether an error is that of a connection that was not made.
func neverSent(err error) bool {
	dial := (*net.OpError)(nil)
	return errors.As(err, &dial) && dial.Op == "dial"
}

// await waits until there is a session, and one that is not over.
func (c *Client) await(ctx context.Context, over string) (id, reconnectWith string, err error) {
	for ctx.Err() == nil {
		c.mu.Lock()
		id, reconnectWith, renewed := c.id, c.reconnectWith, c.renewed
		c.mu.Unlock()
		if reconnectWith != "" && id != over {
			return id, reconnectWith, nil
		}
		select {
		case <-renewed:
		case <-ctx.Done():
		}
	}
	return "", "", ctx.Err()
}

// maxSaid bounds what is read of an answer to an update, in bytes.
const maxSaid = 4 << 10

// errOver is the answer for a session that is over. The update was not taken.
var errOver = errors.New("the session is over")

// post sends an update once, and returns nil if it was taken, now or before.
func (c *Client) post(ctx context.Context, session string, number int, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	header := http.Header{"Content-Type": {"application/json"}}
	response, err := c.request(ctx, http.MethodPost, session+"?number="+strconv.Itoa(number), header, bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var said struct {
		Success bool   `json:"success"`
		Error   string `json:"error"`
	}
	err = json.NewDecoder(io.LimitReader(response.Body, maxSaid)).Decode(&said)
	switch status := response.StatusCode; {
	case status == http.StatusOK && said.Success:
		return nil
	case status == http.StatusNotFound:
		return errOver
	case status >= 400 && status < 500:
		return fmt.Errorf("%w: status %d: %s", ErrRefused, status, said.Error)
	case status == http.StatusOK:
		return cmp.Or(err, errors.New(`the answer is not {"success":true}`))
	}
	return unwanted(response)
}
