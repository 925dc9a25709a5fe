package firenze

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/rootspush/roots/internal/hijacked"
)

// A client that polls sends the same request again and again, but for the token.
// Reading it here costs a fraction of what the server takes. Whatever is not
// plainly such a request is left to the server, which also knows how to refuse.

// repeatPrefix returns what stands before ID/TOKEN in the target of a poll that
// may be repeated without the server, or "".
func (f *Firenze) repeatPrefix(r *http.Request) string {
	if !f.options.RepeatsSkipMiddleware {
		return ""
	}
	return hijacked.Prefix(r)
}

// parseRepeat returns the session, "ID/TOKEN", that a poll asks for whose target
// begins with prefix, and how long the request is. It returns 0 for what is not
// whole, not such a poll, or says anything that would be answered in another way.
func parseRepeat(data []byte, prefix string) (session []byte, size int) {
	session, head, ok := hijacked.CutLine(data, http.MethodGet, prefix)
	if !ok || prefix == "" {
		return nil, 0
	}
	id, token, _ := bytes.Cut(session, slash)
	rest := hijacked.SkipHeaders(head, samePoll)
	if !hijacked.IsName(id) || !hijacked.IsName(token) || rest == nil {
		return nil, 0
	}
	return session, len(data) - len(rest)
}

var slash = []byte("/")

// samePoll says that a header does not change how a poll is answered.
func samePoll(name, value []byte) bool {
	is := func(s string) bool { return len(name) == len(s) && strings.EqualFold(string(name), s) }
	switch {
	case is("Accept"):
		return !bytes.Contains(value, []byte("event-stream"))
	case is("Content-Length"), is("Origin"), is("Last-Event-ID"):
		return false
	}
	return true
}
