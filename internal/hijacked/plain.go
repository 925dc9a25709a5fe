package hijacked

import (
	"bytes"
	"net/http"
	"strings"
)

// Prefix returns what stands before the path of a request, as the handler sees it,
// in the target that the client sent: "/" or what [http.StripPrefix] took away. It
// returns "" if the one does not end in the other.
func Prefix(r *http.Request) string {
	target, _, _ := strings.Cut(r.RequestURI, "?")
	prefix, ok := strings.CutSuffix(target, strings.TrimPrefix(r.URL.Path, "/"))
	if !ok || !strings.HasPrefix(prefix, "/") || !strings.HasSuffix(prefix, "/") {
		return ""
	}
	return prefix
}

// CutLine returns what follows prefix in the target of a request, and what follows its
// first line, if that line is "METHOD target HTTP/1.1" and the target begins so.
func CutLine(data []byte, method, prefix string) (target, headers []byte, ok bool) {
	line, headers, found := bytes.Cut(data, crlf)
	if !found || len(line) <= len(method) || string(line[:len(method)]) != method || line[len(method)] != ' ' {
		return nil, nil, false
	}
	target, version, _ := bytes.Cut(line[len(method)+1:], blank)
	if len(target) < len(prefix) || string(target[:len(prefix)]) != prefix {
		return nil, nil, false
	}
	return target[len(prefix):], headers, string(version) == "HTTP/1.1"
}

// SkipHeaders returns what follows the headers of a request and the blank line, or nil
// if one of them needs the server: there are too many or too few, one is malformed,
// asks to use the connection in another way, or is not plain to the caller. plain gets
// the name and the value, without blanks around.
func SkipHeaders(head []byte, plain func(name, value []byte) bool) (rest []byte) {
	hosts := 0
	for {
		line, rest, ok := bytes.Cut(head, crlf)
		switch {
		case !ok, len(line) > 0 && !isPlain(line, &hosts, plain):
			return nil
		case len(line) == 0 && hosts != 1:
			return nil
		case len(line) == 0:
			return rest
		}
		head = rest
	}
}

var crlf, blank = []byte("\r\n"), []byte(" ")

func isPlain(line []byte, hosts *int, plain func(name, value []byte) bool) bool {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || !IsName(name) || !inHeaders.spells(value) {
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
	case is("Transfer-Encoding"), is("Upgrade"), is("Expect"):
		return false
	}
	return plain(name, value)
}

// IsName says that each character stands for itself, in a header's name and in a
// path.
func IsName(name []byte) bool { return len(name) > 0 && inNames.spells(name) }

// IsPath says that each character stands for itself in a path, which may be empty.
func IsPath(path []byte) bool { return inPaths.spells(path) }

// An alphabet says of each byte whether it may be there.
type alphabet [256]bool

var (
	inNames   = letters("-._~")
	inPaths   = letters("-._~/")
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
