package pomona

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rootspush/roots/thestral"
)

const (
	// answerTime is how long a poll may take. Firenze holds it for 30 s.
	answerTime = 45 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes. A queue of Firenze
	// holds 1 MiB of messages, and JSON may make six bytes of one.
	maxAnswer = 8 << 20
	// endTime is how long the goodbye may take. The session expires without it.
	endTime = 5 * time.Second
)

// answer is what Firenze says to a poll.
type answer struct {
	Updates       []thestral.Update `json:"updates"`
	ReconnectWith string            `json:"reconnectWith"`
}

// poll fetches answers until ctx ends. To ask twice with the same reconnectWith
// is harmless, so what fails is simply done again.
func (c *Client) poll(ctx context.Context) {
	for attempt := 0; ctx.Err() == nil; {
		a, err := c.fetch(ctx)
		if err == nil {
			attempt = 0
			c.take(a)
			continue
		}
		if attempt == 0 && ctx.Err() == nil {
			slog.Warn("firenze can't be heard, it is asked again", "error", err)
		}
		rest(ctx, attempt, err)
		attempt++
	}
}

// fetch is the one place that knows how updates are fetched.
func (c *Client) fetch(ctx context.Context) (a answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	c.mu.Lock()
	reconnectWith := c.reconnectWith
	c.mu.Unlock()
	response, err := c.request(ctx, http.MethodGet, reconnectWith)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return a, unwanted(response)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return a, err
	}
	if len(body) > maxAnswer {
		return a, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	if json.Unmarshal(body, &a) != nil || a.ReconnectWith == "" || a.Updates == nil {
		return a, errors.New(`the answer is not of the form {"updates":[…],"reconnectWith":"…"}`)
	}
	return a, nil
}

// request returns no error in which the URL stands, for the key is in it.
func (c *Client) request(ctx context.Context, method, session string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.url+session, nil)
	if err != nil {
		return nil, errors.New("the answer before had a reconnectWith that does not fit into a URL")
	}
	response, err := c.options.HTTP.Do(request)
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return response, err
}

// end ends the session, if there is one. It need not succeed.
func (c *Client) end(ctx context.Context, session string) {
	if session == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, endTime)
	defer cancel()
	if response, err := c.request(ctx, http.MethodDelete, session); err == nil {
		response.Body.Close()
	}
}

func (c *Client) take(a answer) {
	if c.renew(a.ReconnectWith) && c.options.Lost != nil {
		c.options.Lost()
	}
	for _, u := range a.Updates {
		c.hear(u)
	}
}

// renew keeps reconnectWith. With another id in front of it, it stands for a
// session that knows nothing of the paths of the last: lost says that there was one.
func (c *Client) renew(reconnectWith string) (lost bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reconnectWith = reconnectWith
	id, _, _ := strings.Cut(reconnectWith, "/")
	if id == c.id {
		return false
	}
	lost = c.id != ""
	c.id = id
	for _, s := range c.paths {
		s.ready = false
	}
	c.change()
	return lost
}

func (c *Client) hear(u thestral.Update) {
	if u.Path == thestral.Disconnected {
		// Of an earlier connection that was given up, or the back-end ended this
		// one: what comes until it is confirmed again is missed.
		c.confirm(u.Message, false)
		return
	}
	known, first := c.confirm(u.Path, true)
	if first {
		c.pig.Update(nil, u.Path, "")
	}
	if known && strings.TrimSpace(u.Message) != "" {
		c.pig.Update(nil, u.Path, u.Message)
	}
}
