package firenze_test

import (
	"net/http/httptest"
	"testing"

	"github.com/rootspush/roots/firenze"
)

// TestOrigins: a listed origin is named, and nobody else is. Everybody and
// credentials are never allowed. What a cache between keeps depends on Origin
// as soon as one is listed.
func TestOrigins(t *testing.T) {
	const listed, second = "https://example.org", "http://localhost:3000"
	for _, c := range []struct {
		origins []string
		origin  string
		allowed bool
	}{
		{nil, "", false},
		{nil, listed, false},
		{nil, "null", false},
		{nil, "*", false},
		{[]string{listed}, "", false},
		{[]string{listed}, listed, true},
		{[]string{listed}, second, false},
		{[]string{listed}, "null", false},
		{[]string{listed}, "*", false},
		{[]string{listed}, "http://example.org", false},
		{[]string{listed}, "https://EXAMPLE.org", false},
		{[]string{listed}, "https://example.org:8443", false},
		{[]string{listed}, "https://example.org.example.com", false},
		{[]string{listed}, "https://sub.example.org", false},
		{[]string{listed}, "https://example.or", false},
		{[]string{listed, second}, second, true},
		{[]string{listed, second}, listed, true},
	} {
		f := newRig(t, firenze.Options{Origins: c.origins})
		session := f.open()
		f.tell(session, "1")
		for method, paths := range map[string][]string{
			"GET":     {"/", "/" + session, "/pomona.js", "/nothing", "/a/b"},
			"OPTIONS": {"/", "/" + session},
			"DELETE":  {"/", "/a/b"},
			"POST":    {"/" + session, "/a/b/bye"},
			"PUT":     {"/"},
		} {
			for _, path := range paths {
				w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, nil)
				if c.origin != "" {
					r.Header.Set("Origin", c.origin)
				}
				f.ServeHTTP(w, r)
				want := map[string]string{"Access-Control-Allow-Credentials": ""}
				if c.allowed {
					want["Access-Control-Allow-Origin"] = c.origin
					want["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
				}
				if len(c.origins) > 0 {
					want["Vary"] = "Origin"
				}
				for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Credentials", "Vary"} {
					if got := w.Header().Get(name); got != want[name] {
						t.Errorf("%v, %s %s from %q: %s is %q instead of %q", c.origins, method, path, c.origin, name, got, want[name])
					}
				}
			}
		}
	}
}
