package firenze_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rootspush/roots/firenze"
)

var methods = []string{"GET", "POST", "DELETE", "OPTIONS", "HEAD", "PUT", "get", ""}

// FuzzRequest: whoever knows the id of a session, which stands for ID in the
// path, and not its key, can't read, confirm or end anything in it. No request
// does harm to the server.
func FuzzRequest(f *testing.F) {
	for _, path := range []string{
		"", "/", "//", "/ID", "/ID/", "/ID/KEY-1", "/ID/-1", "/ID//", "/ID/KEY-1/bye", "//ID//bye", "/ID/\x00-1", "/ID/KEY-1/x/bye",
		"/pomona.js", "/pomona.d.ts", "/../pomona.js", "/%2e%2e", "ID", "ID/ID-ID", "/ID/\xff", "/ID/KEY--1", "/id/KEY-18446744073709551616",
	} {
		for i := range methods {
			f.Add(byte(i), path, "latest", "https://example.org", i%2 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, method byte, path, query, origin string, full bool) {
		places := 2
		if full {
			places = 1
		}
		r := newRig(t, firenze.Options{MaxSessions: places, Origins: []string{"https://example.com"}})
		victim := r.open()
		r.tell(victim, "private text")

		w, q := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		q.Method = methods[int(method)%len(methods)]
		q.URL.Path, q.URL.RawQuery = strings.ReplaceAll(path, "ID", idOf(victim)), query
		q.Header.Set("Origin", origin)
		r.ServeHTTP(w, q)

		_, token, _ := strings.Cut(victim, "/")
		key, _, _ := strings.Cut(token, "-")
		if strings.Contains(w.Body.String(), key) || strings.Contains(w.Body.String(), "private text") {
			t.Errorf("%s %q gives away %s", q.Method, q.URL.Path, w.Body)
		}
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable || w.Code < 200 {
			t.Errorf("%s %q is answered %d", q.Method, q.URL.Path, w.Code)
		}
		if allowed := w.Header().Get("Access-Control-Allow-Origin"); allowed != "" && origin != "https://example.com" {
			t.Errorf("origin %q is allowed %q", origin, allowed)
		}
		if a := read(t, r.ask("GET", "/"+victim)); len(a.Updates) != 1 || a.ReconnectWith != withNumber(victim, "1") {
			t.Errorf("%s %q changed the session: %v", q.Method, q.URL.Path, a)
		}
	})
}
