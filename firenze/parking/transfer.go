package parking

// together is how many connections a poller turns to at once: it has their guests
// prepare, tells them one after the other, and sends what all have said. What guests
// fetch for that has to fit into the caches, and nothing else gets the processor while
// the kernel sends, for half a millisecond. A ring wants a power of two.
const together = 64

// A transfer is one of several calls of the kernel that are made together, to send
// bytes or to read into them. None waits.
type transfer struct {
	fd    int
	bytes []byte
	n     int   // how many bytes were sent or came; 0 also if it would have had to wait
	err   error // what broke the connection, io.EOF if its client closed it
}

// sendAll sends what it can of each: by the ring, and what that does not do by a call
// for each.
func (r *ring) sendAll(all []transfer) {
	for i := r.send(all); i < len(all); i++ {
		all[i].n, all[i].err = send(all[i].fd, [][]byte{all[i].bytes})
	}
}

// receiveAll reads for each what there is now, in the same way.
func (r *ring) receiveAll(all []transfer) {
	for i := r.receive(all); i < len(all); i++ {
		all[i].n, all[i].err = receive(all[i].fd, all[i].bytes)
	}
}
