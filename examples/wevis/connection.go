package wevis

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
)

// maxLogin is how long a frame may be before the login.
const maxLogin = 4 << 10

var errRejected = errors.New("its login was rejected")

// A connection is a link as the server sees it.
type connection struct {
	*link
	server *Server
	keeper *keeper
}

// attend speaks to a client until either end has had enough.
func (s *Server) attend(ctx context.Context, conn net.Conn) {
	c := &connection{link: newLink(ctx, conn, s.Protocol), server: s}
	defer c.finish(context.Background())
	salt := newSalt()
	c.queueOwn(welcomeName, Values{"salt": salt})
	c.keeper = newKeeper(func() { c.queueOwn(pingName, nil) }, c.end)
	defer c.keeper.stop()
	user, err := c.serve(salt)
	if !errors.Is(err, io.EOF) && !errors.Is(err, context.Canceled) {
		slog.Info("a connection ends", "peer", conn.RemoteAddr().String(), "user", user, "reason", err)
	}
}

// serve returns whose connection it was, and why it is over.
func (c *connection) serve(salt string) (name string, err error) {
	m, reason, err := c.login(salt)
	if err != nil {
		return "", err
	}
	if reason != "" {
		c.queueOwn(rejectName, Values{"reason": reason})
		return "", errRejected
	}
	defer c.server.release(m)
	if !c.keeper.enter(func() { c.queueOwn(acceptName, nil) }) {
		return m.user.Name, errNoLogin
	}
	m.room.enter(m)
	defer m.room.exit(m)
	return m.user.Name, c.listen(m)
}

// login returns who has logged in, or what the client is to be told. It returns
// an error if there is nobody to be told.
func (c *connection) login(salt string) (m *Member, reason string, err error) {
	message, err := c.receive(maxLogin)
	if err != nil {
		return nil, "", err
	}
	if message.Name() != loginName {
		return nil, reasonUnexpected, nil
	}
	user, reason := c.server.validate(c.ctx, Login{
		User:     message.Get("username").(string),
		Password: message.Get("password").(string),
		Salt:     salt,
		Version:  message.Get("version").(string),
	})
	if c.ctx.Err() != nil {
		return nil, "", context.Cause(c.ctx)
	}
	if reason != "" {
		return nil, reason, nil
	}
	m = newMember(user, c.server.roomOf(user), c.queue, c.end)
	return m, c.server.admit(m), nil
}

// listen hands messages to the room, and reads on when they are handled.
func (c *connection) listen(m *Member) error {
	for {
		message, err := c.receive(c.protocol.MaxFrame)
		if err != nil {
			return err
		}
		if message.Name() == pongName {
			c.keeper.pong()
			continue
		}
		m.room.Update(m, message.Name(), message.Text())
		m.wait(c.ctx.Done())
	}
}
