// Package hijacked is for connections that are taken out of the hands of net/http
// because the same requests come over them again and again. It knows what a server
// would make of the plain ones among them, and gives the connection back for the
// others.
//
// # The rules
//
//  1. What is taken as plain means the same to any server: nothing in it is
//     malformed, comes twice, or changes how the connection is used.
//  2. Whatever is not plain goes back to the server that it came from, byte for
//     byte, and the server neither knows nor cares that it was away.
//
// Who is let in, and what a request does, is for the pieces.
package hijacked

import (
	"io"
	"net"
	"net/http"
	"sync/atomic"
)

// Return has the server serve a connection again, first what was read of it already.
// The bytes are kept. What the client is connected to is via, or nil for conn itself.
// A server that was closed or shut down closes the connection. It calls the hooks of
// the server, and does not wait for the client.
func Return(server *http.Server, conn, via net.Conn, unread []byte) {
	back, ok := conn.(*Conn)
	if !ok {
		back = &Conn{Conn: conn, via: via}
	}
	back.unread = append(unread[:len(unread):len(unread)], back.unread...)
	_ = server.Serve(newOffer(back)) // it returns once the offer has ended
}

// A Conn was returned. It gives what was read before it gives what comes.
type Conn struct {
	net.Conn
	unread []byte
	via    net.Conn
}

// Take returns what [Return] made a Conn of, which must not be used after that, or
// else conn itself.
func Take(conn net.Conn) (bare, via net.Conn, unread []byte) {
	if back, ok := conn.(*Conn); ok {
		return back.Conn, back.via, back.unread
	}
	return conn, nil, nil
}

func (c *Conn) Read(p []byte) (int, error) {
	if len(c.unread) == 0 {
		c.unread = nil
		return c.Conn.Read(p)
	}
	n := copy(p, c.unread)
	c.unread = c.unread[n:]
	return n, nil
}

// ReadFrom lets a server send files without reading them.
func (c *Conn) ReadFrom(src io.Reader) (int64, error) { return io.Copy(c.Conn, src) }

// CloseWrite lets a server end its side before it closes both, so that the last
// answer is read.
func (c *Conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// RemoteAddr is that of the client.
func (c *Conn) RemoteAddr() net.Addr { return c.seen().RemoteAddr() }

// LocalAddr is what the client is connected to.
func (c *Conn) LocalAddr() net.Addr { return c.seen().LocalAddr() }

// seen is what the client sees.
func (c *Conn) seen() net.Conn {
	if c.via != nil {
		return c.via
	}
	return c.Conn
}

// An offer is a listener that accepts one connection and ends. So a server serves
// the connection, and neither keeps the other: there is no listener to look
// after, no goroutine, and no table of servers.
type offer struct {
	conn atomic.Pointer[Conn]
	addr net.Addr
}

func newOffer(conn *Conn) *offer {
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
