package parking

// maxKept is how large a buffer may be that is kept for the next use, in bytes.
const maxKept = 128 << 10

// An outbox holds what guests said until it is sent, for some of them one after the
// other: that takes less than to turn from each guest to the kernel and back, as both
// drive the other's code out of the caches.
type outbox struct {
	bytes []byte
	said  []said
}

// A said is what one guest said, from where the one before ends.
type said struct {
	conn *Conn
	end  int
}

// add takes bytes, to the end of which the guest of c has appended what it says. Much
// is sent at once.
func (o *outbox) add(c *Conn, bytes []byte) {
	o.bytes = bytes
	o.said = append(o.said, said{c, len(bytes)})
	if len(bytes) >= maxKept/2 {
		o.send()
	}
}

// send sends all, which ends the turn of each of the guests.
func (o *outbox) send() {
	begin := 0
	for _, s := range o.said {
		s.conn.told(o.bytes[begin:s.end])
		begin = s.end
	}
	clear(o.said)
	o.said, o.bytes = o.said[:0], o.bytes[:0]
	if cap(o.bytes) > maxKept {
		o.bytes = nil
	}
}
