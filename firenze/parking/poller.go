package parking

import (
	"slices"
	"sync"
)

// A poller has a share of the connections, and two goroutines for all of them: one
// listens to what the kernel reports, with one buffer, and one speaks for those that
// are woken. So neither keeps the other waiting.
type poller struct {
	lot   *Lot
	share int // how many pollers there are
	queue queue
	line  line
	found []*Conn // memory for find

	mu     sync.Mutex // guards what is below
	conns  []*Conn    // by descriptor divided by share
	closed bool
}

// startPollers starts n pollers, which call running.Done as they end.
func startPollers(l *Lot, n int) ([]*poller, error) {
	var pollers []*poller
	for range n {
		p := &poller{lot: l, share: n, line: newLine()}
		if err := p.queue.open(); err != nil {
			for _, p := range pollers {
				p.queue.close()
			}
			return nil, err
		}
		pollers = append(pollers, p)
	}
	for _, p := range pollers {
		l.running.Go(p.speak)
		l.running.Go(p.listen)
	}
	return pollers, nil
}

// end lets both goroutines end. Nothing is parked any more.
func (p *poller) end() {
	p.queue.close()
	p.line.end()
}

// speak tells the guests of those that were woken Ready, until the line is ended.
func (p *poller) speak() {
	var woken []*Conn
	said := outbox{ring: openRing()}
	defer said.ring.close()
	for range p.line.bell {
		var passed chan struct{}
		woken, passed = p.line.take(woken)
		for some := range slices.Chunk(woken, together) {
			announce(some)
			for _, c := range some {
				if c.rise() {
					said.add(c, c.ready(said.bytes))
				}
			}
			said.send()
		}
		clear(woken) // none is kept for that it was woken once
		if passed != nil {
			close(passed)
		}
	}
}

// listen lets each connection that the kernel reports look for itself, until the queue
// is closed.
func (p *poller) listen() {
	said := outbox{ring: openRing()}
	defer said.ring.close()
	came := inbox{ring: said.ring, buf: make([]byte, readSize)}
	for {
		ready, ok := p.queue.wait()
		if !ok {
			return
		}
		for some := range slices.Chunk(ready, together) {
			found := p.find(some)
			came.read(found, &said)
			said.send()
			clear(found)
		}
	}
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

// find returns the connections of some descriptors, announced. Those that have left
// are not among them. The slice is good until the next call.
func (p *poller) find(fds []int) []*Conn {
	p.mu.Lock()
	p.found = p.found[:0]
	for _, fd := range fds {
		if fd/p.share < len(p.conns) && p.conns[fd/p.share] != nil {
			p.found = append(p.found, p.conns[fd/p.share])
		}
	}
	p.mu.Unlock()
	announce(p.found)
	return p.found
}

// refuse takes no more connections.
func (p *poller) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
}

// all yields the connections that there are. It holds no lock meanwhile.
func (p *poller) all(yield func(*Conn) bool) {
	var some [256]*Conn
	for n, next := p.some(some[:], 0); n > 0; n, next = p.some(some[:], next) {
		for _, c := range some[:n] {
			if !yield(c) {
				return
			}
		}
	}
}

// some finds connections from an index on, and returns the index of the next.
func (p *poller) some(found []*Conn, from int) (n, next int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for next = from; next < len(p.conns) && n < len(found); next++ {
		if p.conns[next] != nil {
			found[n] = p.conns[next]
			n++
		}
	}
	return n, next
}
