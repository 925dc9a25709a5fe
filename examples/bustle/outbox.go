package bustle

import (
	"bytes"
	"sync"
)

// An outbox is text that waits to be written to a file. It may be used by many
// goroutines at once.
type outbox struct {
	mu      sync.Mutex // guards waiting
	waiting []byte
}

// Write adds to the text. It never fails.
func (o *outbox) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = append(o.waiting, text...)
	return len(text), nil
}

func (o *outbox) add(text string) { _, _ = o.Write([]byte(text)) }

func (o *outbox) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.waiting)
}

// forget takes off the first n bytes, which have been written.
func (o *outbox) forget(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = bytes.Clone(o.waiting[n:])
}
