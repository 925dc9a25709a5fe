package dudley_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// raw sends bytes to a real server with this handler, ends its side of the
// connection, and returns all bytes of the answer.
func raw(t *testing.T, h http.Handler, request string) string {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(conn, request)
	conn.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// post writes a request as a client that reads JSON sends it.
func post(target, body string, headers ...string) string {
	return request("POST "+target, body, append(headers, "Host: localhost:8004", "Accept: application/json")...)
}

func request(methodAndTarget, body string, headers ...string) string {
	return fmt.Sprintf("%s HTTP/1.1\r\n%s\r\nContent-Length: %d\r\n\r\n%s",
		methodAndTarget, strings.Join(headers, "\r\n"), len(body), body)
}

// ask sends one raw request to a new Dudley and returns the answer, its body,
// and what arrived.
func ask(t *testing.T, opt dudley.Options, request string) (*http.Response, string, []thestral.Update) {
	t.Helper()
	var rec thestraltest.Recorder
	answer, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw(t, dudley.New(&rec, opt), request))), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body), rec.Updates()
}

const taken = `{"success":true}`

// TestTaken: requests that are taken, and what arrives of them. What a batch may
// hold is tried in package batch.
func TestTaken(t *testing.T) {
	for _, test := range []struct {
		name, request string
		want          []thestral.Update
	}{
		{"batch in order", post("/", `[{"path":"b","message":"1"},{"path":"a","message":"2"},{"path":"b","message":"3"}]`),
			[]thestral.Update{{Path: "b", Message: "1"}, {Path: "a", Message: "2"}, {Path: "b", Message: "3"}}},
		{"empty batch", post("/", `[]`), nil},
		{"control path", post("/", `[{"path":"::connect","message":"id->p"}]`), []thestral.Update{{Path: "::connect", Message: "id->p"}}},
		{"escapes in JSON", post("/", `[{"path":"\u0061\u002fb","message":"\ud83e\udd89\n\u0000"}]`), []thestral.Update{{Path: "a/b", Message: "🦉\n\x00"}}},

		{"object", post("/", `[{"path":"p","message": {"b": [1, 2.50, "x y"], "a": "<->"} }]`), []thestral.Update{{Path: "p", Message: `{"b":[1,2.50,"x y"],"a":"<->"}`}}},

		{"text", post("/my/data", "hello\n"), []thestral.Update{{Path: "my/data", Message: "hello\n"}}},
		{"JSON is text too", post("/p", ` [1]`), []thestral.Update{{Path: "p", Message: ` [1]`}}},
		{"no body", post("/p", ""), []thestral.Update{{Path: "p"}}},
		{"control path as address", post("/::connect", "id->p"), []thestral.Update{{Path: "::connect", Message: "id->p"}}},
		{"decoded once", post("/a%2520b%2Fc", "m"), []thestral.Update{{Path: "a%20b/c", Message: "m"}}},
		{"plus is plus", post("/a+b", "m"), []thestral.Update{{Path: "a+b", Message: "m"}}},
		{"semicolon", post("/a;b", "m"), []thestral.Update{{Path: "a;b", Message: "m"}}},
		{"question mark", post("/a%3Fb", "m"), []thestral.Update{{Path: "a?b", Message: "m"}}},
		{"letters of all the world", post("/caf%C3%A9", "m"), []thestral.Update{{Path: "café", Message: "m"}}},
		{"slashes in front", post("//a", "m"), []thestral.Update{{Path: "/a", Message: "m"}}},
		{"slashes alone", post("//", "m"), []thestral.Update{{Path: "/", Message: "m"}}},
		{"encoded slash alone", post("/%2F", "m"), []thestral.Update{{Path: "/", Message: "m"}}},
		{"slashes within and behind", post("/a//b/", "m"), []thestral.Update{{Path: "a//b/", Message: "m"}}},
		{"dots", post("/a/../b/./c", "m"), []thestral.Update{{Path: "a/../b/./c", Message: "m"}}},
		{"encoded dots", post("/%2e%2e/b", "m"), []thestral.Update{{Path: "../b", Message: "m"}}},
		{"a whole URL", post("http://localhost:8004//a/../b", "m"), []thestral.Update{{Path: "/a/../b", Message: "m"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer, body, got := ask(t, dudley.Options{}, test.request)
			if answer.StatusCode != 200 || body != taken {
				t.Errorf("answered %d %s", answer.StatusCode, body)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("arrived (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRefused: requests that are refused, of which nothing arrives.
func TestRefused(t *testing.T) {
	const good = `{"path":"p","message":"m"}`
	const missing = `the message is missing, as in {"path":"my/data","message":"text"}`
	at1 := func(item string) string { return post("/", "["+good+","+item+","+good+"]") }
	for _, test := range []struct {
		name, request string
		opt           dudley.Options
		status        int
		text          string // of the error
		index         string // of the item at fault, as it is written in the answer
	}{
		{"empty body", post("/", ""), dudley.Options{}, 400, "the body is no JSON: unexpected end of JSON input at byte 0", ""},

		{"message missing", at1(`{"path":"p"}`), dudley.Options{}, 400, missing, "1"},

		{"%00 in a path", post("/a%00b", "m"), dudley.Options{}, 400, `path "a\x00b" has a control character in it, only printable text is allowed`, ""},
		{"%FF in a path", post("/a%FF", "m"), dudley.Options{}, 400, `path "a\xff" is not UTF-8 text`, ""},
		{"text not UTF-8", post("/p", "\xff"), dudley.Options{}, 400, `message "\xff" is not UTF-8 text`, ""},
		{"query", post("/p?x=1", "m"), dudley.Options{}, 400, `the address has a query, in a path "?" is written %3F`, ""},
		{"empty query", post("/p?", "m"), dudley.Options{}, 400, `the address has a query, in a path "?" is written %3F`, ""},

		{"control path not allowed", at1(`{"path":"\u003a:connect","message":"id->p"}`), dudley.Options{RefuseControl: true}, 403, `control path "::connect" is not allowed here, only paths without "::" in front are`, "1"},
		{"control address not allowed", post("/%3A%3Aconnect", "id->p"), dudley.Options{RefuseControl: true}, 403, `control path "::connect" is not allowed here, only paths without "::" in front are`, ""},

		{"GET", request("GET /p", "", "Host: localhost", "Accept: */*"), dudley.Options{}, 405, `method "GET" does nothing here, updates are sent by POST`, ""},
		{"no length", "POST /p HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nm\r\n0\r\n\r\n", dudley.Options{}, 411, "the length of the body is unknown, send Content-Length", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := `{"error":"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(test.text) + `"`
			if test.index != "" {
				want += `,"index":` + test.index
			}
			answer, body, got := ask(t, test.opt, test.request)
			if answer.StatusCode != test.status || body != want+"}" {
				t.Errorf("answered %d %s\nwant     %d %s", answer.StatusCode, body, test.status, want+"}")
			}
			if len(got) > 0 {
				t.Errorf("arrived: %v", got)
			}
		})
	}
}

// TestHeaders: what every answer carries, and what some do.
func TestHeaders(t *testing.T) {
	for _, test := range []struct {
		name, request string
		want          map[string]string
	}{
		{"success", post("/p", "m"), map[string]string{"Content-Type": "application/json", "Content-Length": "16", "Allow": "", "Www-Authenticate": ""}},
		{"method", request("PUT /p", "m", "Host: localhost"), map[string]string{"Content-Type": "text/html", "Content-Length": "12", "Allow": "POST"}},
		{"token", request("POST /p", "m", "Host: localhost"), map[string]string{"Www-Authenticate": "Bearer"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			opt := dudley.Options{}
			if test.name == "token" {
				opt.Token = "secret"
			}
			answer, _, _ := ask(t, opt, test.request)
			test.want["Cache-Control"] = "no-store"
			test.want["X-Content-Type-Options"] = "nosniff"
			for name, want := range test.want {
				if got := answer.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestOrder: every update of a batch arrives, in the order written, also when
// the receiver is no Prompt one and so stands behind a queue.
func TestOrder(t *testing.T) {
	for name, behind := range map[string]func(*thestraltest.Recorder) thestral.Thestral{
		"prompt": func(rec *thestraltest.Recorder) thestral.Thestral { return rec },
		"func":   func(rec *thestraltest.Recorder) thestral.Thestral { return thestral.Func(rec.Update) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var rec thestraltest.Recorder
				body, want := batch(1000)
				r := httptest.NewRequest("POST", "http://localhost/", strings.NewReader(body))
				dudley.New(behind(&rec), dudley.Options{}).ServeHTTP(httptest.NewRecorder(), r)
				synctest.Wait()
				if diff := cmp.Diff(want, rec.Updates()); diff != "" {
					t.Errorf("arrived (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// batch makes a body of n updates, and what should arrive of it.
func batch(n int) (body string, updates []thestral.Update) {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(`{"path":"my/data/%d","message":"text number %d"}`, i%7, i)
		updates = append(updates, thestral.Update{Path: fmt.Sprintf("my/data/%d", i%7), Message: fmt.Sprintf("text number %d", i)})
	}
	return "[" + strings.Join(items, ",") + "]", updates
}
