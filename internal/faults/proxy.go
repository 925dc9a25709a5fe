package faults

import (
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// dialTimeout bounds a dial on loopback, which takes no time.
const dialTimeout = 5 * time.Second

// A Proxy hands connections on to a server, and spoils them by a plan that
// follows from a seed. All methods may be called from many goroutines.
type Proxy struct {
	target   string
	seed     uint64
	listener net.Listener
	plan     func(*rand.Rand, Direction) Fault
	longest  time.Duration // that a connection goes on after a fault
	healed   atomic.Bool
	counts   [2][faults]atomic.Int64
	running  sync.WaitGroup

	mu    sync.Mutex                // guards conns
	conns map[*net.TCPConn]struct{} // nil when the proxy is closed
}

// NewProxy listens on loopback for what is meant for target, a host and port.
func NewProxy(target string, seed uint64) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, seed: seed, listener: listener, plan: plan, longest: 200 * time.Millisecond, conns: map[*net.TCPConn]struct{}{}}
	p.running.Go(p.accept)
	return p, nil
}

// Addr returns the host and port to dial.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Heal ends the faults: no more begin.
func (p *Proxy) Heal() { p.healed.Store(true) }

// Close cuts all connections and waits until nothing runs any more.
func (p *Proxy) Close() {
	p.listener.Close()
	p.mu.Lock()
	conns := p.conns
	p.conns = nil
	p.mu.Unlock()
	for conn := range conns {
		conn.Close()
	}
	p.running.Wait()
}

// Missing lists the faults that happened in none of the proxies.
func Missing(proxies ...*Proxy) (missing []string) {
	for _, d := range []Direction{Up, Down} {
		for fault := None; fault < faultsOf[d]; fault++ {
			if !slices.ContainsFunc(proxies, func(p *Proxy) bool { return p.counts[d][fault].Load() > 0 }) {
				missing = append(missing, d.String()+" "+fault.String())
			}
		}
	}
	return missing
}

func (p *Proxy) accept() {
	for number := uint64(0); ; number++ {
		client, err := p.listener.Accept()
		if err != nil {
			return // it is closed
		}
		p.running.Go(func() { p.join(client.(*net.TCPConn), number) })
	}
}

// join copies between a client and the server, in both directions.
func (p *Proxy) join(client *net.TCPConn, number uint64) {
	server := p.dial()
	if !p.keep(client) || server == nil {
		client.Close()
		return
	}
	l := &link{Proxy: p, client: client, server: server}
	p.running.Go(func() { l.carry(Up, client, server, number) })
	l.carry(Down, server, client, number)
}

// dial returns a connection to the server, or nil.
func (p *Proxy) dial() *net.TCPConn {
	conn, err := net.DialTimeout("tcp", p.target, dialTimeout)
	if err != nil || !p.keep(conn.(*net.TCPConn)) {
		return nil
	}
	return conn.(*net.TCPConn)
}

// keep lets Close cut conn. It reports false, with conn closed, if that has
// happened already.
func (p *Proxy) keep(conn *net.TCPConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		conn.Close()
		return false
	}
	p.conns[conn] = struct{}{}
	return true
}

func (p *Proxy) drop(conn *net.TCPConn) {
	conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
}

// drain takes what comes, for a while, and does nothing with it.
func drain(conn *net.TCPConn, d time.Duration) {
	conn.SetReadDeadline(time.Now().Add(d))
	io.Copy(io.Discard, conn)
}
