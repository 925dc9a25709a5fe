package parking

import (
	"os"
	"slices"
	"sync"
)

// readSize is how much is read from one connection before its poller turns to
// the next.
const readSize = 32 << 10

// A poller watches its share of the connections, on one goroutine with one
// buffer.
type poller struct {
	queue queue
	share int // how many pollers there are
	bell  *os.File
	rope  *os.File // closing it rings the bell

	mu     sync.Mutex // guards what is below
	conns  []*Conn    // by descriptor divided by share
	closed bool
}

// startPollers starts n pollers, which call running.Done as they end.
func startPollers(n int, running *sync.WaitGroup) ([]*poller, error) {
	var pollers []*poller
	for range n {
		p, err := newPoller(n)
		if err != nil {
			for _, p := range pollers {
				p.stop()
				p.free()
			}
			return nil, err
		}
		pollers = append(pollers, p)
	}
	for _, p := range pollers {
		running.Go(p.run)
	}
	return pollers, nil
}

func newPoller(share int) (*poller, error) {
	p := &poller{share: share}
	if err := p.queue.open(); err != nil {
		return nil, err
	}
	var err error
	if p.bell, p.rope, err = os.Pipe(); err != nil {
		p.queue.close()
		return nil, err
	}
	if err := p.queue.add(int(p.bell.Fd()), true, false); err != nil {
		p.stop()
		p.free()
		return nil, err
	}
	return p, nil
}

// run lets each connection that something may have happened to look for itself.
func (p *poller) run() {
	bell := int(p.bell.Fd())
	buf := make([]byte, readSize)
	for {
		for _, fd := range p.queue.wait() {
			if fd == bell {
				return
			}
			if c := p.find(fd); c != nil {
				c.ready(buf)
			}
		}
	}
}

// stop makes run return.
func (p *poller) stop() { _ = p.rope.Close() }

// free lets go of what a poller holds, when run is over.
func (p *poller) free() {
	_ = p.bell.Close()
	p.queue.close()
}

// insert enters a connection. It reports false if no more are taken.
func (p *poller) insert(fd int, c *Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if missing := fd/p.share + 1 - len(p.conns); missing > 0 {
		p.conns = append(p.conns, make([]*Conn, missing)...)
	}
	p.conns[fd/p.share] = c
	return !p.closed
}

// remove forgets a connection, whose lock the caller holds. It must be called
// before the descriptor is closed: afterwards the number may be another's.
func (p *poller) remove(fd int) {
	p.queue.remove(fd)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[fd/p.share] = nil
}

func (p *poller) find(fd int) *Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fd/p.share >= len(p.conns) {
		return nil
	}
	return p.conns[fd/p.share]
}

// refuse takes no more connections and returns those that there are.
func (p *poller) refuse() []*Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return slices.DeleteFunc(slices.Clone(p.conns), func(c *Conn) bool { return c == nil })
}
