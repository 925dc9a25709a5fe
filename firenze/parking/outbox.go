package parking

// maxKept is how large a buffer may be that is kept for the next use, in bytes.
const maxKept = 128 << 10

// An outbox holds what guests said until it is sent, for some of them together: that
// takes less than to turn from each guest to the kernel and back, as both drive the
// other's code out of the caches.
type outbox struct {
	ring  *ring
	bytes []byte
	said  []said
	sends []transfer // memory for send
}

// A said is what one guest said, from where the one before ends.
type said struct {
	conn   *Conn
	end    int
	alone  bool   // it is sent by a call of its own, after what is pending
	depart func() // for when it was sent; nil if the connection stays
}

// add takes bytes, to the end of which the guest of c has appended what it says. Much
// is sent at once.
func (o *outbox) add(c *Conn, bytes []byte) {
	o.bytes = bytes
	o.said = append(o.said, said{conn: c, end: len(bytes)})
	if len(bytes) >= maxKept/2 {
		o.send()
	}
}

// send sends all, which ends the turn of each of the guests. It holds the locks of all
// meanwhile, so that what others write comes before or after what the guest said. No
// deadlock comes of that: a guest is told by one goroutine at a time, and nobody but
// that one holds several locks of those that are being told.
func (o *outbox) send() {
	for s, bytes := range o.each {
		s.conn.mu.Lock()
		if s.alone = len(bytes) == 0 || s.conn.more != nil; !s.alone {
			o.sends = append(o.sends, transfer{fd: int(s.conn.fd), bytes: bytes})
		}
	}
	o.ring.sendAll(o.sends)
	sends := o.sends
	for s, bytes := range o.each {
		if s.alone {
			s.depart = s.conn.told(bytes)
		} else {
			s.depart = s.conn.toldAs(sends[0])
			sends = sends[1:]
		}
		s.conn.mu.Unlock()
	}
	for _, s := range o.said {
		if s.depart != nil {
			s.depart()
		}
	}
	o.clear()
}

// each yields what was said and its bytes.
func (o *outbox) each(yield func(*said, []byte) bool) {
	begin := 0
	for i := range o.said {
		s := &o.said[i]
		if !yield(s, o.bytes[begin:s.end]) {
			return
		}
		begin = s.end
	}
}

func (o *outbox) clear() {
	clear(o.said)
	clear(o.sends)
	o.said, o.sends, o.bytes = o.said[:0], o.sends[:0], o.bytes[:0]
	if cap(o.bytes) > maxKept {
		o.bytes = nil
	}
}
