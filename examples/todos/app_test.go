package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// A site is the application with some people: ann, whose list has the task t1,
// bob, with whom she shared it, and eve, with whom nobody did.
type site struct {
	*app
	handler http.Handler
	secrets map[string]string
	anns    *list
}

func newSite(t testing.TB) *site {
	t.Helper()
	a := newApp(new(lists), new(logins))
	t.Cleanup(a.firenze.Close)
	s := &site{app: a, handler: a.handler(), secrets: map[string]string{}}
	for _, name := range []string{"ann", "bob", "eve"} {
		if err := a.lists.begin(name); err != nil {
			t.Fatal(err)
		}
		s.secrets[name] = a.logins.begin(name)
	}
	s.anns = a.lists.byName["ann"]
	if _, err := s.anns.share("bob"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.anns.add("t1", "milk"); err != nil {
		t.Fatal(err)
	}
	return s
}

// request is a request of somebody, or of nobody, with a JSON body.
func (s *site) request(who, method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if secret, ok := s.secrets[who]; ok {
		r.AddCookie(&http.Cookie{Name: loginCookie, Value: secret})
	}
	return r
}

func (s *site) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// session begins a session of Firenze and returns its id.
func (s *site) session(t testing.TB) string {
	t.Helper()
	var answer struct{ ReconnectWith string }
	w := s.serve(httptest.NewRequest("GET", "/comet/", nil))
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	id, _, _ := strings.Cut(answer.ReconnectWith, "/")
	return id
}

// data is all that a request could change.
func (s *site) data() string {
	return fmt.Sprint(s.pig.Stats().Connections, len(s.lists.byName), s.anns.all(), s.anns.memberNames())
}

// routes are all requests that the application answers for those who are logged in.
// ID stands for the id of a session.
var routes = []struct {
	method, path, body string
	nobody, owner      int // the status for who is not logged in, and for ann
	member, stranger   int // for bob, and for eve
}{
	{"GET", "/lists/ann", "", 303, 200, 200, 403},
	{"GET", "/lists/nobodys", "", 303, 403, 403, 403},
	{"GET", "/lists/ann/tasks", "", 401, 200, 200, 403},
	{"GET", "/lists/nobodys/tasks", "", 401, 403, 403, 403},
	{"POST", "/lists/ann/tasks", `{"id":"t2","text":"bread"}`, 401, 200, 200, 403},
	{"PUT", "/lists/ann/tasks/t1", `{"text":"milk","done":true}`, 401, 200, 200, 403},
	{"PUT", "/lists/ann/tasks/t9", `{"text":"milk"}`, 401, 404, 404, 403},
	{"PUT", "/lists/eve/tasks/t1", `{"text":"milk"}`, 401, 403, 403, 404},
	{"DELETE", "/lists/ann/tasks/t1", "", 401, 200, 200, 403},
	{"DELETE", "/lists/ann/tasks/t9", "", 401, 404, 404, 403},
	{"POST", "/lists/ann/members", `{"name":"carol"}`, 401, 200, 200, 403},
	{"POST", "/connect/ID", `["todos/ann"]`, 401, 200, 200, 403},
	{"POST", "/connect/ID", `["todos/bob"]`, 401, 403, 200, 403},
	{"POST", "/connect/ID", `["todos/ann","todos/bob"]`, 401, 403, 200, 403},
	{"POST", "/connect/ID", `["todos/eve","todos/ann"]`, 401, 403, 403, 403},
	{"POST", "/connect/ID", `["todos/ann","::connect"]`, 401, 403, 403, 403},
	{"POST", "/connect/ID", `["todos/nobodys"]`, 401, 403, 403, 403},
	{"POST", "/connect/ID", `["todos/*"]`, 401, 403, 403, 403},
	{"POST", "/connect/ID", `["todos/"]`, 401, 403, 403, 403},
	{"POST", "/connect/ID", `["ann"]`, 401, 403, 403, 403},
	{"POST", "/connect/ID", `["TODOS/ann"]`, 401, 403, 403, 403},
	{"POST", "/connect/ID", `["todos/ann "]`, 401, 403, 403, 403},
	{"POST", "/connect/ID", `[]`, 401, 200, 200, 200},
	{"POST", "/connect/ID", `"todos/ann"`, 401, 400, 400, 400},
	{"POST", "/connect/x->y", `["todos/ann"]`, 401, 400, 400, 403},
	{"POST", "/disconnect/ID", `["todos/ann"]`, 401, 200, 200, 403},
}

// TestAuthorization: who may do what, and whatever is refused changes nothing.
func TestAuthorization(t *testing.T) {
	for _, route := range routes {
		for who, want := range map[string]int{"nobody": route.nobody, "ann": route.owner, "bob": route.member, "eve": route.stranger} {
			t.Run(who+" "+route.method+" "+route.path+" "+route.body, func(t *testing.T) {
				s := newSite(t)
				path := strings.Replace(route.path, "ID", s.session(t), 1)
				before := s.data()
				w := s.serve(s.request(who, route.method, path, route.body))
				if w.Code != want {
					t.Errorf("status %d, want %d: %s", w.Code, want, w.Body)
				}
				if w.Code >= 300 && s.data() != before {
					t.Errorf("it was refused, but changed\n%s to\n%s", before, s.data())
				}
			})
		}
	}
}

// TestConnect: what is allowed is connected, all or none of it, and a refusal
// names the path.
func TestConnect(t *testing.T) {
	s := newSite(t)
	id := s.session(t)
	for _, step := range []struct {
		who, verb, body string
		connections     int
		answer          string
	}{
		{"bob", "connect", `["todos/eve","todos/bob"]`, 0, `{"error":"you may not hear path \"todos/eve\""}`},
		{"bob", "connect", `["todos/bob","todos/ann"]`, 2, `["todos/bob","todos/ann"]`},
		{"bob", "connect", `["todos/bob"]`, 2, `["todos/bob"]`},
		{"eve", "disconnect", `["todos/bob"]`, 2, `{"error":"you may not hear path \"todos/bob\""}`},
		{"bob", "disconnect", `["todos/bob"]`, 1, `["todos/bob"]`},
	} {
		w := s.serve(s.request(step.who, "POST", "/"+step.verb+"/"+id, step.body))
		if diff := cmp.Diff(step.answer, strings.TrimSpace(w.Body.String())); diff != "" {
			t.Errorf("%+v: answer (-want +got):\n%s", step, diff)
		}
		if n := s.pig.Stats().Connections; n != step.connections {
			t.Errorf("%+v: there are %d connections", step, n)
		}
	}
}

// TestCrossSite: what other sites make a browser send is refused, though the
// login comes with it.
func TestCrossSite(t *testing.T) {
	headers := []map[string]string{
		{"Sec-Fetch-Site": "cross-site"},
		{"Sec-Fetch-Site": "same-site"},
		{"Origin": "https://evil.example"},
		{"Origin": "null"},
	}
	for _, route := range routes {
		if route.method == "GET" || route.owner != 200 {
			continue
		}
		for _, header := range headers {
			t.Run(fmt.Sprint(route.method, route.path, header), func(t *testing.T) {
				s := newSite(t)
				r := s.request("ann", route.method, strings.Replace(route.path, "ID", s.session(t), 1), route.body)
				for name, value := range header {
					r.Header.Set(name, value)
				}
				before := s.data()
				if w := s.serve(r); w.Code != 403 {
					t.Errorf("status %d", w.Code)
				}
				if s.data() != before {
					t.Errorf("changed\n%s to\n%s", before, s.data())
				}
			})
		}
	}
}

// TestBodies: what is not JSON, not said to be JSON or too long changes nothing.
func TestBodies(t *testing.T) {
	const body = `{"id":"t2","text":"bread"}`
	pad := func(n int) string { return body + strings.Repeat(" ", n-len(body)) }
	for _, test := range []struct {
		name, kind, body string
		status           int
	}{
		{"JSON", "application/json; charset=utf-8", body, 200},
		{"as long as allowed", "application/json", pad(maxBody), 200},
		{"longer", "application/json", pad(maxBody + 1), 413},
		{"a form's way to send JSON", "text/plain", body, 415},
		{"a form", "application/x-www-form-urlencoded", "id=t2&text=bread", 415},
		{"no content type", "", body, 415},
		{"half of it", "application/json", body[:9], 400},
		{"two of it", "application/json", body + body, 400},
		{"another type", "application/json", `{"id":"t2","text":7}`, 400},
		{"nothing", "application/json", "", 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			before := s.data()
			r := s.request("ann", "POST", "/lists/ann/tasks", test.body)
			r.Header.Set("Content-Type", test.kind)
			w := s.serve(r)
			if w.Code != test.status {
				t.Errorf("status %d, want %d: %s", w.Code, test.status, w.Body)
			}
			if changed := s.data() != before; changed != (test.status == 200) {
				t.Errorf("status %d, and changed is %v", w.Code, changed)
			}
		})
	}
}

