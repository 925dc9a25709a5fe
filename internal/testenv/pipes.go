package testenv

import (
	"context"
	"net"
	"sync"
)

// Pipes is a listener whose connections are in memory: nothing is buffered, and in a
// bubble of fake time it stands still when all do. All methods may be called from many
// goroutines at once.
type Pipes struct {
	dialled chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

// NewPipes returns one that is open.
func NewPipes() *Pipes {
	return &Pipes{dialled: make(chan net.Conn), closed: make(chan struct{})}
}

// DialContext returns the client's end of a new connection when that is accepted. It is
// of the form that http.Transport wants; network and address do not matter. The error is
// [net.ErrClosed] after Close, or that of ctx.
func (p *Pipes) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.dialled <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Dial is DialContext for those who know that the listener is open. It panics if not.
func (p *Pipes) Dial() net.Conn {
	conn, err := p.DialContext(context.Background(), "", "")
	if err != nil {
		panic(err)
	}
	return conn
}

// Accept waits for a connection. The error is [net.ErrClosed] after Close.
func (p *Pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialled:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close may be called twice.
func (p *Pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr returns one that says what it is.
func (p *Pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "pipe"} }
