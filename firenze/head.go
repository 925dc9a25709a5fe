package firenze

import (
	"net/http"
	"strings"
)

// net/http writes the head of an answer only as long as the connection is its
// own. Of one that is parked, Firenze writes it, with all that the handlers before
// it have set.

// rawHead returns the head of an answer: start, which is the status line and what
// headers the form needs, and then those that were set.
func (f *Firenze) rawHead(start string, h http.Header) *string {
	head := start + "Date: " + *f.date.Load() + "\r\n" + headLines(h) + "\r\n"
	return &head
}

// headLines returns the lines of what was set, but for what depends on the
// connection and the body.
func headLines(h http.Header) string {
	var b strings.Builder
	_ = h.WriteSubset(&b, map[string]bool{"Connection": true, "Content-Length": true, "Transfer-Encoding": true, "Date": true}) // a Builder takes everything
	return b.String()
}
