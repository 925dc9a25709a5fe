package main

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// A tally counts what happens to the crowd.
type tally struct {
	mu       sync.Mutex // guards all below
	arrivals map[string][]time.Time
	statuses int
	heard    int // chats
	answers  int
	late     int // answers that came when the page had been turned
	failures int
	last     error
}

// add adds one to a count, which is one of the tally's.
func (t *tally) add(count *int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*count++
}

// fail notes what went wrong.
func (t *tally) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures++
	t.last = err
}

// arrive notes that somebody has a page now.
func (t *tally) arrive(page string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.arrivals[page] = append(t.arrivals[page], time.Now())
}

// arrived is when a page reached each who has had it, the first first.
func (t *tally) arrived(page string) []time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.arrivals[page])
}

// pages are those that somebody has had.
func (t *tally) pages() map[string]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	pages := map[string]bool{}
	for page := range t.arrivals {
		pages[page] = true
	}
	return pages
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := fmt.Sprintf("%d statuses, %d messages of the chat, %d answers, %d too late, %d failures", t.statuses, t.heard, t.answers, t.late, t.failures)
	if t.last != nil {
		text += ", the last: " + t.last.Error()
	}
	return text
}
