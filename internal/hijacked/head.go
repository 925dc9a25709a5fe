package hijacked

import (
	"net/http"
	"strings"
)

// HeadLines returns the lines of an answer's headers that were set, but for what
// depends on the connection, the body, and the time. net/http writes them only as
// long as the connection is its own.
func HeadLines(h http.Header) string {
	var b strings.Builder
	_ = h.WriteSubset(&b, map[string]bool{"Connection": true, "Content-Length": true, "Transfer-Encoding": true, "Date": true}) // a Builder takes everything
	return b.String()
}
