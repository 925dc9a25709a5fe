package dudley_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// A transcript is what came of one connection.
type transcript struct {
	Answers []string // without their dates
	Rest    string   // what is no answer any more
	Updates []thestral.Update
	seen    int64 // requests that came through the middleware
}

// A visit is a connection to a Dudley behind a middleware, in fake time.
type visit struct {
	opt        dudley.Options
	below      string        // the prefix that is stripped off
	read, idle time.Duration // time-outs of the server
	pause      time.Duration
}

// make sends the pieces, each after a pause, waits for a quarter of an hour, and
// closes the connection.
func (v visit) make(t *testing.T, pieces ...string) (got transcript) {
	synctest.Test(t, func(t *testing.T) {
		var rec thestraltest.Recorder
		var seen atomic.Int64
		d := dudley.New(&rec, v.opt)
		stripped := http.StripPrefix(v.below, d)
		server := &http.Server{ReadTimeout: v.read, IdleTimeout: v.idle}
		server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen.Add(1)
			w.Header().Set("X-Middleware", "was here")
			stripped.ServeHTTP(w, r)
		})
		pipes := testenv.NewPipes()
		go server.Serve(pipes)
		conn := pipes.Dial()
		var answers bytes.Buffer
		ended := make(chan bool)
		go func() { io.Copy(&answers, conn); close(ended) }()
		for i, piece := range pieces {
			if i > 0 {
				time.Sleep(v.pause)
			}
			if _, err := io.WriteString(conn, piece); err != nil {
				break // the server has closed it
			}
		}
		time.Sleep(15 * time.Minute)
		conn.Close()
		<-ended
		server.Close()
		d.Close()
		got = read(answers.Bytes())
		got.Updates, got.seen = rec.Updates(), seen.Load()
	})
	return got
}

func read(b []byte) (got transcript) {
	from := bufio.NewReader(bytes.NewReader(b))
	for {
		answer, err := http.ReadResponse(from, nil)
		if err != nil {
			break
		}
		text, err := io.ReadAll(answer.Body)
		if date, bad := http.ParseTime(answer.Header.Get("Date")); bad == nil && date.Before(time.Now().AddDate(200, 0, 0)) {
			answer.Header.Del("Date")
		}
		got.Answers = append(got.Answers, fmt.Sprint(answer.Status, answer.Header, answer.Close, string(text), err))
	}
	rest, _ := io.ReadAll(from)
	got.Rest = string(rest)
	return got
}

// alike fails the test unless the pieces come to the same whether Dudley reads posts
// by itself or not, and returns what that is.
func alike(t *testing.T, v visit, pieces ...string) (got transcript) {
	t.Helper()
	want := v.make(t, pieces...)
	v.opt.RepeatsSkipMiddleware = true
	got = v.make(t, pieces...)
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "seen" }, cmp.Ignore())); diff != "" {
		t.Errorf("%q came to something else (-by the server +by Dudley):\n%s", pieces, diff)
	}
	return got
}

var secret = "Authorization: Bearer secret"

// trusted writes a post with the token, the same but for what is given.
func trusted(target, body string, headers ...string) string {
	return post(target, body, append([]string{secret}, headers...)...)
}

