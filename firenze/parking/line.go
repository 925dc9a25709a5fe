package parking

import "sync"

// Wake has the guest told Ready soon, once, however often it is called before
// that. While bytes are pending Ready waits for them, and when the connection has
// left it does not come. Wake does not wait, and may be called with locks held
// that the guest takes. The first of a burst wakes the poller, if it sleeps, by a
// call of the kernel; the others take well under 100 ns.
func (c *Conn) Wake() {
	if !c.woken.Swap(true) {
		c.poller.line.join(c)
	}
}

// A line is where connections that were woken wait for their poller.
type line struct {
	bell, rope int // descriptors; what is sent to the rope comes from the bell

	mu     sync.Mutex // guards what is below, and the rope
	conns  []*Conn
	passed chan struct{} // to be closed when all in conns had their turn; nil if nobody waits for that
	asleep bool          // the poller waits until the bell rings
	ended  bool
}

func (l *line) open() (err error) {
	l.bell, l.rope, err = socketPair()
	return err
}

func (l *line) close() {
	closeSocket(l.bell, nil)
	closeSocket(l.rope, nil)
}

func (l *line) join(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, c)
	l.ring()
}

// ring wakes the poller. It does so under the lock: once the line has ended, when
// nobody sleeps any more, the rope is closed.
func (l *line) ring() {
	if l.asleep {
		l.asleep = false
		_, _ = send(l.rope, [][]byte{{0}})
	}
}

// take returns who stands in line, what to close once they had their turn, and
// whether the line has ended. It uses the memory of those that were taken before.
func (l *line) take(before []*Conn) (woken []*Conn, passed chan struct{}, ended bool) {
	clear(before)
	l.mu.Lock()
	defer l.mu.Unlock()
	woken, l.conns = l.conns, before[:0]
	passed, l.passed = l.passed, nil
	return woken, passed, l.ended
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

// sleep says that the poller is about to wait, if it may.
func (l *line) sleep() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asleep = len(l.conns) == 0 && l.passed == nil && !l.ended
	return l.asleep
}

// wake says that the poller does not wait any more.
func (l *line) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asleep = false
}

// end has the poller end.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.ring()
}
