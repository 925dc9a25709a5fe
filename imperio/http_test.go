package imperio_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

// ask sends one request to the HTTP form and returns its answer.
func ask(receiver thestral.Thestral, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", nil)
	r.RequestURI, r.Host = target, "localhost:8003"
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
		if name == "Host" {
			r.Host = value
		}
	}
	w := httptest.NewRecorder()
	new(imperio.Server).HTTP(receiver).ServeHTTP(w, r)
	return w
}

func TestHTTPTakes(t *testing.T) {
	for _, test := range []struct {
		target string
		want   thestral.Update
	}{
		{"/tasks;hello", up("tasks", "hello")},
		{"/%3A%3Aconnect%3BID-%3Etasks", up("::connect", "ID->tasks")},
		{"/my/data%3Bx/y", up("my/data", "x/y")},
		{"//a/../b;m", up("/a/../b", "m")},
		{"/tasks", up("tasks", "")},
		{"/tasks;%20%20x", up("tasks", " x")},
		{"/p;1+1", up("p", "1+1")},
		{"/p;what?a=1&b=%3F", up("p", "what?a=1&b=?")},
		{"/p?q;m", up("p?q", "m")},
		{"/p;a;b", up("p", "a;b")},
		{"/p;a%0Ab", up("p", "a\nb")},
		{"/p;%7B%22t%22:%22%5Cu00e9%5Cn%5C%5C%22%7D", up("p", `{"t":"\u00e9\n\\"}`)},
		{"/p;%C3%A4", up("p", "ä")},
		{"/" + strings.Repeat("p", 255), up(strings.Repeat("p", 255), "")},
		{"/p;" + strings.Repeat("m", 64<<10), up("p", strings.Repeat("m", 64<<10))},
	} {
		t.Run(fmt.Sprintf("%.40s", test.target), func(t *testing.T) {
			receiver := new(heard)
			w := ask(receiver, "GET", test.target)
			receiver.want(t, test.want)
			if w.Code != http.StatusOK || w.Body.String() != "{sent:true}" {
				t.Errorf("answer is %d %q", w.Code, w.Body)
			}
			if h := w.Header(); h.Get("Content-Type") != "application/json" || h.Get("Content-Length") != "11" {
				t.Errorf("headers are %v", h)
			}
		})
	}
}

func TestHTTPRefuses(t *testing.T) {
	for _, test := range []struct {
		name, method, target string
		headers              []string
		code                 int
		log                  string
	}{
		{"no path", "GET", "/", nil, 400, "path is empty"},
		{"only a message", "GET", "/;m", nil, 400, "path is empty"},
		{"line feed in the path", "GET", "/a%0Ab;m", nil, 400, "control character"},
		{"path too long", "GET", "/" + strings.Repeat("p", 256), nil, 400, "at most 255"},
		{"message too long", "GET", "/p;" + strings.Repeat("m", 64<<10+1), nil, 400, "at most 65536"},
		{"not UTF-8", "GET", "/p;%FF", nil, 400, "not UTF-8"},
		{"bad escape", "GET", "/p;?%zz", nil, 400, "invalid URL escape"},
		{"absolute target", "GET", "http://localhost:8003/p;m", nil, 400, "must begin with a slash"},
		{"POST", "POST", "/p;m", nil, 405, "only GET"},
		{"HEAD", "HEAD", "/p;m", nil, 405, "only GET"},
		{"OPTIONS", "OPTIONS", "/p;m", nil, 405, "only GET"},
		{"cross-site", "GET", "/p;m", []string{"Sec-Fetch-Site: cross-site"}, 403, "another site"},
		{"same-site", "GET", "/p;m", []string{"Sec-Fetch-Site: same-site"}, 403, "another site"},
		{"other origin", "GET", "/p;m", []string{"Origin: http://evil.example"}, 403, "another site"},
		{"other port", "GET", "/p;m", []string{"Origin: http://localhost:8008"}, 403, "another site"},
		{"null origin", "GET", "/p;m", []string{"Origin: null"}, 403, "another site"},
		{"broken origin", "GET", "/p;m", []string{"Origin: http://%zz"}, 403, "another site"},
		{"other referer", "GET", "/p;m", []string{"Referer: http://evil.example/page"}, 403, "another site"},
		{"other name", "GET", "/p;m", []string{"Host: evil.example:8003"}, 421, "loopback"},
		{"other address", "GET", "/p;m", []string{"Host: 10.0.0.1"}, 421, "loopback"},
		{"name like loopback", "GET", "/p;m", []string{"Host: 127.0.0.1.evil.example"}, 421, "loopback"},
		{"no host", "GET", "/p;m", []string{"Host: "}, 421, "loopback"},
	} {
		t.Run(test.name, func(t *testing.T) {
			warnings, receiver := logged(t), new(heard)
			w := ask(receiver, test.method, test.target, test.headers...)
			receiver.want(t)
			warnings.wantLines(t, test.log)
			if w.Code != test.code || w.Body.String() != "{error:true}" {
				t.Errorf("answer is %d %q, want %d", w.Code, w.Body, test.code)
			}
			if allow := w.Header().Get("Allow"); (allow == "GET") != (test.code == 405) {
				t.Errorf("answer %d has Allow: %q", w.Code, allow)
			}
		})
	}
}

func TestHTTPKnowsItsOwn(t *testing.T) {
	for _, header := range []string{
		"Host: localhost", "Host: LOCALHOST:8003", "Host: 127.0.0.1:8003", "Host: 127.9.9.9", "Host: [::1]:8003", "Host: [::1]",
		"Sec-Fetch-Site: none", "Sec-Fetch-Site: same-origin", "Origin: http://localhost:8003", "Referer: http://localhost:8003/page",
	} {
		receiver := new(heard)
		if w := ask(receiver, "GET", "/p;m", header); w.Code != http.StatusOK {
			t.Errorf("with %q the answer is %d", header, w.Code)
		}
		receiver.want(t, up("p", "m"))
	}
}

func TestHTTPSurvivesItsReceiver(t *testing.T) {
	warnings := logged(t)
	if w := ask(new(grumpy), "GET", "/bad;m"); w.Code != http.StatusOK {
		t.Errorf("answer is %d, want 200: the update was handed on", w.Code)
	}
	warnings.wantLines(t, "a receiver panicked")
}

// TestHTTPOnLoopback sends byte for byte what a client of 2009 sent.
func TestHTTPOnLoopback(t *testing.T) {
	receiver := new(heard)
	server := httptest.NewServer(new(imperio.Server).HTTP(receiver))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /%%3A%%3Aconnect%%3BID-%%3Etasks HTTP/1.1\r\nAccept-Encoding: identity\r\nHost: %s\r\nConnection: close\r\nUser-Agent: Python-urllib/2.6\r\n\r\n", conn.RemoteAddr())
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	if !strings.HasPrefix(head, "HTTP/1.1 200 OK\r\n") || !strings.Contains(head, "\r\nContent-Length: 11\r\n") || body != "{sent:true}" {
		t.Errorf("the answer is %q", answer)
	}
	receiver.want(t, up("::connect", "ID->tasks"))
}
