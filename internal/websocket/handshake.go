package websocket

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A Refusal is the answer to a request that can't become a WebSocket.
type Refusal struct {
	Status int         // of HTTP
	Header http.Header // to be sent with it, may be nil
	Reason string      // in plain text
}

// IsHandshake says whether a request asks for a WebSocket, rightly or wrongly.
func IsHandshake(r *http.Request) bool {
	return hasToken(r.Header.Values("Upgrade"), "websocket")
}

// Accept checks a handshake and returns the answer to write to the connection,
// after which both sides send frames. It does not look at the Origin, see
// [SameOrigin]. What the connection's reader has buffered behind the request
// belongs to the [Reader].
func Accept(r *http.Request) (response []byte, refusal *Refusal) {
	key := only(r.Header, "Sec-WebSocket-Key")
	version := only(r.Header, "Sec-WebSocket-Version")
	switch {
	case r.Method != http.MethodGet:
		return nil, refuse(http.StatusMethodNotAllowed, http.Header{"Allow": {http.MethodGet}},
			"a WebSocket begins with GET, not with %.80q", r.Method)
	case r.Proto != "HTTP/1.1":
		return nil, refuse(http.StatusHTTPVersionNotSupported, nil, "a WebSocket begins with HTTP/1.1, not with %.80q", r.Proto)
	case !IsHandshake(r) || version != "13":
		return nil, refuse(http.StatusUpgradeRequired, http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Version": {"13"}},
			"this takes an upgrade to \"websocket\", version \"13\", not to %.80q, version %.80q", r.Header.Get("Upgrade"), version)
	case !hasToken(r.Header.Values("Connection"), "upgrade"):
		return nil, refuse(http.StatusBadRequest, nil, "the Connection header is %.80q, it must name \"Upgrade\"", r.Header.Get("Connection"))
	case !isKey(key):
		return nil, refuse(http.StatusBadRequest, nil, "the Sec-WebSocket-Key is %.80q, it must be 16 bytes in base64, once", key)
	case r.ContentLength != 0:
		return nil, refuse(http.StatusBadRequest, nil, "the handshake has a body, it must have none")
	}
	return fmt.Appendf(nil, "HTTP/1.1 101 Switching Protocols\r\n"+
		"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", digest(key)), nil
}

// SameOrigin says whether a page that sent the request may: its Origin equals
// the Host or is one of those allowed, as "https://example.org". A request
// without an Origin comes from no browser. Browsers let any page open a
// WebSocket to anywhere, with the user's cookies, so this is the only fence.
func SameOrigin(r *http.Request, allowed []string) bool {
	origins := r.Header.Values("Origin")
	if len(origins) != 1 {
		return len(origins) == 0
	}
	// The scheme is not compared: a proxy may have taken the TLS off.
	_, host, ok := strings.Cut(origins[0], "://")
	return ok && host != "" && strings.EqualFold(host, r.Host) || slices.Contains(allowed, origins[0])
}

// digest proves to the client that it talks to a WebSocket and not to something
// that merely echoes.
func digest(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func isKey(key string) bool {
	nonce, err := base64.StdEncoding.DecodeString(key)
	return err == nil && len(nonce) == 16
}

// only returns the value of a header that may stand there once.
func only(h http.Header, name string) string {
	values := h.Values(name)
	if len(values) != 1 {
		return ""
	}
	return strings.Trim(values[0], " \t")
}

func hasToken(values []string, token string) bool {
	for item := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if strings.EqualFold(strings.Trim(item, " \t"), token) {
			return true
		}
	}
	return false
}

func refuse(status int, header http.Header, format string, args ...any) *Refusal {
	return &Refusal{status, header, fmt.Sprintf(format, args...)}
}
