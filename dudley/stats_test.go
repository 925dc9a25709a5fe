package dudley_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// TestStats: each request counts for what it is.
func TestStats(t *testing.T) {
	const batch = `[{"path":"a","message":"1"},{"path":"b","message":"2"}]`
	for _, c := range []struct {
		name, method, target, body, token string
		want                              dudley.Stats
	}{
		{"a batch", "POST", "/", batch, "", dudley.Stats{Updates: 2, Bytes: uint64(len(batch))}},
		{"an empty batch", "POST", "/", "[]", "", dudley.Stats{Bytes: 2}},
		{"a message", "POST", "/a", "text", "", dudley.Stats{Updates: 1, Bytes: 4}},
		{"no JSON", "POST", "/", "[", "", dudley.Stats{Bytes: 1, Malformed: 1}},
		{"a query", "POST", "/a?b", "text", "", dudley.Stats{Malformed: 1}},
		{"too long", "POST", "/a", strings.Repeat("x", dudley.MaxBody+1), "", dudley.Stats{Malformed: 1}},
		{"the wrong method", "GET", "/a", "", "", dudley.Stats{Refused: 1}},
		{"the wrong token", "POST", "/a", "text", "other", dudley.Stats{Refused: 1}},
		{"a control path", "POST", "/::connect", "text", "", dudley.Stats{Bytes: 4, Refused: 1}},
	} {
		d := dudley.New(new(thestraltest.Recorder), dudley.Options{RefuseControl: true, Token: "secret"})
		r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
		r.Header.Set("Authorization", "Bearer secret"+c.token)
		d.ServeHTTP(httptest.NewRecorder(), r)
		if diff := cmp.Diff(c.want, d.Stats()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestGuard: who may not post is not shown anything either, and is told why in
// JSON even without an Accept header.
func TestGuard(t *testing.T) {
	for _, c := range []struct {
		name, method, host string
		headers            map[string]string
		status             int
	}{
		{"all is well", "GET", "localhost", map[string]string{"Authorization": "Bearer secret"}, 200},
		{"a query is for the one behind", "GET", "localhost", map[string]string{"Authorization": "Bearer secret"}, 200},
		{"no token", "GET", "localhost", nil, 401},
		{"the wrong token", "GET", "localhost", map[string]string{"Authorization": "Bearer secre"}, 401},
		{"another host", "GET", "evil.example", map[string]string{"Authorization": "Bearer secret"}, 421},
		{"another origin", "POST", "localhost", map[string]string{"Authorization": "Bearer secret", "Origin": "https://evil.example"}, 403},
	} {
		shown := false
		d := dudley.New(new(thestraltest.Recorder), dudley.Options{Token: "secret", Hosts: []string{"push.example"}})
		r := httptest.NewRequest(c.method, "/metrics?query", nil)
		r.Host = c.host
		for name, value := range c.headers {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		d.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { shown = true })).ServeHTTP(w, r)
		refused := c.status != 200
		if w.Code != c.status || shown == refused || (d.Stats() == dudley.Stats{Refused: 1}) != refused {
			t.Errorf("%s: answered %d instead of %d, shown is %v, the stats are %+v", c.name, w.Code, c.status, shown, d.Stats())
		}
		if refused && !strings.HasPrefix(w.Body.String(), `{"error":"`) {
			t.Errorf("%s: answered %s", c.name, w.Body)
		}
	}
}