// TestPushes: each change is pushed once, on the path of its list, even if the
// one who made it has gone.
func TestPushes(t *testing.T) {
	for _, test := range []struct {
		method, path, body string
		want               []thestral.Update
	}{
		{"POST", "/lists/ann/tasks", `{"id":"t2","text":" <b>bread</b> "}`,
			[]thestral.Update{{Path: "todos/ann", Message: `{"id":"t2","version":2,"created":2,"text":"\u003cb\u003ebread\u003c/b\u003e","done":false}`}}},
		{"PUT", "/lists/ann/tasks/t1", `{"text":"oat milk","done":true}`,
			[]thestral.Update{{Path: "todos/ann", Message: `{"id":"t1","version":2,"created":1,"text":"oat milk","done":true}`}}},
		{"DELETE", "/lists/ann/tasks/t1", "",
			[]thestral.Update{{Path: "todos/ann", Message: `{"id":"t1","version":2,"deleted":true}`}}},
		{"POST", "/lists/ann/tasks", `{"id":"t2","text":" "}`, nil},
		{"PUT", "/lists/ann/tasks/t9", `{"text":"milk"}`, nil},
		{"DELETE", "/lists/ann/tasks/t9", "", nil},
		{"GET", "/lists/ann/tasks", "", nil},
	} {
		t.Run(test.method+" "+test.path+" "+test.body, func(t *testing.T) {
			s := newSite(t)
			var heard thestraltest.Recorder
			s.pig.On("todos/*", &heard)
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			w := s.serve(s.request("bob", test.method, test.path, test.body).WithContext(gone))
			if diff := cmp.Diff(test.want, heard.Updates()); diff != "" {
				t.Errorf("pushed (-want +got):\n%s", diff)
			}
			if test.want != nil && strings.TrimSpace(w.Body.String()) != test.want[0].Message {
				t.Errorf("the answer %s is not what was pushed", w.Body)
			}
		})
	}
}

// TestMarkup: text of users never becomes markup, and the browser is told to run
// no script but the module.
func TestMarkup(t *testing.T) {
	s := newSite(t)
	w := s.serve(s.request("ann", "GET", "/lists/%3Cimg%20src=x%20onerror=alert(1)%3E", ""))
	if body := w.Body.String(); w.Code != 403 || strings.Contains(body, "<img") || !strings.Contains(body, "&lt;img") {
		t.Errorf("status %d: %s", w.Code, body)
	}
	for _, path := range []string{"/", "/lists/ann", "/page.js", "/page.css", "/nothing"} {
		h := s.serve(s.request("ann", "GET", path, "")).Header()
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'; script-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", path, policy)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s may be sniffed", path)
		}
	}
}

// TestNoRedirects: the router sends nobody elsewhere for a path that it does not know.
func TestNoRedirects(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/lists/ann/", "/LOGIN", "/lists/ann/tasks/", "/page.js/"} {
		if w := s.serve(s.request("ann", "GET", path, "")); w.Code != 404 {
			t.Errorf("%s: status %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
}
