package hijacked_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/internal/hijacked"
)

// TestPrefix: what a handler sees is the end of what the client asked for.
func TestPrefix(t *testing.T) {
	for _, test := range []struct{ target, stripped, want string }{
		{"/a/b", "", "/"},
		{"/", "", "/"},
		{"/a/b", "/a", "/a/"},
		{"/a/b", "/a/", "/a/"},
		{"/a/", "/a", "/a/"},
		{"/a/b?x=/b", "/a", "/a/"},
		{"/a/a/a", "/a", "/a/"},
		{"/a", "/a", ""},           // "/ab" is not below it
		{"/a/b%20c", "/a", ""},     // it was decoded
		{"http://x/a/b", "/a", ""}, // it is not in the target alone
		{"/%C3%A9/c", "/é", "/%C3%A9/"},
	} {
		got := "not called"
		h := http.StripPrefix(test.stripped, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = hijacked.Prefix(r) }))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", test.target, nil))
		if got != test.want {
			t.Errorf("of %s without %q the prefix is %q, want %q", test.target, test.stripped, got, test.want)
		}
	}
}

// TestReturnAgain: a connection may leave and come back many times, and nothing that
// was read gets lost, be it more than the server reads at a time.
func TestReturnAgain(t *testing.T) {
	const visits = 300
	server := &http.Server{}
	defer server.Close()
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/leave" {
			io.WriteString(w, r.URL.Path)
			return
		}
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		early, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
		hijacked.Return(server, conn, nil, early)
	})
	var requests strings.Builder
	for i := range visits {
		fmt.Fprintf(&requests, "GET /leave HTTP/1.1\r\nHost: x\r\n\r\nGET /%d HTTP/1.1\r\nHost: x\r\n\r\nGET /leave HTTP/1.1\r\nHost: x\r\n\r\n", i)
	}
	client, conn := net.Pipe()
	defer client.Close()
	client.SetDeadline(time.Now().Add(time.Minute))
	hijacked.Return(server, conn, nil, []byte(requests.String()))
	from := bufio.NewReader(client)
	for i := range visits {
		answer, err := http.ReadResponse(from, nil)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(answer.Body); string(text) != fmt.Sprintf("/%d", i) {
			t.Errorf("answer %d is %q, %v", i, text, err)
		}
	}
}
