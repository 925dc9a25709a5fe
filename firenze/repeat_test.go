package firenze

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

const repeatLine = "GET /comet/dolores-x-1/KEY-12 HTTP/1.1\r\n"

// plainRepeats are read without the server.
var plainRepeats = []string{
	repeatLine + "Host: localhost\r\n\r\n",
	repeatLine + "host:localhost:8008\r\nConnection: Keep-Alive\r\nAccept: */*\r\nCookie: a=b; c=\"d\"\r\nUser-Agent: x\r\n\r\n",
	repeatLine + "X_y-9: \t \r\nHOST:\r\nAccept: application/json, text/plain\r\n\r\n",
	strings.Replace(repeatLine, "KEY-12", "KEY-0", 1) + "Host: [::1]:80\r\n\r\n",
}

// otherRequests are the server's.
var otherRequests = []string{
	"", "\r\n\r\n", "GET", repeatLine, repeatLine + "\r\n", repeatLine + "Host: a\r\n", repeatLine + "Host: a\r\n\r", "\r\n" + plainRepeats[0],
	repeatLine + "Host: a\r\nHost: a\r\n\r\n", repeatLine + "Host: a b\r\n\r\n", repeatLine + "Host: a/b\r\n\r\n",
	repeatLine + "Host: a\r\nContent-Length: 0\r\n\r\n", repeatLine + "Host: a\r\nContent-Length: 5\r\n\r\nhello",
	repeatLine + "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", repeatLine + "Host: a\r\nTRANSFER-ENCODING: chunked\r\n\r\n",
	repeatLine + "Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", repeatLine + "Host: a\r\nUpgrade: h2c\r\n\r\n",
	repeatLine + "Host: a\r\nExpect: 100-continue\r\n\r\n", repeatLine + "Host: a\r\nOrigin: null\r\n\r\n",
	repeatLine + "Host: a\r\nLast-Event-ID: dolores-x-1/KEY-13\r\n\r\n", repeatLine + "Host: a\r\nAccept: text/event-stream\r\n\r\n",
	repeatLine + "Host: a\r\nAccept: */*\r\naccept: text/event-stream\r\n\r\n",
	repeatLine + "Host: a\r\nConnection: close\r\n\r\n", repeatLine + "Host: a\r\nConnection: keep-alive, close\r\n\r\n",
	repeatLine + "Host: a\r\nX : y\r\n\r\n", repeatLine + "Host: a\r\n folded\r\n\r\n", repeatLine + "Host: a\r\nX\r\n\r\n", repeatLine + "Host: a\r\n: y\r\n\r\n",
	repeatLine + "Host: a\r\nX: a\nOrigin: null\r\n\r\n", repeatLine + "Host: a\r\nX: a\rb\r\n\r\n", repeatLine + "Host: a\r\nX: a\x00b\r\n\r\n",
	repeatLine + "Host: a\r\nX: a\x01b\r\n\r\n", repeatLine + "Host: a\r\nX: a\x7fb\r\n\r\n",
	strings.ReplaceAll(plainRepeats[0], "\r\n", "\n"),
	"POST" + plainRepeats[0][3:], "HEAD" + plainRepeats[0][3:], "get" + plainRepeats[0][3:], "GET " + plainRepeats[0][3:],
	strings.Replace(plainRepeats[0], "1.1", "1.0", 1), strings.Replace(plainRepeats[0], "1.1", "2.0", 1),
	strings.Replace(plainRepeats[0], "KEY-12", "KEY-12/bye", 1), strings.Replace(plainRepeats[0], "KEY-12", "KEY-12/", 1),
	strings.Replace(plainRepeats[0], "KEY-12", "KEY-%312", 1), strings.Replace(plainRepeats[0], "KEY-12", "KEY-12 x", 1),
	strings.Replace(plainRepeats[0], "KEY-12", "KEY-12?a b", 1), strings.Replace(plainRepeats[0], "KEY-12", "KEY-12?\nHost: b", 1),
	strings.Replace(plainRepeats[0], "KEY-12", "KEY-12\x00", 1), strings.Replace(plainRepeats[0], "KEY-12", "KEY-12#x", 1),
	strings.Replace(plainRepeats[0], "/comet/dolores-x-1/", "/comet/dolores-x-1//", 1), strings.Replace(plainRepeats[0], "/KEY-12", "", 1),
	strings.Replace(plainRepeats[0], "/comet/", "/other/", 1), strings.Replace(plainRepeats[0], "/comet/", "http://localhost/comet/", 1),
}

