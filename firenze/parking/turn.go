package parking

import (
	"log/slog"
	"runtime"
	"runtime/debug"
)

// News are what came of a turn, for a guest to be told after depart was called, if that
// is not nil.
type news struct {
	data   []byte
	depart func()
	gone   error
}

// look is called by the poller when something may have happened. What the guest
// says to that is in out, unless nothing is to be sent.
func (c *Conn) look(buf []byte, out *outbox) {
	c.mu.Lock()
	if c.telling {
		c.mu.Unlock()
		runtime.Gosched() // for whoever tells it something; the kernel reports this again
		return
	}
	n := c.turn(buf)
	c.mu.Unlock()
	c.spread(n, out)
}

// spread tells the guest the news.
func (c *Conn) spread(n news, out *outbox) {
	if n.depart != nil {
		n.depart()
	}
	switch {
	case n.gone != nil:
		c.tell(nil, func(b []byte) []byte { c.guest.Gone(c, n.gone); return b })
	case len(n.data) > 0:
		out.add(c, c.tell(out.bytes, func(b []byte) []byte { return c.guest.Read(c, n.data, b) }))
	}
}

// announce lets guests prepare that are about to be told something.
func announce(some []*Conn) {
	for _, c := range some {
		if g, ok := c.guest.(Preparer); ok {
			_ = g.Prepare()
		}
	}
}

// rise is called by the poller after Wake, or by WakeHere. It says whether the guest
// is to be told Ready now. Whoever wakes it from now on is heard again. If bytes are
// pending, that they were sent wakes it, and if its guest is being told something,
// that this has ended.
func (c *Conn) rise() bool {
	c.woken.Store(false)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.again = c.telling
	ready := !c.telling && c.fd >= 0 && !c.pending()
	c.telling = c.telling || ready
	return ready
}

// ready tells the guest so, and appends what it says to b.
func (c *Conn) ready(b []byte) []byte {
	return c.tell(b, func(b []byte) []byte { return c.guest.Ready(c, b) })
}

// told sends what the guest said, and lets the connection leave if that was asked for
// while the guest was told. The caller holds the lock, and lets go of it before it calls
// depart.
func (c *Conn) told(said []byte) (depart func()) {
	if len(said) > 0 {
		_ = c.put(said) // should that fail, Gone is told
	}
	return c.turned()
}

// toldAs is told for what was sent already, as t says.
func (c *Conn) toldAs(t transfer) (depart func()) {
	if t.err != nil {
		_ = c.cut(t.err)
	} else {
		_ = c.keepRest(t.bytes, t.n)
	}
	return c.turned()
}

// turned ends that the guest is told something.
func (c *Conn) turned() (depart func()) {
	if c.again {
		c.Wake()
	}
	c.telling, c.again = false, false
	return c.settle()
}

// tell calls the guest, and returns b with what it says. A panic costs it the
// connection, and nobody else anything, as in net/http.
func (c *Conn) tell(b []byte, news func(b []byte) []byte) (said []byte) {
	defer func() {
		if v := recover(); v != nil {
			said = b
			c.Close()
			slog.Error("a guest of a parked connection panicked", "panic", v, "stack", string(debug.Stack()))
		}
	}()
	return news(b)
}

// turn sends, ends or reads, whatever can be done now.
func (c *Conn) turn(buf []byte) news {
	m := c.more
	switch {
	case c.fd < 0:
		return news{} // it left since the kernel reported it
	case m == nil:
		return c.read(buf)
	}
	c.flush(m)
	switch {
	case m.next != nil:
		return news{depart: c.settle()}
	case m.err != nil:
		return news{depart: c.release(dropSocket), gone: m.err}
	case len(m.out) == 0:
		c.more = nil
		c.watch()
	}
	if early := m.early; early != nil {
		m.early, c.telling = nil, true
		return news{data: early}
	}
	return c.read(buf)
}

// flush sends what it can of what is pending, or says in m why it can't.
func (c *Conn) flush(m *more) {
	if m.err != nil || len(m.out) == 0 {
		return
	}
	var n int
	n, m.err = send(int(c.fd), m.out)
	m.out = skip(m.out, n)
	m.size -= n
	switch {
	case len(m.out) == 0:
		m.timer.Stop()
		c.Wake()
	case n > 0 && m.next == nil:
		m.timer.Reset(c.poller.lot.options.WriteTimeout)
	}
}

// skip returns what follows the first n bytes of b. It changes b.
func skip(b [][]byte, n int) [][]byte {
	for len(b) > 0 && n >= len(b[0]) {
		n -= len(b[0])
		b[0] = nil
		b = b[1:]
	}
	if n > 0 {
		b[0] = b[0][n:]
	}
	return b
}

// read reads what there is.
func (c *Conn) read(buf []byte) news {
	n, err := receive(int(c.fd), buf)
	return c.came(buf[:n], err)
}

// came takes what was read, or why nothing will be any more. A client that closed its
// side is gone, as it is for net/http.
func (c *Conn) came(data []byte, err error) news {
	if err != nil {
		return news{depart: c.release(closeSocket), gone: err}
	}
	c.telling = len(data) > 0
	return news{data: data}
}

// expire cuts the connection, if it is still the same that is pending.
func (c *Conn) expire(m *more) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.more == m && len(m.out) > 0 {
		_ = c.cut(ErrSlow)
	}
}

// cut makes the client Gone with err, which it returns. The poller notices that
// the socket was shut down, and tells the guest in its turn.
func (c *Conn) cut(err error) error {
	c.extra().err = err
	shutdown(int(c.fd))
	return err
}
