package websocket_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/websocket"
)

// The handshake of section 1.2, with the key and the answer of section 1.3.
const rfcHandshake = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n" +
	"Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n"

const rfcAnswer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

// request is the RFC's, with parts of it replaced.
func request(t *testing.T, oldnew ...string) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.NewReplacer(oldnew...).Replace(rfcHandshake))))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHandshake(t *testing.T) {
	const (
		upgrade    = "Upgrade: websocket\r\n"
		connection = "Connection: Upgrade\r\n"
		key        = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		version    = "Sec-WebSocket-Version: 13\r\n"
	)
	for name, c := range map[string]struct {
		replace []string
		status  int
		asked   bool // for a WebSocket at all
	}{
		"as in the RFC":         {nil, 101, true},
		"other case":            {[]string{upgrade, "upgrade: WebSocket\r\n", connection, "connection: uPGRADE\r\n"}, 101, true},
		"list of tokens":        {[]string{upgrade, "Upgrade: h2c ,\twebsocket\r\n", connection, "Connection: keep-alive, Upgrade\r\n"}, 101, true},
		"two header lines":      {[]string{connection, "Connection: keep-alive\r\nConnection: upgrade\r\n"}, 101, true},
		"blanks around the key": {[]string{key, "Sec-WebSocket-Key: \t dGhlIHNhbXBsZSBub25jZQ== \r\n"}, 101, true},
		"the key of 4.1":        {[]string{key, "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==\r\n"}, 101, true},

		"POST":                  {[]string{"GET", "POST"}, 405, true},
		"HTTP/1.0":              {[]string{"HTTP/1.1", "HTTP/1.0"}, 505, true},
		"HTTP/2":                {[]string{"HTTP/1.1", "HTTP/2.0"}, 505, true},
		"no Upgrade":            {[]string{upgrade, ""}, 426, false},
		"another Upgrade":       {[]string{upgrade, "Upgrade: h2c\r\n"}, 426, false},
		"half a token":          {[]string{upgrade, "Upgrade: websockets\r\n"}, 426, false},
		"two tokens in one":     {[]string{upgrade, "Upgrade: h2c websocket\r\n"}, 426, false},
		"no Connection":         {[]string{connection, ""}, 400, true},
		"Connection keep-alive": {[]string{connection, "Connection: keep-alive\r\n"}, 400, true},
		"no version":            {[]string{version, ""}, 426, true},
		"version 8":             {[]string{version, "Sec-WebSocket-Version: 8\r\n"}, 426, true},
		"version 14":            {[]string{version, "Sec-WebSocket-Version: 14\r\n"}, 426, true},
		"version 013":           {[]string{version, "Sec-WebSocket-Version: 013\r\n"}, 426, true},
		"two versions":          {[]string{version, version + version}, 426, true},
		"no key":                {[]string{key, ""}, 400, true},
		"empty key":             {[]string{key, "Sec-WebSocket-Key:\r\n"}, 400, true},
		"two keys":              {[]string{key, key + key}, 400, true},
		"key of 15 bytes":       {[]string{key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n"}, 400, true},
		"key of 17 bytes":       {[]string{key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSE=\r\n"}, 400, true},
		"key without its end":   {[]string{key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n"}, 400, true},
		"key not in base64":     {[]string{key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q==\r\n"}, 400, true},
		"a body":                {[]string{version, version + "Content-Length: 2\r\n"}, 400, true},
		"a body of any length":  {[]string{version, version + "Transfer-Encoding: chunked\r\n"}, 400, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(t, c.replace...)
			if websocket.IsHandshake(r) != c.asked {
				t.Errorf("IsHandshake is %v, want %v", !c.asked, c.asked)
			}
			response, refusal := websocket.Accept(r)
			status := http.StatusSwitchingProtocols
			if refusal != nil {
				status = refusal.Status
			}
			if status != c.status || (refusal == nil) != strings.HasPrefix(string(response), "HTTP/1.1 101 ") {
				t.Errorf("status %d, response %q, refusal %+v; want status %d", status, response, refusal, c.status)
			}
		})
	}
}

func TestHandshakeAnswer(t *testing.T) {
	if response, _ := websocket.Accept(request(t)); string(response) != rfcAnswer {
		t.Errorf("the answer is\n%s\nwant\n%s", response, rfcAnswer)
	}
}

func TestRefusalHeaders(t *testing.T) {
	_, method := websocket.Accept(request(t, "GET", "PUT"))
	_, version := websocket.Accept(request(t, "Version: 13", "Version: 7"))
	want := []*websocket.Refusal{
		{405, http.Header{"Allow": {"GET"}}, `a WebSocket begins with GET, not with "PUT"`},
		{426, http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Version": {"13"}},
			`this takes an upgrade to "websocket", version "13", not to "websocket", version "7"`},
	}
	if diff := cmp.Diff(want, []*websocket.Refusal{method, version}); diff != "" {
		t.Errorf("want - got +\n%s", diff)
	}
}

func TestSameOrigin(t *testing.T) {
	const line, host = "Origin: http://example.com\r\n", "Host: server.example.com\r\n"
	allowed := []string{"https://app.example.org", "http://localhost:3000"}
	for name, c := range map[string]struct {
		replace []string
		want    bool
	}{
		"no origin":              {[]string{line, ""}, true},
		"the host":               {[]string{line, "Origin: http://server.example.com\r\n"}, true},
		"the host, other case":   {[]string{line, "Origin: https://Server.Example.com\r\n"}, true},
		"the host and port":      {[]string{line, "Origin: http://localhost:8008\r\n", host, "Host: localhost:8008\r\n"}, true},
		"an address of IPv6":     {[]string{line, "Origin: http://[::1]:8008\r\n", host, "Host: [::1]:8008\r\n"}, true},
		"listed":                 {[]string{line, "Origin: https://app.example.org\r\n"}, true},
		"listed with a port":     {[]string{line, "Origin: http://localhost:3000\r\n"}, true},
		"another":                {nil, false},
		"another port":           {[]string{line, "Origin: http://server.example.com:8008\r\n"}, false},
		"the parent":             {[]string{line, "Origin: http://example.com\r\n"}, false},
		"a child":                {[]string{line, "Origin: http://evil.server.example.com\r\n"}, false},
		"the host as its front":  {[]string{line, "Origin: http://server.example.com.evil.org\r\n"}, false},
		"the host as its user":   {[]string{line, "Origin: http://server.example.com@evil.org\r\n"}, false},
		"the host behind a path": {[]string{line, "Origin: http://evil.org/://server.example.com\r\n"}, false},
		"listed, other scheme":   {[]string{line, "Origin: http://app.example.org\r\n"}, false},
		"listed, other port":     {[]string{line, "Origin: https://app.example.org:8443\r\n"}, false},
		"null":                   {[]string{line, "Origin: null\r\n"}, false},
		"empty":                  {[]string{line, "Origin:\r\n"}, false},
		"empty, as is the host":  {[]string{line, "Origin: http://\r\n", host, "Host:\r\n"}, false},
		"no scheme":              {[]string{line, "Origin: server.example.com\r\n"}, false},
		"two":                    {[]string{line, "Origin: http://server.example.com\r\nOrigin: http://evil.org\r\n"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := websocket.SameOrigin(request(t, c.replace...), allowed); got != c.want {
				t.Errorf("SameOrigin is %v, want %v", got, c.want)
			}
		})
	}
}
