package page_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/examples/bustle/page"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
)

// The pieces that stand behind the page.
func Example() {
	roots := new(dolores.Dolores)
	owl := pig.New(roots, pig.Options{Remember: 20, Age: 24 * time.Hour})
	roots.Delegate(owl)
	push := firenze.New(roots, firenze.Options{})
	defer push.Close()
	mux := http.NewServeMux()
	mux.Handle("/", page.Handler(owl))
	mux.Handle("/comet/", http.StripPrefix("/comet", push))
	roots.Update(nil, page.Path, "someone shouts, 'HI WORLD'")

	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	fmt.Println(answer.Code, strings.Contains(answer.Body.String(), "<h1>Bustle</h1>"))
	// Output:
	// 200 true
}

// A connector notes who is connected to what, and refuses one id.
type connector struct{ connected []string }

func (c *connector) Connect(id, path string) error {
	if id == "gone" {
		return errors.New("no such session")
	}
	c.connected = append(c.connected, id+" "+path)
	return nil
}

// TestConnect: the feed and nothing else, for whoever asks, but for no other site.
func TestConnect(t *testing.T) {
	for _, c := range []struct {
		id, body, site string
		code           int
		connected      []string
	}{
		{"id", `["bustle"]`, "same-origin", 200, []string{"id bustle"}},
		{"id", `[]`, "same-origin", 200, nil},
		{"id", `["bustle","home/ann"]`, "same-origin", 403, nil},
		{"id", `["::register"]`, "same-origin", 403, nil},
		{"id", `["Bustle"]`, "same-origin", 403, nil},
		{"id", `"bustle"`, "same-origin", 400, nil},
		{"id", ``, "same-origin", 400, nil},
		{"id", `["` + strings.Repeat("x", 64<<10) + `"]`, "same-origin", 400, nil},
		{"gone", `["bustle"]`, "same-origin", 403, nil},
		{"id", `["bustle"]`, "cross-site", 403, nil},
	} {
		owl := new(connector)
		r := httptest.NewRequest("POST", "/connect/"+c.id, strings.NewReader(c.body))
		r.Header.Set("Sec-Fetch-Site", c.site)
		answer := httptest.NewRecorder()
		page.Handler(owl).ServeHTTP(answer, r)
		if answer.Code != c.code || answer.Body.Len() > 200 {
			t.Errorf("%s %.30s from %s: %d %s", c.id, c.body, c.site, answer.Code, answer.Body)
		}
		if diff := cmp.Diff(c.connected, owl.connected); diff != "" {
			t.Errorf("%s %.30s: %s", c.id, c.body, diff)
		}
	}
}

// TestAssets: the page runs no script but its own, and nothing else is served.
func TestAssets(t *testing.T) {
	for path, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/page.js": "text/javascript; charset=utf-8", "/page.css": "text/css; charset=utf-8",
		"/index.html": "", "/page.go": "", "/connect/id": "", "/../page.go": "",
	} {
		answer := httptest.NewRecorder()
		page.Handler(new(connector)).ServeHTTP(answer, httptest.NewRequest("GET", "http://localhost"+path, nil))
		if h := answer.Header(); kind != "" && (answer.Code != 200 || h.Get("Content-Type") != kind || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self';")) {
			t.Errorf("%s: %d %v", path, answer.Code, h)
		}
		if kind == "" && answer.Code == 200 {
			t.Errorf("%s is served", path)
		}
	}
}
