package thestral

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
)

// QueueLimit is how many updates wait in the queues that the pieces make.
const QueueLimit = 1000

// Queue stands before a Thestral that may wait, and makes it [Prompt]. Updates
// are kept in order and handed on one at a time, by a goroutine that lives only
// while there are any; it takes all that wait at once, so up to limit more can
// wait behind those being handed on. When the queue is full the newest update
// is dropped, counted and logged: the one behind is stuck or too slow, and
// nobody else is hurt. A panic of the one behind costs it that one update.
type Queue struct {
	next  Thestral
	limit int

	mu      sync.Mutex // guards all below
	waiting []queued
	idle    chan struct{} // closed when the goroutine ends; nil while none runs
	dropped uint64
	full    bool // updates are being dropped, and that has been logged
}

type queued struct {
	sender        Thestral
	path, message string
}

var _ Prompt = (*Queue)(nil)

// NewQueue returns a queue of at most limit updates before next. It panics if
// next is nil or limit is less than 1.
func NewQueue(next Thestral, limit int) *Queue {
	if next == nil {
		panic("thestral: there is nobody behind the queue")
	}
	if limit < 1 {
		panic("thestral: the limit of a queue must be at least 1")
	}
	return &Queue{next: next, limit: limit}
}

// Update puts the update into the queue, or drops it if the queue is full.
func (q *Queue) Update(sender Thestral, path, message string) {
	if q.put(queued{sender, path, message}) {
		slog.Warn("a receiver is stuck or too slow, its updates are dropped", "path", path, "waiting", q.limit)
	}
}

// put reports whether this is the first update of a row that had to be dropped.
// Only that one is logged, so that a stuck receiver does not flood the log;
// take tells the sum when the row is over.
func (q *Queue) put(u queued) (overflows bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= q.limit {
		q.dropped++
		overflows, q.full = !q.full, true
		return overflows
	}
	q.waiting = append(q.waiting, u)
	if q.idle == nil {
		q.idle = make(chan struct{})
		go q.run()
	}
	return false
}

// Next returns nil: who is behind the queue is called from its own goroutine.
func (q *Queue) Next() []Thestral { return nil }

// Dropped returns how many updates were lost because the queue was full.
func (q *Queue) Dropped() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}

// Flush waits until the queue is empty and the last update has been handed on,
// or until ctx ends, whose error it then returns.
func (q *Queue) Flush(ctx context.Context) error {
	q.mu.Lock()
	idle := q.idle
	q.mu.Unlock()
	if idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *Queue) run() {
	var batch []queued
	for {
		var dropped uint64
		if batch, dropped = q.take(batch); dropped > 0 {
			slog.Warn("a receiver goes on after updates to it were dropped", "dropped_in_all", dropped)
		}
		if batch == nil {
			return
		}
		for i, u := range batch {
			batch[i] = queued{} // what is handed on is not ours to keep alive
			Deliver(q.next, u.sender, u.path, u.message)
		}
	}
}

// take gives back an emptied batch and gets the next, or nil when none waits;
// after an overflow it also tells how many were ever dropped.
func (q *Queue) take(emptied []queued) (batch []queued, dropped uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.full {
		q.full, dropped = false, q.dropped
	}
	if len(q.waiting) == 0 {
		q.waiting = nil // an idle queue costs no buffer
		close(q.idle)
		q.idle = nil
		return nil, dropped
	}
	batch, q.waiting = q.waiting, emptied[:0] // two buffers take turns, and nothing is allocated
	return batch, dropped
}

// Deliver gives to an update, on this goroutine, and waits as long as it does. A
// panic of it ends there and is logged: it costs that one update.
func Deliver(to Thestral, sender Thestral, path, message string) {
	defer Recover(path)
	to.Update(sender, path, message)
}

// Recover is deferred around a call of Update: it ends a panic there and logs
// it, with the path and where it happened.
func Recover(path string) {
	if reason := recover(); reason != nil {
		slog.Error("a receiver panicked", "path", path, "panic", reason, "stack", string(debug.Stack()))
	}
}
