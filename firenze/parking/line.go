package parking

import "sync"

// Wake has the guest told Ready soon, once, however often it is called before
// that. While bytes are pending Ready waits for them, and when the connection has
// left it does not come. Wake does not wait, and may be called with locks held
// that the guest takes. It takes well under 100 ns, but for the first of a burst,
// which wakes a goroutine.
func (c *Conn) Wake() {
	if !c.woken.Swap(true) {
		c.poller.line.join(c)
	}
}

// A line is where connections that were woken wait for their poller.
type line struct {
	bell chan struct{} // holds a ring as long as the poller is to come; closed in the end

	mu     sync.Mutex // guards what is below, and who rings
	conns  []*Conn
	passed chan struct{} // to be closed when all in conns had their turn; nil if nobody waits for that
	ended  bool
}

func newLine() line { return line{bell: make(chan struct{}, 1)} }

func (l *line) join(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns = append(l.conns, c); len(l.conns) == 1 {
		l.ring()
	}
}

// ring has the poller come. It comes once, however often it is called.
func (l *line) ring() {
	if l.ended {
		return // a late Wake of what has left
	}
	select {
	case l.bell <- struct{}{}:
	default:
	}
}

// take returns who stands in line, and what to close once they had their turn. It
// uses the memory of those that were taken before.
func (l *line) take(before []*Conn) (woken []*Conn, passed chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	woken, l.conns = l.conns, before[:0]
	passed, l.passed = l.passed, nil
	return woken, passed
}

// pass returns what is closed when all who stand in line now had their turn. Only
// one may wait for that.
func (l *line) pass() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.passed = make(chan struct{})
	l.ring()
	return l.passed
}

// end has the poller end.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	close(l.bell)
}
