package firenze_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
)

// A network is a listener whose connections are pipes: nothing is buffered, and
// in a bubble of fake time it stands still when all do.
type network struct {
	dialled chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

// serve lets a real server answer on a network until the test ends.
func serve(t testing.TB, handler http.Handler) *network {
	n := &network{dialled: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		server.Serve(n)
	}()
	t.Cleanup(func() {
		server.Close()
		<-ended
	})
	return n
}

// dial is of the form that http.Transport wants.
func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case n.dialled <- server:
		return client, nil
	case <-n.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// connect returns the client's end of a connection, which is closed when the
// test ends.
func (n *network) connect(t testing.TB) net.Conn {
	conn, err := n.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case conn := <-n.dialled:
		return conn, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *network) Addr() net.Addr { return n }
func (*network) Network() string  { return "pipe" }
func (*network) String() string   { return "pipe" }
