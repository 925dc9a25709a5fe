package parking

import "github.com/rootspush/roots/internal/hijacked"

// Return gives the connection back to its server when what is pending has been
// sent. The server reads from it as ever, first the bytes that the guest was told
// already and that are given here; they are copied. If the server was closed or
// shut down, the connection is closed.
//
// The guest may just be told of more bytes as another goroutine calls Return. So
// it decides under a lock of its own whether to keep what it is told, or, if
// Return was called, to call Return in its turn with that. Those bytes follow,
// and the connection leaves when the guest's method returns. For a connection
// that has left Return does nothing.
//
// The server's hooks are called by whoever calls Return, or by the poller.
func (c *Conn) Return(read []byte) { c.leave(c.handBack, read) }

func (c *Conn) handBack(fd int, read []byte) {
	socket, err := adopt(fd)
	if err != nil {
		return // the client has gone, or there are no descriptors: it is closed
	}
	hijacked.Return(c.home.server, socket, c.home.via, read)
}
