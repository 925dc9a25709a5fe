package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/thestral/thestraltest"
)

// TestMain keeps out of the output what the pieces log about bad requests.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	m.Run()
}

// newSite returns the application with ann and eve, each with a file of her own
// and a job that goes on until it is stopped.
func newSite(t testing.TB) *app {
	t.Helper()
	folder := t.TempDir()
	a, err := newApp(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	a.jobs.run = untilStopped
	t.Cleanup(func() { stopAll(a.jobs) })
	for _, who := range []string{"ann", "eve"} {
		if err := a.files.settle(who); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, who, "diary.txt"), who+"'s secret")
		if _, err := a.jobs.start(who); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(folder, everyone, "hello.txt"), "for all")
	return a
}

// untilStopped is a job.
func untilStopped(ctx context.Context, _, _ string) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func stopAll(js *jobs) {
	ended, end := context.WithCancel(context.Background())
	end()
	_ = js.killAtEnd(ended)
}

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// do makes a request of somebody, or of nobody.
func do(a *app, who, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if who != "" {
		r.AddCookie(&http.Cookie{Name: loginCookie, Value: a.logins.seal(who)})
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	a.handler().ServeHTTP(w, r)
	return w
}

func TestWhoMaySeeAndHear(t *testing.T) {
	a := newSite(t)
	anns, eves := "process/ann/"+a.jobs.of("ann")[0], "process/eve/"+a.jobs.of("eve")[0]
	for path, want := range map[string]struct{ see, hear int }{
		"process/ann":             {200, 200},
		anns:                      {200, 200},
		"process/ann/unknown":     {403, 200},
		"file/ann":                {200, 200},
		"file/ann/diary.txt":      {200, 200},
		"file/ann/later.txt":      {403, 200},
		"file/everyone":           {200, 200},
		"file/everyone/hello.txt": {200, 200},

		"process/eve":               {403, 403},
		eves:                        {403, 403},
		"process/ann/../eve":        {403, 200}, // a job of that name is none
		"process/everyone":          {403, 403},
		"process/":                  {403, 403},
		"process":                   {403, 403},
		"file/eve":                  {403, 403},
		"file/eve/diary.txt":        {403, 403},
		"file/ann/../eve/diary.txt": {403, 200}, // a file of that name is none
		"file/../ann":               {403, 403},
		"file/everyone/../eve":      {403, 200},
		"file/":                     {403, 403},
		"File/ann":                  {403, 403},
		"other/ann":                 {403, 403},
		"::connect":                 {403, 403},
		"::gone":                    {403, 403},
		"**":                        {403, 403},
		"process/*":                 {403, 403},
		"":                          {403, 403},
	} {
		if got := do(a, "ann", "GET", "/state?path="+url.QueryEscape(path), "").Code; got != want.see {
			t.Errorf("to see %q: status %d, want %d", path, got, want.see)
		}
		id := a.roots.Register(&thestraltest.Recorder{})
		body, _ := json.Marshal([]string{"process/ann", path})
		if got := do(a, "ann", "POST", "/connect/"+id, string(body)).Code; got != want.hear {
			t.Errorf("to hear %q: status %d, want %d", path, got, want.hear)
		}
		if _, hears := a.owl.Receiver(id); hears != (want.hear == 200) {
			t.Errorf("after %q it hears something: %v", path, hears)
		}
	}
}

// TestOthersAreNotHeard: what happens to eve's job and files never comes to ann.
func TestOthersAreNotHeard(t *testing.T) {
	a := newSite(t)
	heard := &thestraltest.Recorder{}
	id := a.roots.Register(heard)
	do(a, "ann", "POST", "/connect/"+id, `["process/ann","file/ann","file/everyone"]`)
	for _, stolen := range []string{"process/eve", "process/eve/" + a.jobs.of("eve")[0], "file/eve", "file/eve/diary.txt", "process/*", "**"} {
		do(a, "ann", "POST", "/connect/"+id, fmt.Sprintf("[%q]", stolen))
	}
	before := len(heard.Updates())
	for _, path := range []string{"process/eve", "process/eve/" + a.jobs.of("eve")[0], "file/eve", "file/eve/diary.txt", "process/ann"} {
		a.roots.Update(nil, path, "news")
	}
	news := heard.Updates()[before:]
	if len(news) != 1 || news[0].Path != "process/ann" {
		t.Errorf("ann heard %v", news)
	}
}

func TestDisconnect(t *testing.T) {
	a := newSite(t)
	id := a.roots.Register(&thestraltest.Recorder{})
	do(a, "ann", "POST", "/connect/"+id, `["process/ann"]`)
	if w := do(a, "ann", "POST", "/disconnect/"+id, `["process/ann"]`); w.Code != 200 {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if _, hears := a.owl.Receiver(id); hears {
		t.Error("it still hears something")
	}
	for _, body := range []string{"", "null and void", `{"a":1}`, `[1]`} {
		if w := do(a, "ann", "POST", "/connect/"+id, body); w.Code != 403 {
			t.Errorf("body %q: status %d", body, w.Code)
		}
	}
	if w := do(a, "ann", "POST", "/connect/unknown", `["process/ann"]`); w.Code != 403 {
		t.Errorf("an unknown id: status %d", w.Code)
	}
}

// TestNobody: who is not signed in gets nothing, nor do pages of other sites.
func TestNobody(t *testing.T) {
	a := newSite(t)
	id, eves := a.roots.Register(&thestraltest.Recorder{}), a.jobs.of("eve")
	for _, test := range []struct{ method, target, body string }{
		{"GET", "/state?path=file/everyone", ""},
		{"POST", "/jobs", ""},
		{"DELETE", "/jobs/" + eves[0], ""},
		{"POST", "/connect/" + id, `["file/everyone"]`},
		{"POST", "/disconnect/" + id, `["file/everyone"]`},
	} {
		if w := do(a, "", test.method, test.target, test.body); w.Code != 401 {
			t.Errorf("%s %s: status %d", test.method, test.target, w.Code)
		}
		if test.method == "GET" {
			continue
		}
		for _, header := range [][]string{{"Origin", "https://elsewhere.example"}, {"Sec-Fetch-Site", "cross-site"}} {
			if w := do(a, "eve", test.method, test.target, test.body, header...); w.Code != 403 {
				t.Errorf("%s %s from another site: status %d", test.method, test.target, w.Code)
			}
		}
	}
	if w := do(a, "ann", "DELETE", "/jobs/"+eves[0], ""); w.Code != 403 {
		t.Errorf("ann stops eve's job: status %d", w.Code)
	}
	if _, hears := a.owl.Receiver(id); hears {
		t.Error("somebody was connected")
	}
	if diff := cmp.Diff(eves, a.jobs.of("eve")); diff != "" {
		t.Errorf("eve's jobs changed:\n%s", diff)
	}
	if state, err := a.jobs.state("eve", eves[0]); err != nil || state.State != running {
		t.Errorf("eve's job is %v, %v", state, err)
	}
}

// TestSeal: no change of a single letter makes a cookie that is believed.
func TestSeal(t *testing.T) {
	l := newLogins()
	sealed := l.seal("ann")
	who := func(value string) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", loginCookie+"="+value)
		return l.who(r)
	}
	if got := who(sealed); got != "ann" {
		t.Fatalf("the cookie is of %q", got)
	}
	for i := range sealed {
		for _, letter := range []string{"", "0", "x", "."} {
			if broken := sealed[:i] + letter + sealed[i+1:]; broken != sealed && who(broken) != "" {
				t.Errorf("%q is believed", broken)
			}
		}
	}
	if newLogins().seal("ann") == sealed {
		t.Error("another run has the same key")
	}
}

func TestLogin(t *testing.T) {
	a := newSite(t)
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for name, want := range map[string]int{
		"bob": 303, " Bob ": 303, strings.Repeat("a", 30): 303,
		strings.Repeat("a", 31): 400, "": 400, "everyone": 400, "Everyone": 400, "..": 400, "a/b": 400, ".x": 400, "a.b": 400, "é": 400, "a\nb": 400,
	} {
		w := do(a, "", "POST", "/login", url.Values{"name": {name}}.Encode(), form...)
		if got := w.Header().Get("Set-Cookie") != ""; w.Code != want || got != (want == 303) {
			t.Errorf("%q: status %d, a cookie: %v", name, w.Code, got)
		}
	}
	for i := len(a.files.watcher.WatchList()); i < maxPeople; i++ {
		if err := a.files.settle(fmt.Sprint("guest", i)); err != nil {
			t.Fatal(err)
		}
	}
	if w := do(a, "", "POST", "/login", "name=onemore", form...); w.Code != 409 {
		t.Errorf("one too many: status %d", w.Code)
	}
	if w := do(a, "", "POST", "/login", "name=bob", form...); w.Code != 303 {
		t.Errorf("one who is here already: status %d", w.Code)
	}
	if w := do(a, "bob", "POST", "/logout", ""); !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("the cookie stays: %v", w.Header())
	}
}