// odd are requests that are not like the one before, in many ways.
var odd = []string{
	trusted("/p", "other"), trusted("/", `[{"path":"p","message":"m"},{"path":"q","message":{"a": 1}}]`), trusted("/", `[{"path":"p"}]`), trusted("/", ""),
	trusted("/p", ""), trusted("/p", "m"), post("/p", "m"), post("/p", "m", "Authorization: Bearer wrong"), post("/p", "m", "Authorization: Bearer secret2"),
	trusted("/caf%C3%A9/a+b;c", "m"), trusted("/a%2520b%2Fc", "m"), trusted("//a/../b/", "m"), trusted("/p?x", "m"), trusted("/p?", "m"), trusted("/p#x", "m"), trusted("/%zz", "m"), trusted("/a%00b", "m"),
	trusted("/::connect", "id->p"), trusted("/%3A%3Aconnect", "id->p"), trusted("/"+strings.Repeat("p", 255), "m"), trusted("/"+strings.Repeat("p", 256), "m"),
	trusted("/p", strings.Repeat("m", 65536)), trusted("/p", strings.Repeat("m", 65537)), trusted("/p", strings.Repeat("m", 1<<20+1)), trusted("/p", "\xff"),
	trusted("/below/p", "m"), trusted("/below/below/p", "m"), trusted("/below", "m"), trusted("/below?x", "m"), trusted("/below/", "[]"), trusted("http://localhost/p", "m"), trusted("p", "m"), trusted("*", "m"),
	request("GET /p", "", "Host: localhost"), request("PUT /p", "m", "Host: localhost"), request("post /p", "m", "Host: localhost"), "GET /p HTTP/1.1\r\nHost: localhost\r\n\r\n",
	request("POST /p", "m", "Host: localhost"), request("POST /p", "m", "Host: localhost", "Accept:"), request("POST /p", "m"), request("POST /p", "m", "Host:"), request("POST /p", "m", "Host: evil.example"),
	request("POST /p", "m", "Host: localhost", "Host: evil.example"), request("POST /p", "m", "Host: localhost", "Host: localhost"), request("POST /p", "m", "Host: local host"),
	trusted("/p", "m", "Origin: http://evil.example"), trusted("/p", "m", "Sec-Fetch-Site: cross-site"), trusted("/p", "m", "Sec-Fetch-Site: same-origin"),
	trusted("/p", "m", "Connection: close"), trusted("/p", "m", "Connection: keep-alive"), trusted("/p", "m", "Connection: keep-alive, close"), trusted("/p", "m", "Upgrade: websocket", "Connection: Upgrade"),
	trusted("/p", "m", "Expect: 100-continue"), trusted("/p", "m", "Expect: something"), trusted("/p", "m", "Transfer-Encoding: chunked"), trusted("/p", "m", "Trailer: X"),
	trusted("/p", "m", "Content-Length: 1"), trusted("/p", "m", "Content-Length: 2"), trusted("/p", "m", "content-length: 1"), trusted("/p", "m", "X: content-length: 1"),
	trusted("/p", "m", "X : y"), trusted("/p", "m", "X: y\r\n folded"), trusted("/p", "m", "X"), trusted("/p", "m", ": y"), trusted("/p", "m", "X: a\x00b"), trusted("/p", "m", "X: a\rb"), trusted("/p", "m", "X: a\nContent-Length: 0"),
	trusted("/p", "m", "X: "+strings.Repeat("x", 5000)), strings.ReplaceAll(trusted("/p", "m"), "\r\n", "\n"), strings.Replace(trusted("/p", "m"), "1.1", "1.0", 1), strings.Replace(trusted("/p", "m"), "1.1", "2.0", 1),
	strings.Replace(trusted("/p", "m"), "Length: 1", "Length: 0001", 1), strings.Replace(trusted("/p", "m"), "Length: 1", "Length: +1", 1), strings.Replace(trusted("/p", "m"), "Length: 1", "Length: -1", 1),
	strings.Replace(trusted("/p", "m"), "Length: 1", "Length: :", 1), strings.Replace(trusted("/p", "m"), "Length: 1", "Length:", 1), strings.Replace(trusted("/p", "m"), "Length: 1", "Length: 99999999999999999999", 1), strings.Replace(trusted("/p", "m"), "Length: 1", "Length: \t1 \t", 1),
	strings.Replace(trusted("/p", "m"), "Content-Length: 1", "CONTENT-length:1", 1), strings.Replace(trusted("/p", "m"), "Content-Length: 1\r\n", "", 1), "\r\n" + trusted("/p", "m"), "\n\n\n\n" + trusted("/p", "m"), "\n\n\n\n\n" + trusted("/p", "m"), "\r\n\r\nGET", "nonsense\r\n\r\n",
	trusted("/p", "m", "Content-Length: 1") + trusted("/p", "m", "Content-Length: 2"), "POST /p HTTP/1.1\r\nContent-Length: 1\r\nHost: localhost\r\nX: y\r\n\r\nm" + "POST /p HTTP/1.1\r\nContent-Length: 1\r\nHost: localhost\r\nTE: y\r\n\r\nm",
	"POST /p HTTP/1.1\r\nContent-Length: 1\r\nHost: localhost\r\n\r\nm" + "POST /p HTTP/1.1\r\nContent-Length: 1\r\nHost: localhosx\r\n\r\nm", strings.Replace(trusted("/p", "m", "Connection: keep-alive"), "1.1", "1.0", 1), "\x16\x03\x01",
}

// TestPostsAlike: whatever a connection carries after a post, in whatever pieces, comes
// to the same as if the server had read it.
func TestPostsAlike(t *testing.T) {
	for name, opt := range map[string]dudley.Options{"open": {}, "token": {Token: "secret"}, "no control": {RefuseControl: true}} {
		t.Run(name, func(t *testing.T) {
			plain := trusted("/below/p", "m")
			for _, request := range append(odd, plain, old("[]")) {
				all := plain + plain + request + plain + request + plain
				for _, below := range []string{"", "/below", "/below/"} {
					alike(t, visit{opt: opt, below: below}, all)
					alike(t, visit{opt: opt, below: below, pause: time.Millisecond}, plain, plain, request, plain, request, plain)
					alike(t, visit{opt: opt, below: below, pause: time.Minute}, plain, plain, request, request, plain)
				}
				if len(request) < 1000 {
					alike(t, visit{opt: opt, below: "/below"}, strings.Split(all, "")...)
				}
			}
		})
	}
}

// TestEveryByteCounts: each other byte in a post is seen.
func TestEveryByteCounts(t *testing.T) {
	plain := trusted("/p", "m")
	for i := range plain {
		for _, other := range []byte{plain[i] ^ 1, plain[i] ^ ' ', '\n', ' ', 0} {
			changed := []byte(plain)
			changed[i] = other
			alike(t, visit{opt: dudley.Options{Token: "secret"}}, plain, plain, string(changed), plain)
		}
	}
}

