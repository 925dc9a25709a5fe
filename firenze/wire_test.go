package firenze_test

import (
	"bufio"
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/connectors/browser"
	"github.com/rootspush/roots/firenze"
)

var update = flag.Bool("update", false, "write testdata/wire.txt anew")

// A wire writes down what goes over a real connection, byte for byte.
type wire struct {
	*rig
	t      *testing.T
	n      *network
	script strings.Builder
}

// secrets are the parts that differ each time. They are as long each time.
var secrets = regexp.MustCompile(`(dolores-)\w{32}(-\d+)|\b[A-Z2-7]{26}(-|\b)`)

// say sends a request on a connection of its own and writes down the answer.
func (w *wire) say(name, request string, headers ...string) {
	w.t.Helper()
	w.sayBody(name, request, "", headers...)
}

func (w *wire) sayBody(name, request, sent string, headers ...string) {
	w.t.Helper()
	conn := w.n.connect(w.t)
	lines := append([]string{request, "Host: localhost"}, headers...)
	fmt.Fprint(conn, strings.Join(lines, "\r\n"), "\r\n\r\n", sent)

	var raw bytes.Buffer
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &raw)), &http.Request{Method: method})
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	io.Copy(io.Discard, response.Body)
	head, body, _ := strings.Cut(raw.String(), "\r\n\r\n")
	for file, content := range map[string][]byte{"pomona.js": browser.Module, "pomona.d.ts": browser.Types} {
		if length := strconv.Itoa(len(content)); body == string(content) {
			head, body = strings.Replace(head, length, "(its size)", 1), "("+file+")"
		}
	}
	if sent != "" {
		lines = append(lines, "", sent)
	}
	w.write(name, lines, head, cmp.Or(body, "(no body)")+"\n")
}

// write adds a request and its answer to the script.
func (w *wire) write(name string, request []string, head, body string) {
	text := fmt.Sprintf("# %s\n> %s\n< %s\n%s\n", name, strings.Join(request, "\n> "), strings.ReplaceAll(head, "\r\n", "\n< "), body)
	w.script.WriteString(secrets.ReplaceAllString(text, "${1}RANDOM$2$3"))
}

// poll says a request for a session.
func (w *wire) poll(name, session string, headers ...string) {
	w.t.Helper()
	w.say(name, "GET /"+session+" HTTP/1.1", headers...)
}

// TestWire compares all that the server answers with testdata/wire.txt, which
// is also to be read.
func TestWire(t *testing.T) {
	var script strings.Builder
	for _, scene := range []struct {
		options firenze.Options
		play    func(*wire)
	}{
		{firenze.Options{}, playSession},
		{firenze.Options{}, playGoodBye},
		{firenze.Options{}, playElse},
		{firenze.Options{MaxSessions: 1}, playRefusals},
		{firenze.Options{Origins: []string{"https://example.org"}}, playOrigins},
		{firenze.Options{}, playEvents},
		{firenze.Options{}, playSocket},
		{firenze.Options{Incoming: new(hall)}, playPosts},
	} {
		bubble(t, scene.options, func(t *testing.T, r *rig) {
			w := &wire{rig: r, t: t, n: serve(t, r)}
			scene.play(w)
			script.WriteString(w.script.String())
		})
	}
	if *update {
		if err := os.WriteFile("testdata/wire.txt", []byte(script.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/wire.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), script.String()); diff != "" {
		t.Errorf("the wire (-want +got):\n%s", diff)
	}
}

func playSession(w *wire) {
	w.say("a new session", "GET / HTTP/1.1")
	w.say("a new session that keeps the latest of each path", "GET /?latest HTTP/1.1")
	w.say("a new session over HTTP/1.0", "GET / HTTP/1.0")
	session := w.open()
	w.poll("nothing happens for the hold time", session)
	w.tell(session, "text", "")
	w.poll("two messages", session)
	w.tell(session, "\"\\ \b\f\n\r\t\x00\x7f", "größe 日本語 🦉 e\u0301", "a\u2028b\u2029c", "a\xffb\xc3", "<b>&'</b>", "::->;", `{"a":[1]}`)
	w.poll("odd texts", withNumber(session, "2"))
	w.poll("confirmed up to the one before the last", withNumber(session, "8"))
	w.poll("an id that nobody has", "dolores-nobody-1/KEY-0")
	w.poll("a wrong key", idOf(session)+"/KEY-0")
}

func playGoodBye(w *wire) {
	session := w.open()
	w.say("a wrong key", "DELETE /"+idOf(session)+"/KEY-0 HTTP/1.1")
	w.say("a wrong key in a beacon", "POST /"+idOf(session)+"/KEY-0/bye HTTP/1.1", "Content-Length: 0")
	if !w.alive(session) {
		w.t.Error("a wrong key ended the session")
	}
	w.say("good-bye", "DELETE /"+session+" HTTP/1.1")
	w.say("good-bye to nobody", "DELETE /"+session+" HTTP/1.1")
	session = w.open()
	w.say("good-bye in a beacon", "POST /"+session+"/bye HTTP/1.1", "Content-Length: 0")
	w.say("good-bye to nobody in a beacon", "POST /"+session+"/bye HTTP/1.1", "Content-Length: 0")
}

func playElse(w *wire) {
	w.say("the client for browsers", "GET /pomona.js HTTP/1.1")
	w.say("its types", "GET /pomona.d.ts HTTP/1.1")
	w.say("what is not there", "GET /favicon.ico HTTP/1.1")
	w.say("updates from a client", "POST /"+w.open()+" HTTP/1.1", "Content-Length: 0")
	w.say("HEAD", "HEAD / HTTP/1.1")
	w.say("PUT", "PUT / HTTP/1.1", "Content-Length: 0")
	w.say("DELETE of no session", "DELETE / HTTP/1.1")
	w.say("OPTIONS without listed origins", "OPTIONS / HTTP/1.1", "Origin: https://example.org")
}

func playRefusals(w *wire) {
	session := w.open()
	w.say("no place left", "GET / HTTP/1.1")
	waiting := w.rig.poll(session)
	w.Drain()
	synctest.Wait()
	waiting.want(0)
	w.say("a new session while all are let go", "GET / HTTP/1.1")
	w.poll("a poll while all are let go", session)
}

func playOrigins(w *wire) {
	w.say("a listed origin", "GET / HTTP/1.1", "Origin: https://example.org")
	w.say("a listed origin asks first", "OPTIONS / HTTP/1.1", "Origin: https://example.org", "Access-Control-Request-Method: DELETE")
	w.say("another origin", "GET / HTTP/1.1", "Origin: https://example.com")
}

// TestLongAnswerHasALength, and is not sent in chunks.
func TestLongAnswerHasALength(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		r.tell(session, strings.Repeat("m", 500_000))
		conn := serve(t, r).connect(t)
		fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n", session)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.ContentLength != int64(len(body)) || len(body) < 500_000 {
			t.Errorf("%d bytes came instead of %d: %v", len(body), response.ContentLength, err)
		}
	})
}
