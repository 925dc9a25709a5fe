package firenze

import (
	"bytes"
	"net/http"
	"strings"
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
	target, _, _ := strings.Cut(r.RequestURI, "?")
	prefix, ok := strings.CutSuffix(target, strings.TrimPrefix(r.URL.Path, "/"))
	if !ok || !strings.HasPrefix(prefix, "/") {
		return ""
	}
	return prefix
}

// parseRepeat returns the session, "ID/TOKEN", that a poll asks for whose target
// begins with prefix, and how long the request is. It returns 0 for what is not
// whole, not such a poll, or says anything that would be answered in another way.
func parseRepeat(data []byte, prefix string) (session []byte, size int) {
	line, head, ok := bytes.Cut(data, crlf)
	if !ok || prefix == "" {
		return nil, 0
	}
	target, isGet := bytes.CutPrefix(line, []byte("GET "))
	target, isHTTP := bytes.CutSuffix(target, []byte(" HTTP/1.1"))
	if !isGet || !isHTTP || len(target) < len(prefix) || string(target[:len(prefix)]) != prefix {
		return nil, 0
	}
	session = target[len(prefix):]
	id, token, _ := bytes.Cut(session, slash)
	rest := skipPlainHeaders(head)
	if !isName(id) || !isName(token) || rest == nil {
		return nil, 0
	}
	return session, len(data) - len(rest)
}

var crlf, slash = []byte("\r\n"), []byte("/")

// skipPlainHeaders returns what follows the headers of a request, or nil if one of
// them needs the server: there are too many or too few, it is malformed, or it
// changes the answer.
func skipPlainHeaders(head []byte) (rest []byte) {
	hosts := 0
	for {
		line, rest, ok := bytes.Cut(head, crlf)
		switch {
		case !ok, len(line) > 0 && !isPlainHeader(line, &hosts):
			return nil
		case len(line) == 0 && hosts != 1:
			return nil
		case len(line) == 0:
			return rest
		}
		head = rest
	}
}

func isPlainHeader(line []byte, hosts *int) bool {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || !isName(name) || !inHeaders.spells(value) {
		return false
	}
	value = bytes.TrimSpace(value)
	is := func(s string) bool { return len(name) == len(s) && strings.EqualFold(string(name), s) }
	switch {
	case is("Host"):
		*hosts++
		return inHosts.spells(value)
	case is("Connection"):
		return strings.EqualFold(string(value), "keep-alive")
	case is("Accept"):
		return !bytes.Contains(value, []byte("event-stream"))
	case is("Content-Length"), is("Transfer-Encoding"), is("Upgrade"), is("Expect"), is("Origin"), is("Last-Event-ID"):
		return false
	}
	return true
}

// isName says that each character stands for itself, in a header's name and in a
// path.
func isName(name []byte) bool { return len(name) > 0 && inNames.spells(name) }

// An alphabet says of each byte whether it may be there.
type alphabet [256]bool

var (
	inNames   = letters("-._~")
	inHosts   = letters("-._~:[]")
	inHeaders = text()
)

// letters has letters, digits and others.
func letters(others string) (a alphabet) {
	for c := range a {
		a[c] = '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || strings.IndexByte(others, byte(c)) >= 0
	}
	return a
}

// text has all but control characters, of which there may be tabs.
func text() (a alphabet) {
	for c := range a {
		a[c] = c >= ' ' && c != 0x7f || c == '\t'
	}
	return a
}

// spells says that b consists of these.
func (a *alphabet) spells(b []byte) bool {
	for _, c := range b {
		if !a[c] {
			return false
		}
	}
	return true
}
