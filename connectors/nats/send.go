package nats

import "time"

// send writes what is put into the outbox, and sets a mark now and then, until
// the link ends. If that is because the node does, it sends what is left.
func (l *link) send() {
	ticker := time.NewTicker(markEvery)
	defer ticker.Stop()
	l.place.skip()
	l.sign(goesOn)
	for {
		select {
		case <-l.ctx.Done():
			l.leave()
			return
		case <-ticker.C:
			l.outbox.age(l.now())
			l.sign(goesOn)
		case <-l.greetings:
			l.sign(goesOn)
		case number := <-l.goBacks:
			l.goBack(number)
		case done := <-l.flushes:
			for l.sendSome() && l.ctx.Err() == nil {
			}
			close(done)
		case <-l.outbox.ready:
			if l.sendSome() {
				l.outbox.wake()
			}
		}
	}
}

// sign sets a mark.
func (l *link) sign(word string) {
	l.publish(markSubject, []byte(l.place.sign(l.origin, word).String()))
}

// sendSome sends a batch, and reports whether there may be more.
func (l *link) sendSome() (more bool) {
	entries, first := l.outbox.from(l.place.next, l.batch)
	if first > l.place.next {
		l.counters.forgotten.Add(first - l.place.next)
		l.place.next = first
		l.sign(isLost)
	}
	for _, e := range entries {
		l.buffer = append(appendHead(l.buffer[:0], l.origin, l.place.mark, l.place.next, e.sender), e.body...)
		l.publish(e.subject, l.buffer)
		l.place.next++
	}
	l.counters.sent.Add(uint64(len(entries)))
	return len(entries) == len(l.batch)
}

// publish writes to NATS. Data may be used again at once.
func (l *link) publish(subject string, data []byte) {
	if err := l.conn.Publish(subject, data); err != nil {
		l.end(err)
	}
}

// goBack sends again what follows number. Others may have asked as well by now:
// what they have is sent to them twice, and they know it.
func (l *link) goBack(number uint64) {
	for asked := true; asked; {
		select {
		case another := <-l.goBacks:
			number = min(number, another)
		default:
			asked = false
		}
	}
	l.sign(goesOn)
	before := l.place.next
	_, oldest := l.outbox.from(0, nil)
	word, back := l.place.goBack(number, oldest)
	if !back {
		return
	}
	l.counters.resent.Add(before - l.place.next)
	l.sign(word)
	l.outbox.wake()
}

// leave sends what is left, and says good-bye, if it is the node that ends.
func (l *link) leave() {
	if l.Node.ctx.Err() == nil || !l.conn.IsConnected() {
		return
	}
	for l.sendSome() {
	}
	l.sign(leaves)
	_ = l.conn.FlushTimeout(leaveTimeout) // it ends in any case
}
