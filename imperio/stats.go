package imperio

import (
	"net/http"
	"sync/atomic"

	"github.com/rootspush/roots/thestral"
)

// A Server takes updates from outside, by [Server.Serve] and [Server.HTTP], and
// counts them. The zero value is ready. Its methods may be called from many
// goroutines at once.
type Server struct{ updates, bytes, refused, malformed atomic.Uint64 }

// Stats are numbers about a Server.
type Stats struct {
	Updates   uint64 // that were handed on
	Bytes     uint64 // of their paths and messages
	Refused   uint64 // connections and requests that were not allowed
	Malformed uint64 // lines and requests that were no updates, or were cut
}

// Stats returns what has been counted. It does not wait.
func (s *Server) Stats() Stats {
	return Stats{s.updates.Load(), s.bytes.Load(), s.refused.Load(), s.malformed.Load()}
}

// refuses counts a request by the status of its answer.
func (s *Server) refuses(status int) {
	if status == http.StatusBadRequest {
		s.malformed.Add(1)
	} else {
		s.refused.Add(1)
	}
}

// handOn hands an update on and counts it.
func (s *Server) handOn(next thestral.Thestral, path, message string) {
	s.updates.Add(1)
	s.bytes.Add(uint64(len(path) + len(message)))
	thestral.Deliver(next, nil, path, message)
}
