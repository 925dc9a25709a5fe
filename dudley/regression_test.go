package dudley_test

import (
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// The tests below stand for what the clients of the first version, of 2009,
// rely on, and for its faults.

// old writes a request as the connector of 2009 does: no Accept header, and a
// Content-Type that is not true.
func old(body string) string {
	return request("POST /", body, "Host: localhost:8004", "Accept-Encoding: identity",
		"Content-Type: application/x-www-form-urlencoded", "Connection: close", "User-Agent: Python-urllib/2.6")
}

func TestAnswersOf2009(t *testing.T) {
	date := regexp.MustCompile(`Date: [^\r]+ GMT\r\n`)
	const headers = "Cache-Control: no-store\r\nContent-Type: text/html\r\nX-Content-Type-Options: nosniff\r\n" +
		"Content-Length: %d\r\nConnection: close\r\n\r\n"
	for body, want := range map[string]string{
		`[{"path": "::connect", "message": "DOLORES-SERVER-OKsmGg1YmalouGMuxbbD00IIWASD51eH-1->tasks"}]`: "HTTP/1.1 200 OK\r\n" + strings.Replace(headers, "%d", "14", 1) + "{success:true}",
		`[]`:  "HTTP/1.1 200 OK\r\n" + strings.Replace(headers, "%d", "14", 1) + "{success:true}",
		`[{]`: "HTTP/1.1 400 Bad Request\r\n" + strings.Replace(headers, "%d", "12", 1) + "{error:true}",
	} {
		answer := raw(t, dudley.New(&thestraltest.Recorder{}, dudley.Options{}), old(body))
		if diff := cmp.Diff(want, date.ReplaceAllString(answer, "")); diff != "" {
			t.Errorf("%s is answered (-want +got):\n%s", body, diff)
		}
	}
}

// TestAcceptDecidesTheForm: any Accept header, even an empty one, means JSON.
func TestAcceptDecidesTheForm(t *testing.T) {
	for _, accept := range []string{"Accept: application/json", "Accept: */*", "Accept: text/html", "Accept:"} {
		_, body, _ := ask(t, dudley.Options{}, request("POST /p", "m", "Host: localhost", accept))
		if body != `{"success":true}` {
			t.Errorf("with %q the answer is %s", accept, body)
		}
	}
}

// TestContentTypeIsNotLookedAt: the first version's clients send JSON as a
// form; reading it as one would leave no body.
func TestContentTypeIsNotLookedAt(t *testing.T) {
	for _, contentType := range []string{"application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain; charset=utf-16", "///"} {
		_, _, got := ask(t, dudley.Options{}, post("/", `[{"path":"p","message":"a=1&b=%20"}]`, "Content-Type: "+contentType))
		want := []thestral.Update{{Path: "p", Message: "a=1&b=%20"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with content type %q arrived (-want +got):\n%s", contentType, diff)
		}
	}
}

// TestReceiverIsUsed: the first version ignored the receiver that it was given.
// Nor is it told of anybody to answer.
func TestReceiverIsUsed(t *testing.T) {
	var first, second thestraltest.Recorder
	dudley.New(&first, dudley.Options{})
	raw(t, dudley.New(&second, dudley.Options{}), post("/p", "m"))
	if len(first.Updates()) != 0 || len(second.Senders()) != 1 || second.Senders()[0] != nil {
		t.Errorf("arrived: %v and %v from %v", first.Updates(), second.Updates(), second.Senders())
	}
}

// TestOpenToAllIsRefused: the first version said localhost and listened
// everywhere. See also TestListen.
func TestOpenToAllIsRefused(t *testing.T) {
	if l, err := dudley.Listen(":0", ""); err == nil {
		l.Close()
		t.Error("without a token it listens on every interface")
	}
}

// TestBatchIsNeverHalfApplied: an error in the last item, or in what follows,
// undoes the whole.
func TestBatchIsNeverHalfApplied(t *testing.T) {
	const good = `{"path":"p","message":"m"}`
	for _, body := range []string{
		"[" + good + `,{"path":"","message":"m"}]`,
		"[" + good + `,{"path":"p"}]`,
		"[" + good + `,7]`,
		"[" + good + `,{"path":"p","message":"m"}`,
		"[" + good + `]]`,
	} {
		answer, _, got := ask(t, dudley.Options{}, post("/", body))
		if answer.StatusCode != 400 || len(got) > 0 {
			t.Errorf("%s is answered %d, arrived: %v", body, answer.StatusCode, got)
		}
	}
}

// TestCutBodyIsNotApplied: what came of a text before the connection broke is
// not the message.
func TestCutBodyIsNotApplied(t *testing.T) {
	for _, whole := range []string{post("/p", "hello"), post("/", "[]   ")} {
		cut := whole[:len(whole)-2]
		answer, body, got := ask(t, dudley.Options{}, cut)
		if answer.StatusCode != 400 || len(got) > 0 {
			t.Errorf("cut short it is answered %d %s, arrived: %v", answer.StatusCode, body, got)
		}
	}
}

// TestPanicCostsOneUpdate: in the first version one failing receiver stopped
// the batch, with what came before it applied.
func TestPanicCostsOneUpdate(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	var rec thestraltest.Recorder
	w := httptest.NewRecorder()
	body := `[{"path":"a","message":""},{"path":"panic","message":""},{"path":"b","message":""}]`
	r := httptest.NewRequest("POST", "http://localhost/", strings.NewReader(body))
	dudley.New(&panicky{&rec}, dudley.Options{}).ServeHTTP(w, r)
	if diff := cmp.Diff([]thestral.Update{{Path: "a"}, {Path: "b"}}, rec.Updates()); diff != "" || w.Code != 200 {
		t.Errorf("answered %d, arrived (-want +got):\n%s", w.Code, diff)
	}
}

// panicky panics on the path "panic".
type panicky struct{ *thestraltest.Recorder }

func (p *panicky) Update(sender thestral.Thestral, path, message string) {
	if path == "panic" {
		panic("told to")
	}
	p.Recorder.Update(sender, path, message)
}
