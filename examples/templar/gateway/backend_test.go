package gateway_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/templar/gateway"
	"github.com/rootspush/roots/internal/websocket"
)

// An api is a stub that notes what it was asked.
type api struct {
	*httptest.Server
	asked chan asked
}

// asked is what came in a request, without what every request has.
type asked struct {
	Method, Path, Host string
	Header             map[string]string
}

// newAPI answers every bootstrap with a status and a body, and all else with 204.
func newAPI(t testing.TB, status int, body string) *api {
	a := &api{asked: make(chan asked, 100)}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one := asked{r.Method, r.URL.Path, r.Host, map[string]string{}}
		for name := range r.Header {
			one.Header[name] = strings.Join(r.Header[name], "|")
		}
		a.asked <- one
		if !strings.HasSuffix(r.URL.Path, "/bootstrap/") {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if status == http.StatusFound {
			w.Header().Set("Location", "/login/bootstrap/")
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *api) backend(t testing.TB, headers map[string]gateway.Source) *gateway.API {
	t.Helper()
	backend, err := gateway.NewAPI(a.URL+"/api/", "", headers)
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

// TestProxiedHeaders: what the API is asked with, of what the client sent.
func TestProxiedHeaders(t *testing.T) {
	stock := []string{
		"Cookie: a=b; csrftoken=CSRF", "X-Real-IP: 10.0.0.9", "Authorization: Basic x", "X-Forwarded-For: 1.2.3.4",
		"User-Agent: tester", "Origin: https://app.example", "X-Other: x",
	}
	own := map[string]gateway.Source{
		"referer":         gateway.Fixed("https://app.example/"),
		"X-Session-Token": gateway.Param("session_token"),
		"x-real-ip":       gateway.Key("X-Forwarded-For").Map(strings.ToUpper),
		"X-A":             gateway.Cookie("a"),
		"X-None":          gateway.Cookie("none").Map(strings.ToUpper),
	}
	for name, c := range map[string]struct {
		path    string
		headers []string
		sources map[string]gateway.Source
		want    map[string]string
	}{
		"stock": {"/ws/?token=TOK&session_token=SS", stock, nil, map[string]string{
			"Cookie": "a=b; csrftoken=CSRF", "User-Agent": "tester", "X-Real-Ip": "10.0.0.9", "X-Csrftoken": "CSRF", "Authorization": "Token TOK",
		}},
		"nothing":   {"/ws/", nil, nil, map[string]string{}},
		"no token":  {"/ws/", []string{"Authorization: Token x"}, nil, map[string]string{}},
		"two lines": {"/ws/", []string{"Cookie: a=1", "Cookie: b=2"}, nil, map[string]string{"Cookie": "a=1; b=2"}},
		"own": {"/ws/?token=TOK&session_token=SS", stock, own, map[string]string{
			"Cookie": "a=b; csrftoken=CSRF", "User-Agent": "tester", "X-Real-Ip": "1.2.3.4", "X-Csrftoken": "CSRF", "Authorization": "Token TOK",
			"Referer": "https://app.example/", "X-Session-Token": "SS", "X-A": "b",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, 200, `{}`)
			backend := a.backend(t, c.sources)
			post := []gateway.Hook{backend.Post("user/notify_online/")}
			onTCP(t, gateway.Options{Backend: backend, Hooks: gateway.Hooks{Connect: post}}, func(s *site) {
				p, _ := s.ask(c.path, append(c.headers, upgrade...)...)
				p.wants(`{"is_authorized": true, "allowed_rooms": []}`)
				host := strings.TrimPrefix(a.URL, "http://")
				want := asked{"GET", "/api/bootstrap/", host, c.want}
				if diff := cmp.Diff(want, <-a.asked); diff != "" {
					t.Errorf("the API is asked (-want +got):\n%s", diff)
				}
				want = asked{"POST", "/api/user/notify_online/", host, map[string]string{"Content-Length": "0"}}
				for name, value := range c.want {
					want.Header[name] = value
				}
				if diff := cmp.Diff(want, <-a.asked); diff != "" {
					t.Errorf("the hook posts (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestOutcomes: what comes of what the API answers.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   string // what is allowed, or nothing if the client is refused
	}{
		{200, `{"allowed_rooms": [{"a": 1}]}`, `[{"a": 1}]`},
		{200, `{"allowed_rooms": [{"b": [1]}, {"b": {"c": "*"}}], "more": 1}`, `[{"b": [1]}, {"b": {"c": "*"}}]`},
		{200, `{"allowed_rooms": []}`, `[]`},
		{200, `{}`, `[]`},
		{403, `{"allowed_rooms": []}`, ""},
		{401, ``, ""},
		{404, ``, ""},
		{500, ``, ""},
		{204, ``, ""},
		{201, `{"allowed_rooms": []}`, ""},
		{302, `{"allowed_rooms": []}`, ""},
		{200, `{"allowed_rooms": ["foo"]}`, ""},
		{200, `{"allowed_rooms": [{"a": 1}, null]}`, ""},
		{200, `{"allowed_rooms": 5}`, ""},
		{200, `{"allowed_rooms": null}`, ""},
		{200, `{"allowed_rooms": {}}`, ""},
		{200, `[]`, ""},
		{200, `null`, ""},
		{200, `"text"`, ""},
		{200, `<html>`, ""},
		{200, ``, ""},
		{200, "{\"allowed_rooms\": [{\"a\": \"\xff\"}]}", ""},
		{200, `{"long": "` + strings.Repeat("x", 1<<20-len(`{"long": ""}`)) + `"}`, `[]`},
		{200, `{"long": "` + strings.Repeat("x", 1<<20-len(`{"long": ""}`)+1) + `"}`, ""},
	} {
		a := newAPI(t, c.status, c.body)
		onTCP(t, gateway.Options{Backend: a.backend(t, nil)}, func(s *site) {
			p := s.open()
			if c.want != "" {
				p.wants(`{"is_authorized": true, "allowed_rooms": ` + c.want + `}`)
				return
			}
			p.wants(`{"is_authorized": false}`)
			p.wantsClose(websocket.NormalClosure)
			s.wantStatus(gateway.Status{})
		})
		if len(a.asked) != 1 {
			t.Errorf("after %d %.50q the API was asked %d times", c.status, c.body, len(a.asked))
		}
	}
}

// TestNoAPI: it is not there, or answers nonsense, or a header can't be sent.
func TestNoAPI(t *testing.T) {
	nonsense, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer nonsense.Close()
	go func() {
		for conn, err := nonsense.Accept(); err == nil; conn, err = nonsense.Accept() {
			fmt.Fprint(conn, "this is no HTTP\r\n\r\n")
			conn.Close()
		}
	}()
	gone := httptest.NewServer(nil)
	gone.Close()
	for base, path := range map[string]string{
		gone.URL: "/ws/", "http://" + nonsense.Addr().String(): "/ws/", newAPI(t, 200, `{}`).URL: "/ws/?token=%0Aevil:1",
	} {
		backend, err := gateway.NewAPI(base, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		onTCP(t, gateway.Options{Backend: backend}, func(s *site) {
			p, _ := s.ask(path, upgrade...)
			p.wants(`{"is_authorized": false}`)
			p.wantsClose(websocket.NormalClosure)
		})
	}
}

// TestAPISocket asks over a Unix socket.
func TestAPISocket(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "api")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"allowed_rooms": [{"path": %q}]}`, r.Host+r.URL.Path)
	})}
	go server.Serve(listener)
	defer server.Close()
	backend, err := gateway.NewAPI("http://app/api/", socket, nil)
	if err != nil {
		t.Fatal(err)
	}
	onTCP(t, gateway.Options{Backend: backend}, func(s *site) {
		s.open().wants(`{"is_authorized": true, "allowed_rooms": [{"path": "app/api/bootstrap/"}]}`)
	})
}

func TestNewAPI(t *testing.T) {
	for base, fine := range map[string]bool{
		"http://h/api/": true, "https://h": true, "http://h:80/api": true,
		"": false, "h": false, "h:80": false, "ftp://h/": false, "http://": false, "http://h:x/": false,
	} {
		if _, err := gateway.NewAPI(base, "", nil); (err == nil) != fine {
			t.Errorf("%q: %v", base, err)
		}
	}
}

// TestPost: any answer of 2xx is good, and every other an error.
func TestPost(t *testing.T) {
	for status, fine := range map[int]bool{200: true, 204: true, 299: true, 302: false, 403: false, 404: false, 500: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		backend, err := gateway.NewAPI(server.URL, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := backend.Post("x/")(t.Context(), gateway.Visitor{}); (err == nil) != fine {
			t.Errorf("%d: %v", status, err)
		}
		server.Close()
	}
}
