package parking

// readSize is how much is read before the guests are told it: from one connection, or
// from many together, of each of which a request of a few KiB has room.
const readSize = 256 << 10

// An inbox reads what came for some connections together.
type inbox struct {
	ring  *ring
	buf   []byte
	conns []*Conn    // memory for read
	reads []transfer // the same, for conns
	news  []news     // the same
}

// read tells the guests of some connections what came for them. What they say is in
// out. It reads for as many as it can at once, holding their locks, of which it waits for
// none. Whoever is busy, or has more to do than to read, comes afterwards.
func (in *inbox) read(found []*Conn, out *outbox) {
	others := found[:0]
	for _, c := range found {
		if c.onlyReads() {
			in.conns = append(in.conns, c)
		} else {
			others = append(others, c)
		}
	}
	in.fetch()
	for i, c := range in.conns {
		c.spread(in.news[i], out)
	}
	in.clear()
	for _, c := range others {
		c.look(in.buf, out)
	}
}

// fetch reads for conns, and lets go of their locks.
func (in *inbox) fetch() {
	for i, c := range in.conns {
		size := len(in.buf) / len(in.conns)
		in.reads = append(in.reads, transfer{fd: int(c.fd), bytes: in.buf[i*size : (i+1)*size]})
	}
	in.ring.receiveAll(in.reads)
	for i, c := range in.conns {
		in.news = append(in.news, c.came(in.reads[i].bytes[:in.reads[i].n], in.reads[i].err))
		c.mu.Unlock()
	}
}

func (in *inbox) clear() {
	clear(in.conns)
	clear(in.reads)
	clear(in.news)
	in.conns, in.reads, in.news = in.conns[:0], in.reads[:0], in.news[:0]
}

// onlyReads says that all there may be to do now is to read. Then the lock is held.
func (c *Conn) onlyReads() bool {
	if !c.mu.TryLock() {
		return false
	}
	if c.fd >= 0 && !c.telling && c.more == nil {
		return true
	}
	c.mu.Unlock()
	return false
}
