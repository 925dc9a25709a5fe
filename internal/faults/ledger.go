package faults

import (
	"fmt"
	"sync"

	"github.com/rootspush/roots/thestral"
)

const (
	sent  = "faults/sent"  // the path of updates from a client; the message is its id and a number
	taken = "faults/taken" // the path of the answers; the message is the number
)

// A Ledger takes what clients send up, checks it, and answers each update to its
// sender. Give it to Firenze for what comes in. All methods may be called from
// many goroutines.
type Ledger struct {
	mu    sync.Mutex        // guards what is below
	taken map[string]uint64 // how many updates of a session came
	err   error             // the first thing that was wrong
}

var _ thestral.Prompt = (*Ledger)(nil)

// Update takes an update. Each session must have its own come once, in order.
func (l *Ledger) Update(sender thestral.Thestral, path, message string) {
	if number, ok := l.enter(path, message); ok {
		sender.Update(nil, taken, text(taken, number))
	}
}

// Next returns nil: the sender is a client, where updates leave the process.
func (*Ledger) Next() []thestral.Thestral { return nil }

func (l *Ledger) enter(path, message string) (number uint64, ok bool) {
	var id string
	_, err := fmt.Sscan(message, &id, &number)
	l.mu.Lock()
	defer l.mu.Unlock()
	if path == sent && err == nil && number == l.taken[id]+1 {
		if l.taken == nil {
			l.taken = map[string]uint64{}
		}
		l.taken[id] = number
		return number, true
	}
	if l.err == nil {
		l.err = fmt.Errorf("update %q of path %q was taken after %d of the same session", message, path, l.taken[id])
	}
	return 0, false
}

// takenOf returns how many updates of a session were taken, and what was wrong
// with any update so far.
func (l *Ledger) takenOf(id string) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken[id], l.err
}
