package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rootspush/roots/examples/templar/gateway"
)

func TestTrigger(t *testing.T) {
	onTCP(t, gateway.Options{Backend: letIn(`{"a":1}`)}, func(s *site) {
		p := s.enter()
		p.subscribe(`{"a":1}`, `1`)
		for _, c := range []struct {
			method, path, body string
			status             int
			said               string
		}{
			{"POST", "/trigger/", `{"rooms":[{"a":1}],"data":1}`, 200, "publish success"},
			{"POST", "/trigger", `{"rooms":[{"a":1}],"data":2}`, 200, "publish success"},
			{"POST", "/trigger/", `{"rooms":[],"data":2}`, 200, "publish success"},
			{"POST", "/trigger/", `{"data":3}`, 400, "rooms not specified"},
			{"POST", "/trigger/", `{"rooms":[{"a":1}]}`, 400, "data not specified"},
			{"POST", "/trigger/", `{"rooms":["a"],"data":3}`, 400, `"\"a\"" is no room, which is a JSON object as in {"customer": 1}`},
			{"POST", "/trigger/", `[{"customer":1}],"data":3`, 400, `"[{\"customer\":1}],\"data\":3" is no publication, which is {"rooms": [{"customer": 1}], "data": …}`},
			{"POST", "/trigger/", ``, 400, `"" is no publication, which is {"rooms": [{"customer": 1}], "data": …}`},
			{"GET", "/trigger/", ``, 405, "a trigger is sent by POST"},
			{"PUT", "/trigger/", `{"rooms":[{"a":1}],"data":3}`, 405, "a trigger is sent by POST"},
			{"POST", "/trigger/more", `{"rooms":[{"a":1}],"data":3}`, 404, "404 page not found\n"},
			{"POST", "/trigger/", strings.Repeat("x", gateway.MaxPublication+1), 413, "the body is 1048577 bytes long, at most 1048576 are allowed"},
		} {
			w := httptest.NewRecorder()
			s.gateway.Trusted().ServeHTTP(w, httptest.NewRequest(c.method, c.path, strings.NewReader(c.body)))
			if w.Code != c.status || w.Body.String() != c.said {
				t.Errorf("%s %s %.50s is answered %d %q", c.method, c.path, c.body, w.Code, w.Body)
			}
		}
		p.wants(published(`1`, `1`), published(`2`, `1`))
		p.does("ping", "pong")

		r := httptest.NewRequest("POST", "/trigger/", io.MultiReader(strings.NewReader(`{}`)))
		w := httptest.NewRecorder()
		if s.gateway.Trusted().ServeHTTP(w, r); w.Code != http.StatusLengthRequired {
			t.Errorf("a body of unknown length is answered %d", w.Code)
		}
	})
}

func TestTrustedStatus(t *testing.T) {
	onTCP(t, gateway.Options{Backend: letIn(), PrivateStatus: true}, func(s *site) {
		s.enter()
		w := httptest.NewRecorder()
		s.gateway.Trusted().ServeHTTP(w, httptest.NewRequest("GET", "/status", nil))
		if got := w.Body.String(); w.Code != 200 || got != s.gateway.Status().String() || !strings.HasPrefix(got, `{"open_connections": 1, `) {
			t.Errorf("answered %d %s", w.Code, got)
		}
	})
}

// TestTriggerAtTheEnd is told that nothing was published.
func TestTriggerAtTheEnd(t *testing.T) {
	onPipes(t, gateway.Options{Backend: letIn()}, func(s *site) {
		s.stop()
		w := httptest.NewRecorder()
		s.gateway.Trusted().ServeHTTP(w, httptest.NewRequest("POST", "/trigger/", strings.NewReader(`{"rooms":[],"data":1}`)))
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	})
}