// FuzzPosts: any bytes between posts, in two pieces.
func FuzzPosts(f *testing.F) {
	for _, request := range odd {
		if len(request) < 1000 {
			f.Add([]byte(request), uint16(len(request)/2))
		}
	}
	plain := trusted("/p", "m")
	f.Fuzz(func(t *testing.T, between []byte, cut uint16) {
		all := plain + plain + string(between) + plain
		at := int(cut) % len(all)
		alike(t, visit{opt: dudley.Options{Token: "secret"}}, all[:at], all[at:])
	})
}

// TestWhoSeesPosts: a middleware sees the first post of a connection, and what Dudley
// can't read, and the post after that; by default it sees all.
func TestWhoSeesPosts(t *testing.T) {
	posts := strings.Repeat(post("/below/p", "m"), 10)
	for _, test := range []struct {
		name     string
		requests string
		want     int64
	}{
		{"one after the other", posts, 1},
		{"paths", posts + post("/below/q/r", "longer") + post("/below/", "[]") + post("/below/%C3%A9", ""), 1},
		{"headers", posts + post("/below/p", "m", "Traceparent: 1") + post("/below/p", "m", "Traceparent: 2"), 1},
		{"another prefix", posts + post("/p", "m") + posts, 3},
		{"a fault", posts + post("/below/", "") + posts, 3},
		{"another method", posts + request("GET /below/p", "", "Host: localhost") + posts, 3},
		{"the last", posts + post("/below/p", "m", "Connection: close"), 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := alike(t, visit{below: "/below"}, test.requests); got.seen != test.want {
				t.Errorf("the middleware saw %d requests, want %d", got.seen, test.want)
			}
		})
	}
	if got := (visit{below: "/below"}).make(t, posts); got.seen != 10 {
		t.Errorf("by default it saw %d of 10", got.seen)
	}
}

// TestTimesOfPosts: Dudley ends a connection when the server would, or a second later.
func TestTimesOfPosts(t *testing.T) {
	plain := post("/p", "m", "X: y")
	inHead, inBody := plain[:len(plain)-20], plain[:len(plain)-1]
	for _, test := range []struct {
		name       string
		read, idle time.Duration
		pause      time.Duration
		pieces     []string
		want       int // updates
	}{
		{"often enough", 10 * time.Second, time.Minute, 59 * time.Second, []string{plain, plain, plain, plain}, 4},
		{"too seldom", 10 * time.Second, time.Minute, 61 * time.Second, []string{plain, plain, plain, plain}, 1},
		{"seldom, without a limit", 0, 0, 10 * time.Minute, []string{plain, plain, plain, plain}, 4},
		{"often enough for one limit", 10 * time.Second, 0, 9 * time.Second, []string{plain, plain, plain, plain}, 4},
		{"too seldom for one limit", 10 * time.Second, 0, 11 * time.Second, []string{plain, plain, plain, plain}, 1},
		{"a slow head", 10 * time.Second, time.Minute, 9 * time.Second, []string{plain, inHead, plain[len(inHead):], plain}, 3},
		{"a slow body", 10 * time.Second, time.Minute, 9 * time.Second, []string{plain, inBody, plain[len(inBody):], plain}, 3},
		{"too slow a head", 10 * time.Second, time.Minute, 12 * time.Second, []string{plain, inHead, plain[len(inHead):], plain}, 1},
		{"too slow a body", 10 * time.Second, time.Minute, 12 * time.Second, []string{plain, inBody, plain[len(inBody):], plain}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := visit{read: test.read, idle: test.idle, pause: test.pause, opt: dudley.Options{RepeatsSkipMiddleware: true}}
			if got := v.make(t, test.pieces...); len(got.Updates) != test.want {
				t.Errorf("arrived: %v, want %d", got.Updates, test.want)
			}
		})
	}
}

// TestAnswersNotRead: a back-end that does not read its answers is cut off as the
// server does it, and half an answer is not followed by another.
func TestAnswersNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rec thestraltest.Recorder
		d := dudley.New(&rec, dudley.Options{RepeatsSkipMiddleware: true})
		server := &http.Server{Handler: d, WriteTimeout: time.Second}
		pipes := testenv.NewPipes()
		go server.Serve(pipes)
		conn := pipes.Dial()
		io.WriteString(conn, post("/p", "m"))
		io.ReadFull(conn, make([]byte, 5))
		time.Sleep(999 * time.Millisecond)
		if _, err := conn.Read(make([]byte, 5)); err != nil {
			t.Errorf("before the limit it fails with %v", err)
		}
		time.Sleep(2 * time.Millisecond)
		if rest, err := io.ReadAll(conn); err != nil || len(rest) > 0 {
			t.Errorf("after the limit there is %q, %v", rest, err)
		}
		server.Close()
		pipes.Close()
		d.Close()
	})
}