// TestParseRepeat tells a plain poll from what is the server's, whatever follows
// it, and takes none that is not whole.
func TestParseRepeat(t *testing.T) {
	for _, request := range plainRepeats {
		for _, next := range []string{"", "GET", plainRepeats[0]} {
			session, size := parseRepeat([]byte(request+next), "/comet/")
			if !strings.HasPrefix(string(session), "dolores-x-1/KEY-") || size != len(request) {
				t.Errorf("%q is read as %q of %d bytes", request, session, size)
			}
		}
		for end := range request {
			if _, size := parseRepeat([]byte(request[:end]), "/comet/"); size != 0 {
				t.Errorf("%q is not whole, and read as %d bytes", request[:end], size)
			}
		}
		if _, size := parseRepeat([]byte(request), ""); size != 0 {
			t.Errorf("%q is read although repeats are the server's", request)
		}
	}
	for _, request := range otherRequests {
		if session, size := parseRepeat([]byte(request), "/comet/"); size != 0 {
			t.Errorf("%q is read as %q of %d bytes", request, session, size)
		}
	}
}

// FuzzParseRepeat compares it with the server: what it takes for a poll is one, of
// the same id and token and of the same length, and has nothing in it that would be
// answered in another way.
func FuzzParseRepeat(f *testing.F) {
	for _, request := range append(plainRepeats, otherRequests...) {
		f.Add([]byte(request))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		session, size := parseRepeat(data, "/comet/")
		if size == 0 {
			return
		}
		source := bytes.NewReader(data)
		r := bufio.NewReader(source)
		request, err := http.ReadRequest(r)
		if err != nil {
			t.Fatalf("%q is read, and for net/http it is %v", data, err)
		}
		if read := len(data) - source.Len() - r.Buffered(); read != size {
			t.Errorf("%q is %d bytes long instead of %d", data, size, read)
		}
		if want := "/comet/" + string(session); request.URL.Path != want || request.RequestURI != want || request.URL.RawQuery != "" {
			t.Errorf("%q is read as %q", data, want)
		}
		h := request.Header
		if request.Method != "GET" || request.Proto != "HTTP/1.1" || request.Close || request.ContentLength != 0 || wantsEvents(request) ||
			h.Get("Upgrade")+h.Get("Expect")+h.Get("Origin")+h.Get("Last-Event-ID")+h.Get("Content-Length") != "" {
			t.Errorf("%q is no plain poll", data)
		}
		if path := serveOnce(t, data[:size]); path != request.URL.Path {
			t.Errorf("%q is refused by a server", data)
		}
	})
}

// serveOnce returns the path that a server reads in a request, or "" if it refuses.
func serveOnce(t *testing.T, request []byte) (path string) {
	client, conn := net.Pipe()
	defer client.Close()
	paths := make(chan string, 1)
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { paths <- r.URL.Path })}
	defer server.Close()
	go server.Serve(&once{conn: conn, given: make(chan bool, 1)})
	client.SetDeadline(time.Now().Add(10 * time.Second))
	go client.Write(request)
	if _, err := http.ReadResponse(bufio.NewReader(client), nil); err != nil {
		t.Fatal(err)
	}
	select {
	case path = <-paths:
	default:
	}
	return path
}

// once is a listener of one connection.
type once struct {
	conn  net.Conn
	given chan bool
}

func (o *once) Accept() (net.Conn, error) {
	select {
	case o.given <- true:
		return o.conn, nil
	default:
		return nil, net.ErrClosed
	}
}

func (o *once) Addr() net.Addr { return o.conn.LocalAddr() }
func (o *once) Close() error   { return nil }
