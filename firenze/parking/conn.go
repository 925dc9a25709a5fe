package parking

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Conn is one connection that is parked, until it is closed or returned. All
// methods may be called from many goroutines at once, and from a [Guest]. None
// waits for the client.
//
// It fits into one cache line, which counts when thousands are woken.
type Conn struct {
	guest  Guest
	home   *home
	poller *poller
	woken  atomic.Bool // it stands in line for its poller

	mu      sync.Mutex // guards what is below, and all use of the descriptor
	telling bool       // the guest is being told something; the connection can't leave
	again   bool       // it was woken meanwhile
	fd      int32      // -1 once it is no longer the Conn's
	more    *more      // nil while it only waits
}

// A home is where a connection goes back to. Those of one server share it.
type home struct {
	server *http.Server
	via    net.Conn // what the client is connected to, if not the socket itself
}

// more is what a Conn needs only now and then. While it has it, it also wants to
// know when it can send.
type more struct {
	early []byte      // came, but is not told yet, or goes back to the server
	out   [][]byte    // is to be sent
	size  int         // of out, in bytes
	timer *time.Timer // cuts the connection if nothing of out is taken; nil before there was any
	next  departure   // what happens once out is sent; nil while it stays
	err   error       // why the client is to be Gone; nil if it is not
}

// A departure does what becomes of a descriptor that is no longer a Conn's, and
// of the bytes that came early.
type departure func(fd int, early []byte)

// park takes the descriptor of conn over and has it watched. It closes conn
// whatever happens.
func (c *Conn) park(conn net.Conn, early []byte, pollers []*poller) error {
	fd, via, unread, err := takeOver(conn)
	if err != nil {
		return err
	}
	limit(fd)
	c.fd, c.poller = int32(fd), pollers[fd%len(pollers)]
	if via != nil {
		c.home = &home{c.home.server, via}
	}
	if early = slices.Concat(early, unread); len(early) > 0 {
		c.more = &more{early: early} // it can send, so the poller turns to it at once
	}
	c.mu.Lock() // keeps the Lot's Close away until it is watched
	defer c.mu.Unlock()
	if !c.poller.insert(fd, c) {
		err = net.ErrClosed
	} else {
		err = c.poller.queue.add(fd, true, c.more != nil)
	}
	if err != nil {
		c.forget()
		closeSocket(fd, nil)
	}
	return err
}

// errLeft is what there is to say to those who write too late.
var errLeft = fmt.Errorf("parking: write: %w", net.ErrClosed)

// Write sends b after what was written before. What the client does not take at
// once is copied and sent later. While pending is true, whoever can wait with what
// is next waits: the guest is told Ready when all has been sent. Whoever writes
// all the same adds to what is pending.
//
// The error is [net.ErrClosed] if the connection is no longer parked or about to
// leave, [ErrSlow] if too much is pending, or what broke the connection. After an
// error of the latter kinds nothing more is sent and the guest is told Gone.
func (c *Conn) Write(b []byte) (pending bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leaves() {
		return false, errLeft
	}
	err = c.put(b)
	return c.pending(), err
}

// leaves says that the connection left or is about to.
func (c *Conn) leaves() bool { return c.fd < 0 || c.more != nil && c.more.next != nil }

// put sends b, and what of it is not taken later.
func (c *Conn) put(b []byte) error {
	n, err := c.send([][]byte{b})
	if err == nil {
		err = c.keepRest(b, n)
	}
	return err
}

// keepRest makes pending what of b is not among the first n bytes, which were sent.
func (c *Conn) keepRest(b []byte, n int) error {
	if n == len(b) {
		return nil
	}
	return c.keep([][]byte{slices.Clone(b[n:])}, len(b)-n)
}

// WriteShared is Write for bytes that many clients are sent: those of all b, in
// order. What is pending is kept, not copied, so the bytes must never change.
func (c *Conn) WriteShared(b ...[]byte) (pending bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leaves() {
		return false, errLeft
	}
	n, err := c.send(b)
	if left := sizeOf(b) - n; err == nil && left > 0 {
		err = c.keep(skip(slices.Clone(b), n), left)
	}
	return c.pending(), err
}

