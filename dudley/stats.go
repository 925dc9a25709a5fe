package dudley

import (
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/rootspush/roots/internal/batch"
)

// Stats are numbers about a Dudley.
type Stats struct {
	Updates   uint64 // that were handed on
	Bytes     uint64 // of bodies, also of those that were found to be malformed
	Refused   uint64 // requests that were not allowed, 4xx but for those below
	Malformed uint64 // requests that were no updates: 400, 411 or 413
}

type counters struct{ updates, bytes, refused, malformed atomic.Uint64 }

// Stats returns what has been counted. It does not wait.
func (d *Dudley) Stats() Stats {
	c := &d.counters
	return Stats{c.updates.Load(), c.bytes.Load(), c.refused.Load(), c.malformed.Load()}
}

// refused counts and logs a request that is not done.
func (d *Dudley) refused(r *http.Request, fault *batch.Refusal) {
	counter := &d.counters.refused
	if batch.IsMalformed(fault.Status) {
		counter = &d.counters.malformed
	}
	counter.Add(1)
	slog.Warn("dudley refuses a request", "status", fault.Status, "error", fault.Text, "remote", r.RemoteAddr)
}
