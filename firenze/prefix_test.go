package firenze_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rootspush/roots/firenze"
)

// TestMountedUnderAPrefix: all routes are below it, and reconnectWith is the
// same as without one.
func TestMountedUnderAPrefix(t *testing.T) {
	r := newRig(t, firenze.Options{})
	mux := http.NewServeMux()
	mux.Handle("/comet/", http.StripPrefix("/comet", r))
	ask := func(method, target string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(method, target, nil))
		return w
	}
	session := read(t, ask("GET", "/comet/")).ReconnectWith
	r.tell(session, "1")
	a := read(t, ask("GET", "/comet/"+session))
	if a.ReconnectWith != withNumber(session, "1") || len(a.Updates) != 1 {
		t.Errorf("%s is answered %v", session, a)
	}
	for target, want := range map[string]int{
		"/comet/pomona.js": 200, "/comet/pomona.d.ts": 200, "/comet/nothing": 404, "/" + session: 404, "/pomona.js": 404,
	} {
		if got := ask("GET", target).Code; got != want {
			t.Errorf("GET %s is answered %d instead of %d", target, got, want)
		}
	}
	if got := ask("POST", "/comet/"+session+"/bye").Code; got != http.StatusNoContent || r.alive(session) {
		t.Errorf("good-bye is answered %d, and the session is alive: %v", got, r.alive(session))
	}
}

// TestWithoutASlash: where the whole path is taken away, a session begins too.
func TestWithoutASlash(t *testing.T) {
	r := newRig(t, firenze.Options{})
	w := httptest.NewRecorder()
	http.StripPrefix("/comet", r).ServeHTTP(w, httptest.NewRequest("GET", "/comet", nil))
	read(t, w)
}
