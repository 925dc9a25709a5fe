package parking

import "sync"

// Wake has the guest told Ready soon, once, however often it is called before
// that. While bytes are pending Ready waits for them, and once the connection is
// to leave it does not come. Wake never waits and costs some 50 ns, plus a call of the
// kernel if the poller sleeps. It may be called with any lock held.
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
	asleep bool // the poller waits until the bell rings
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
	if !l.ended {
		l.conns = append(l.conns, c)
		l.ring()
	}
}

// ring wakes the poller. The rope is pulled under the lock as it may be closed
// as soon as the line has ended.
func (l *line) ring() {
	if l.asleep {
		l.asleep = false
		_, _ = send(l.rope, [][]byte{{0}})
	}
}

// take returns who stands in line, and whether the line has ended. It uses the
// memory of those that were taken before.
func (l *line) take(before []*Conn) (woken []*Conn, ended bool) {
	clear(before)
	l.mu.Lock()
	defer l.mu.Unlock()
	woken, l.conns = l.conns, before[:0]
	return woken, l.ended
}

// sleep says that the poller is about to wait, if it may.
func (l *line) sleep() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asleep = len(l.conns) == 0 && !l.ended
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
