package parking

import (
	"sync"
	"time"
	"unsafe"
)

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

// WakeHere has the guest of a connection told Ready, for those who hold no lock that
// the guest takes. If a poller has had a rest, that is before WakeHere returns, by the
// caller. It takes as long as the guest does, but one message for one client is written
// without waking a goroutine for it. Many are the pollers' work, but for the first.
//
// Other than with [Conn.Wake], whoever calls it twice before the guest is told may have
// it told twice. So it needs not look at the connection, which the pollers use: with
// thousands woken one after the other that is half of what a Wake takes.
func (l *Lot) WakeHere(c *Conn) {
	if line := l.lineOf(c); line != nil && line.helps(c) && c.rise() {
		buf := buffers.Get().(*[]byte)
		*buf = c.ready((*buf)[:0])
		c.mu.Lock()
		depart := c.told(*buf)
		c.mu.Unlock()
		if depart != nil {
			depart()
		}
		if cap(*buf) <= maxKept {
			buffers.Put(buf)
		}
	}
}

// buffers are for what guests say who are told by others than their poller.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// lineOf returns the line of some poller for a connection, of the same as a rule. Any
// will do, as what it stands in line for may be done by anybody.
func (l *Lot) lineOf(c *Conn) *line {
	pollers := l.pollers.Load()
	if pollers == nil {
		return nil
	}
	i := uintptr(unsafe.Pointer(c)) / unsafe.Sizeof(*c) % uintptr(len(*pollers))
	return &(*pollers)[i].line
}

// rest is for how long after WakeHere told a guest the next that are woken are
// the poller's. It is about what it takes until a goroutine runs that was woken.
const rest = 30 * time.Microsecond

var start = time.Now()

// A line is where connections that were woken wait for their poller.
type line struct {
	bell chan struct{} // holds a ring as long as the poller is to come; closed in the end

	mu     sync.Mutex // guards what is below, and who rings
	conns  []*Conn
	passed chan struct{} // to be closed when all in conns had their turn; nil if nobody waits for that
	ended  bool
	helped time.Duration // when somebody last did its poller's work, since start
}

func newLine() line { return line{bell: make(chan struct{}, 1)} }

func (l *line) join(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.append(c)
}

func (l *line) append(c *Conn) {
	if l.ended {
		return // a late one, of what has left
	}
	if l.conns = append(l.conns, c); len(l.conns) == 1 {
		l.ring()
	}
}

// helps says whether the caller is to do the poller's work for c, since nobody stands
// in line and the last who did such work was not just now. Otherwise c joins.
func (l *line) helps(c *Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.conns) == 0 {
		if now := time.Since(start); now-l.helped >= rest {
			l.helped = now
			return true
		}
	}
	l.append(c)
	return false
}

// ring has the poller come. It comes once, however often it is called.
func (l *line) ring() {
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