func sizeOf(pieces [][]byte) (size int) {
	for _, piece := range pieces {
		size += len(piece)
	}
	return size
}

func (c *Conn) pending() bool { return c.more != nil && c.more.size > 0 }

// send sends what the client takes at once, which is nothing if there are bytes
// pending. It returns how many bytes that is.
func (c *Conn) send(b [][]byte) (sent int, err error) {
	switch m := c.more; {
	case m != nil && m.err != nil:
		return 0, m.err
	case c.pending():
		return 0, nil
	}
	if sent, err = send(int(c.fd), b); err != nil {
		err = c.cut(err)
	}
	return sent, err
}

// keep makes the rest of what was written, of so many bytes, pending.
func (c *Conn) keep(rest [][]byte, size int) error {
	m := c.extra()
	m.out = append(m.out, rest...)
	if m.size += size; m.size > c.poller.lot.options.MaxPending {
		return c.cut(ErrSlow)
	}
	if m.timer == nil {
		m.timer = time.AfterFunc(c.poller.lot.options.WriteTimeout, func() { c.expire(m) })
		c.watch()
	}
	return nil
}

func (c *Conn) extra() *more {
	if c.more == nil {
		c.more = &more{}
	}
	return c.more
}

// Unread has the guest told data as if it came only now, before what comes later.
// It is for a guest that is told Read before it is ready for that.
func (c *Conn) Unread(data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fd < 0 {
		return
	}
	m := c.extra()
	m.early = slices.Concat(data, m.early)
	c.watch() // it can send, as a rule, so the poller turns to it at once
}

// watch asks the poller for what the connection waits for now. Should that fail,
// the timer of what is pending cuts the connection.
func (c *Conn) watch() {
	c.poller.queue.watch(int(c.fd), c.more == nil || c.more.next == nil, c.more != nil)
}

// Close closes the connection when what is pending has been sent, or after the
// write timeout. To close one that was closed or returned does nothing.
func (c *Conn) Close() { c.leave(closeSocket, nil) }

// leave ends the parking. As soon as all that was written has been sent, and the
// guest is not being told anything, next gets the descriptor, and what came.
func (c *Conn) leave(next departure, read []byte) {
	c.mu.Lock()
	depart := c.prepare(next, read)
	c.mu.Unlock()
	if depart != nil {
		depart()
	}
}

func (c *Conn) prepare(next departure, read []byte) (depart func()) {
	if c.fd < 0 {
		return nil
	}
	m := c.extra()
	if m.next != nil {
		m.early = append(m.early, read...)
		return nil
	}
	m.next, m.early = next, slices.Concat(read, m.early)
	if len(m.out) > 0 {
		m.timer.Reset(c.poller.lot.options.WriteTimeout) // from now on for all of it
		c.watch()
	}
	return c.settle()
}

// settle lets the connection leave if it is to leave and can.
func (c *Conn) settle() (depart func()) {
	switch m := c.more; {
	case m == nil, m.next == nil, c.telling:
		return nil
	case m.err != nil:
		return c.release(dropSocket)
	case len(m.out) == 0:
		return c.release(m.next)
	}
	return nil
}

// release takes the descriptor away from the Conn. The caller lets go of the lock
// and then calls what it returns.
func (c *Conn) release(next departure) (depart func()) {
	fd, early := int(c.fd), []byte(nil)
	if c.more != nil {
		early = c.more.early
	}
	c.forget()
	return func() {
		defer c.poller.lot.parked.Done()
		next(fd, early)
	}
}

// forget makes the descriptor unknown to the Conn and its poller.
func (c *Conn) forget() {
	c.poller.remove(int(c.fd))
	if c.more != nil && c.more.timer != nil {
		c.more.timer.Stop()
	}
	c.fd, c.more = -1, nil
}
