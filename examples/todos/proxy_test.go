package main

import (
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// A proxy stands between browser and server, and is the network that fails.
type proxy struct {
	listener net.Listener
	target   string
	running  sync.WaitGroup

	mu    sync.Mutex // guards all below
	down  bool
	conns map[net.Conn]bool
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	p := &proxy{listener: listen(t, "127.0.0.1:0"), target: target, conns: map[net.Conn]bool{}}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		p.listener.Close()
		p.cut()
		p.running.Wait()
	})
	return p
}

// cut ends all connections, and every new one at once.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	for conn := range p.conns {
		conn.Close()
	}
}

func (p *proxy) restore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.pass(client) })
	}
}

// pass copies both ways until one side ends.
func (p *proxy) pass(client net.Conn) {
	defer p.close(client)
	if !p.open(client) {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer p.close(server)
	if !p.open(server) {
		return
	}
	p.running.Go(func() {
		_, _ = io.Copy(server, client)
		p.close(server)
	})
	_, _ = io.Copy(client, server)
}

// open notes a connection, unless the network is down.
func (p *proxy) open(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.down {
		p.conns[conn] = true
	}
	return !p.down
}

func (p *proxy) close(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
	conn.Close()
}

func listen(t testing.TB, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// TestProxy: what the browser tests rely on.
func TestProxy(t *testing.T) {
	s := startServer(t, "127.0.0.1:0", new(lists), new(logins))
	p := newProxy(t, s.address)
	client := http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for i, down := range []bool{false, true, false, true} {
		if down {
			p.cut()
		} else {
			p.restore()
		}
		answer, err := client.Get("http://" + p.listener.Addr().String())
		if err == nil {
			answer.Body.Close()
		}
		if (err != nil) != down {
			t.Errorf("step %d: down is %v, and the error is %v", i, down, err)
		}
	}
}
