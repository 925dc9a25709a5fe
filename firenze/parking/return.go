package parking

import (
	"io"
	"net"
	"sync/atomic"
	"syscall"
)

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
	_ = c.home.server.Serve(newOffer(&returned{socket, read, c.home.via})) // it returns once the offer has ended
}

// A stream is a connection with a descriptor of its own.
type stream interface {
	net.Conn
	syscall.Conn
	CloseWrite() error
}

// A returned connection gives what was read before it gives what comes.
type returned struct {
	stream
	unread []byte
	via    net.Conn
}

func (r *returned) Read(p []byte) (int, error) {
	if len(r.unread) == 0 {
		r.unread = nil
		return r.stream.Read(p)
	}
	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	return n, nil
}

// ReadFrom lets a server send files without reading them.
func (r *returned) ReadFrom(src io.Reader) (int64, error) { return io.Copy(r.stream, src) }

func (r *returned) RemoteAddr() net.Addr {
	if r.via != nil {
		return r.via.RemoteAddr()
	}
	return r.stream.RemoteAddr()
}

func (r *returned) LocalAddr() net.Addr {
	if r.via != nil {
		return r.via.LocalAddr()
	}
	return r.stream.LocalAddr()
}

// An offer is a listener that accepts one connection and ends. So a server serves
// the connection, and neither keeps the other: there is no listener to look
// after, no goroutine, and no table of servers.
type offer struct {
	conn atomic.Pointer[returned]
	addr net.Addr
}

func newOffer(conn *returned) *offer {
	o := &offer{addr: conn.LocalAddr()}
	o.conn.Store(conn)
	return o
}

func (o *offer) Accept() (net.Conn, error) {
	if conn := o.conn.Swap(nil); conn != nil {
		return conn, nil
	}
	return nil, io.EOF
}

// Close closes the connection if the server did not take it.
func (o *offer) Close() error {
	if conn := o.conn.Swap(nil); conn != nil {
		return conn.Close()
	}
	return nil
}

func (o *offer) Addr() net.Addr { return o.addr }