func TestPage(t *testing.T) {
	a := newSite(t)
	for target, want := range map[string]string{"/": "Sign out ann", "/page.js": "import { Pomona }", "/page.css": ":root", "/comet/pomona.js": "export class Pomona"} {
		w := do(a, "ann", "GET", target, "")
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: status %d", target, w.Code)
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'self';") {
			t.Errorf("%s has the policy %q", target, policy)
		}
	}
	if w := do(a, "", "GET", "/", ""); !strings.Contains(w.Body.String(), "Sign in") || strings.Contains(w.Body.String(), "page.js") {
		t.Errorf("nobody is shown %s", w.Body)
	}
	if w := do(a, "ann", "POST", "/connect/x", strings.Repeat(" ", maxBody+1)); w.Code != 403 {
		t.Errorf("a body that is too long: status %d", w.Code)
	}
}

// TestWhatJobsMayDo: with the token they say how far they are, and nothing else.
func TestWhatJobsMayDo(t *testing.T) {
	a := newSite(t)
	heard := &thestraltest.Recorder{}
	id := a.roots.Register(heard)
	job := a.jobs.of("ann")[0]
	for _, test := range []struct {
		token, path, message string
		status               int
	}{
		{"wrong", "process/ann/" + job, `{"percent":99}`, 401},
		{"secret", "::connect", id + "->process/ann", 403},
		{"secret", "::gone", id, 403},
		{"secret", "file/everyone", "[]", 200},
		{"secret", "process/ann", "[]", 200},
		{"secret", "process/ann/" + job, `{"percent":7}`, 200},
	} {
		r := httptest.NewRequest("POST", "http://localhost/"+test.path, strings.NewReader(test.message))
		r.Header.Set("Authorization", "Bearer "+test.token)
		w := httptest.NewRecorder()
		a.taker("secret").ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s: status %d, want %d", test.path, w.Code, test.status)
		}
	}
	if state, err := a.jobs.state("ann", job); err != nil || state.Percent != 7 {
		t.Errorf("the job is %v, %v", state, err)
	}
	if len(heard.Updates()) != 0 {
		t.Errorf("heard %v", heard.Updates())
	}
}
