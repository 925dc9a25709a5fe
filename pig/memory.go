package pig

import (
	"sync"
	"time"

	"github.com/rootspush/roots/thestral"
)

// A memory keeps the last messages of each path for those who connect later.
// Everything in it comes to an end with its age; a flood is also cut off at
// memoryLimit, the oldest first.
type memory struct {
	count int
	age   time.Duration

	mu    sync.Mutex // guards all below
	seq   uint64     // the number of the newest update
	past  map[string][]update
	line  []aging // everything in past, oldest first, and some that count drove out
	first int     // where line begins
	bytes int
}

type aging struct {
	path string
	seq  uint64
	at   time.Time
	size int
}

const (
	memoryLimit = 64 << 20 // bytes
	agingSize   = 160      // bytes that one update takes beside its text
)

// keep remembers an update, and numbers it.
func (m *memory) keep(sender thestral.Thestral, path, message string) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seq++
	kept := append(m.past[path], update{sender, path, message, m.seq})
	if len(kept) > m.count {
		kept[0] = update{}
		kept = kept[1:]
	}
	m.past[path] = kept
	size := agingSize + len(path) + len(message)
	m.line = append(m.line, aging{path, m.seq, time.Now(), size})
	m.bytes += size
	m.forget()
	return m.seq
}

// recall returns what is remembered of path, and the number from which on
// updates are later than that.
func (m *memory) recall(path string) (past []update, from uint64) {
	m.forget()
	return append([]update(nil), m.past[path]...), m.seq + 1
}

// forget lets go of what is too old or too much.
func (m *memory) forget() {
	now := time.Now()
	for m.first < len(m.line) && (m.bytes > memoryLimit || now.Sub(m.line[m.first].at) >= m.age) {
		old := m.line[m.first]
		m.line[m.first] = aging{}
		m.first++
		m.bytes -= old.size
		m.drop(old)
	}
	if m.first*2 > len(m.line) {
		m.line = append([]aging(nil), m.line[m.first:]...)
		m.first = 0
	}
}

func (m *memory) drop(old aging) {
	kept := m.past[old.path]
	if len(kept) == 0 || kept[0].seq != old.seq {
		return // newer ones of the path drove it out already
	}
	kept[0] = update{}
	if m.past[old.path] = kept[1:]; len(kept) == 1 {
		delete(m.past, old.path)
	}
}
