package pomona

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rootspush/roots/thestral"
)

// endTime is how long the goodbye may take. The session expires without it.
const endTime = 5 * time.Second

// answer is what Firenze says, whatever the transport.
type answer struct {
	Updates       []thestral.Update `json:"updates"`
	ReconnectWith string            `json:"reconnectWith"`
}

var errForm = errors.New(`the answer is not of the form {"updates":[…],"reconnectWith":"…"}`)

// check says what is wrong with an answer, and not what stands in it: the key
// does.
func (c *Client) check(a answer) error {
	if a.ReconnectWith == "" || a.Updates == nil {
		return errForm
	}
	if _, err := url.Parse(c.url + a.ReconnectWith); err != nil {
		return errors.New("the answer has a reconnectWith that does not fit into a URL")
	}
	return nil
}

func (c *Client) take(a answer) error {
	if err := c.check(a); err != nil {
		return err
	}
	if c.renew(a.ReconnectWith) && c.options.Lost != nil {
		c.options.Lost()
	}
	for _, u := range a.Updates {
		c.hand(u)
	}
	return nil
}

// renew keeps reconnectWith. With another id in front of it, it stands for a
// session that knows nothing of the paths of the last: lost says that there was one.
func (c *Client) renew(reconnectWith string) (lost bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	begins := c.reconnectWith == ""
	c.reconnectWith = reconnectWith
	id, _, _ := strings.Cut(reconnectWith, "/")
	if begins || id != c.id {
		close(c.renewed)
		c.renewed = make(chan struct{})
	}
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

// hand gives an update to those who hear its path.
func (c *Client) hand(u thestral.Update) {
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

// newest is what to begin with: the last reconnectWith, or nothing.
func (c *Client) newest() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reconnectWith
}

// end ends the session, if there is one. It need not succeed.
func (c *Client) end(ctx context.Context, session string) {
	if session == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, endTime)
	defer cancel()
	if response, err := c.request(ctx, http.MethodDelete, session, nil, nil); err == nil {
		response.Body.Close()
	}
}

// request asks Firenze for something.
func (c *Client) request(ctx context.Context, method, where string, header http.Header, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.url+where, body)
	if err != nil {
		return nil, keyless(err)
	}
	if header != nil {
		request.Header = header
	}
	response, err := c.options.HTTP.Do(request)
	return response, keyless(err)
}

// keyless takes the URL out of an error, for the key is in it.
func keyless(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
