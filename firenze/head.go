package firenze

import (
	"net/http"

	"github.com/rootspush/roots/internal/hijacked"
)

// net/http writes the head of an answer only as long as the connection is its
// own. Of one that is parked, Firenze writes it, with all that the handlers before
// it have set.

// rawHead returns the head of an answer: start, which is the status line and what
// headers the form needs, and then those that were set.
func (f *Firenze) rawHead(start string, h http.Header) *string {
	head := start + "Date: " + *f.date.Load() + "\r\n" + hijacked.HeadLines(h) + "\r\n"
	return &head
}
