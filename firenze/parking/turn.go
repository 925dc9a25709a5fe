package parking

import (
	"log/slog"
	"runtime"
	"runtime/debug"
)

// look is called by the poller when something may have happened. What the guest
// says to that is in out, unless nothing is to be sent.
func (c *Conn) look(buf []byte, out *outbox) {
	c.mu.Lock()
	if c.telling {
		c.mu.Unlock()
		runtime.Gosched() // for whoever tells it something; the kernel reports this again
		return
	}
	data, depart, gone := c.turn(buf)
	c.mu.Unlock()
	if depart != nil {
		depart()
	}
	switch {
	case gone != nil:
		c.tell(nil, func(b []byte) []byte { c.guest.Gone(c, gone); return b })
	case len(data) > 0:
		out.add(c, c.tell(out.bytes, func(b []byte) []byte { return c.guest.Read(c, data, b) }))
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
// while the guest was told.
func (c *Conn) told(said []byte) {
	c.mu.Lock()
	if len(said) > 0 {
		_ = c.put(said) // should that fail, Gone is told
	}
	again := c.again
	c.telling, c.again = false, false
	depart := c.settle()
	c.mu.Unlock()
	if again {
		c.Wake()
	}
	if depart != nil {
		depart()
	}
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

// turn sends, ends or reads, whatever can be done now. It returns what the guest
// is to be told, after depart was called if that is not nil.
func (c *Conn) turn(buf []byte) (data []byte, depart func(), gone error) {
	m := c.more
	switch {
	case c.fd < 0:
		return nil, nil, nil // it left since the kernel reported it
	case m == nil:
		return c.read(buf)
	}
	c.flush(m)
	switch {
	case m.next != nil:
		return nil, c.settle(), nil
	case m.err != nil:
		return nil, c.release(dropSocket), m.err
	case len(m.out) == 0:
		c.more = nil
		c.watch()
	}
	if data, m.early = m.early, nil; data != nil {
		c.telling = true
		return data, nil, nil
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

// read reads what there is. A client that closed its side is gone, as it is for
// net/http.
func (c *Conn) read(buf []byte) (data []byte, depart func(), gone error) {
	n, err := receive(int(c.fd), buf)
	if err != nil {
		return nil, c.release(closeSocket), err
	}
	c.telling = n > 0
	return buf[:n], nil, nil
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
