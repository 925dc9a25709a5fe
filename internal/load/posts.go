//go:build linux

package main

// postAll posts the next message for all clients.
func (l *load) postAll() error {
	message := appendMessage(nil, l.posted, now())
	l.posted++
	l.due += len(l.clients)
	for _, c := range l.clients {
		c.sent++
	}
	return l.post(everybody, string(message))
}

// ready says that messages can be posted for the next n clients: a connection is
// free, and they have all that was posted for them before, as what is posted over
// two connections has no order.
func (l *load) ready(n int) bool {
	for i := range n {
		if c := l.turn(i); c.next < c.sent {
			return false
		}
	}
	return l.idle() != nil
}

// turn returns the client whose turn it is after n others.
func (l *load) turn(n int) *client { return l.clients[(l.posted+n)%len(l.clients)] }

// postNext posts messages for the next n clients, several as one batch.
func (l *load) postNext(n int, posted int64) error {
	if n == 1 {
		path, message := l.nextMessage(posted)
		return l.post(path, message)
	}
	var batch []byte
	for range n {
		path, message := l.nextMessage(posted)
		batch = append(batch, `,{"path":"`+path+`","message":"`+message+`"}`...)
	}
	batch[0] = '['
	return l.idle().post("/", string(append(batch, ']'))) // as Dudley takes it
}

// nextMessage counts a message for the next client as posted, and returns it.
func (l *load) nextMessage(posted int64) (path, message string) {
	c := l.turn(0)
	l.posted++
	l.due++
	c.sent++
	return c.path, string(appendMessage(nil, c.sent-1, posted))
}

// post posts to a path over a connection that is free.
func (l *load) post(path, text string) error {
	return l.idle().post(l.subject.dialect.post(path), text)
}
