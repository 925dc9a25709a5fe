package dudley

import (
	"sync"
	"sync/atomic"
	"time"
)

// grace is how long a back-end may take for its last answers.
const grace = 5 * time.Second

// Regulars are the connections that were taken out of the hands of their servers.
type regulars struct {
	closed  atomic.Bool    // no other is taken
	running sync.WaitGroup // of what was opened

	mu  sync.Mutex // guards what is below, and that closed changes
	all map[*regular]struct{}
}

// open counts one in, if there may be another.
func (s *regulars) open() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return false
	}
	s.running.Add(1)
	return true
}

func (s *regulars) add(g *regular) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[g] = struct{}{}
}

func (s *regulars) remove(g *regular) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, g)
}

// Close ends the connections that Dudley reads by itself, once the posts that have
// come were answered, and takes no others. It waits for that, up to five seconds for a
// back-end that does not read. A post that is not whole goes to the server, if that
// goes on. Without RepeatsSkipMiddleware there is nothing to close.
//
// [http.Server.Shutdown] does not see these connections, so call Close after it.
func (d *Dudley) Close() {
	s := &d.regulars
	s.mu.Lock()
	s.closed.Store(true)
	now := time.Now()
	for g := range s.all {
		_ = g.conn.SetReadDeadline(now)
		_ = g.conn.SetWriteDeadline(now.Add(grace))
	}
	s.mu.Unlock()
	s.running.Wait()
}
