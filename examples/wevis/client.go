package wevis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
)

// inboxSize is how many messages a client keeps that nobody has received. When
// they are more it stops reading, and so the server learns that it is slow.
const inboxSize = 100

// A Client speaks to a server. Fill in the fields before it is started, and do
// not change them then. Receive, Queue and Stop may be called from many
// goroutines at once.
//
// Pings are answered as long as messages are received.
type Client struct {
	Protocol *Protocol
	User     string
	Password string // the plain one, which does not leave the client
	Version  string
	// Address is where the server is. "" stands for DefaultAddress.
	Address string

	link  *link
	inbox chan *Message // closed when nothing more comes
}

// A RejectedError is the reason for which a server refused a login.
type RejectedError struct{ Reason string }

// Error writes the reason.
func (e *RejectedError) Error() string { return "login rejected: " + e.Reason }

// An UnexpectedError holds a message that came in place of one that was expected.
type UnexpectedError struct {
	Message  *Message
	Expected []string
}

// Error writes the message and what was expected.
func (e *UnexpectedError) Error() string {
	return fmt.Sprintf("wevis: message %.200v came, but %s was expected", e.Message, strings.Join(e.Expected, " or "))
}

// Start connects to the server and logs in. It returns an error if that fails,
// or if ctx ends before; it is a *[RejectedError] if the server refused. After
// that ctx means nothing. A client is started once.
func (c *Client) Start(ctx context.Context) error {
	address := c.Address
	if address == "" {
		address = DefaultAddress
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("wevis: unable to start client: %w", err)
	}
	return c.StartOn(ctx, conn)
}

// StartOn is Start with a connection that is there, one with TLS for example. It
// belongs to the client from now on, also after an error.
func (c *Client) StartOn(ctx context.Context, conn net.Conn) error {
	c.link = newLink(context.Background(), conn, c.Protocol)
	stop := context.AfterFunc(ctx, func() { c.link.end(ctx.Err()) })
	err := c.login()
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		c.link.finish(ctx)
		return fmt.Errorf("wevis: unable to start client: %w", err)
	}
	c.inbox = make(chan *Message, inboxSize)
	go c.listen()
	return nil
}

// login does the client's part of the handshake.
func (c *Client) login() error {
	welcome, err := c.expect(welcomeName)
	if err != nil {
		return err
	}
	login, err := c.Protocol.New(loginName, Values{
		"username": c.User,
		"password": Encrypt(c.Password, welcome.Get("salt").(string)),
		"version":  c.Version,
	})
	if err == nil {
		err = c.link.queue(login)
	}
	if err != nil {
		return err
	}
	answer, err := c.expect(acceptName, rejectName)
	if err != nil {
		return err
	}
	if answer.Name() == rejectName {
		return &RejectedError{answer.Get("reason").(string)}
	}
	return nil
}

// expect reads the next message from the wire.
func (c *Client) expect(names ...string) (*Message, error) {
	m, err := c.link.receive(c.Protocol.MaxFrame)
	if err != nil {
		return nil, err
	}
	return m, isExpected(m, names)
}

func isExpected(m *Message, names []string) error {
	if len(names) == 0 || slices.Contains(names, m.Name()) {
		return nil
	}
	return &UnexpectedError{m, names}
}

// listen fills the inbox until the link is over, and answers pings.
func (c *Client) listen() {
	defer close(c.inbox)
	for {
		m, err := c.link.receive(c.Protocol.MaxFrame)
		if err != nil {
			c.link.end(err)
			return
		}
		if m.Name() == pingName {
			c.link.queueOwn(pongName, nil)
			continue
		}
		select {
		case c.inbox <- m:
		case <-c.link.ctx.Done():
			return
		}
	}
}

// Receive waits for the next message, until ctx ends. With names it returns an
// *[UnexpectedError] if that is none of them. When the connection is over, and
// all that came before is received, its error says why; after Stop it is
// [ErrClosed].
func (c *Client) Receive(ctx context.Context, names ...string) (*Message, error) {
	select {
	case m, ok := <-c.inbox:
		if !ok {
			return nil, c.over()
		}
		if err := isExpected(m, names); err != nil {
			return nil, err
		}
		return m, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// over returns why the connection is.
func (c *Client) over() error {
	cause := context.Cause(c.link.ctx)
	if errors.Is(cause, ErrClosed) {
		return cause
	}
	return fmt.Errorf("%w: %w", ErrClosed, cause)
}

// Receive waits for the message that the struct T stands for, like
// [Client.Receive], and returns it.
func Receive[T any](ctx context.Context, c *Client) (v T, err error) {
	m, err := c.Receive(ctx, reflect.TypeFor[T]().Name())
	if err != nil {
		return v, err
	}
	return As[T](m)
}

// Queue sends a *[Message] or a struct that stands for one, after all that was
// queued before, without waiting. It returns an error if that is wrong, see
// [Protocol.New], and [ErrClosed] if the connection is over; then nothing is sent.
func (c *Client) Queue(message any) error {
	m, err := c.Protocol.Of(message)
	if err != nil {
		return err
	}
	return c.link.queue(m)
}

// Stop sends what is queued, as long as ctx and [FlushTime] allow it, and closes
// the connection. It may be called twice, and does nothing if Start failed.
func (c *Client) Stop(ctx context.Context) {
	if c.inbox == nil {
		return
	}
	c.link.end(ErrClosed)
	for range c.inbox { // what nobody received is given up, and the reader ends
	}
	c.link.finish(ctx)
}
