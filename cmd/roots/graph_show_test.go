package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// says runs a command of the program against this one, and returns what it writes
// and its exit status.
func (p *process) says(args ...string) (stdout, stderr string, status int) {
	var out, err strings.Builder
	env := func(name string) (string, bool) { return p.addresses["dudley"], name == "ROOTS_URL" }
	status = run(p.t.Context(), args, env, &out, &err)
	return out.String(), err.String(), status
}

func (p *process) graph(query string) (g graph) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.get(p.addresses["dudley"]+"graph"+query)), &g); err != nil {
		p.t.Fatal(err)
	}
	return g
}

// TestGraphIsBounded, and counts what it leaves out.
func TestGraphIsBounded(t *testing.T) {
	p := start(t, "--log", "off")
	for i := range 20 {
		id := p.poll("").id()
		if i < 15 {
			p.post("", fmt.Sprintf(`[{"path":"::connect","message":"%s->a"},{"path":"::match","message":"%[1]s->b/*"}]`, id))
		}
	}
	for _, limit := range []int{1, 7, 29, 30, 1000} {
		g := p.graph(fmt.Sprint("?limit=", limit))
		sessions, connections := 0, 0
		for _, n := range g.Nodes {
			if n.Kind == aSession {
				sessions++
			}
		}
		for _, e := range g.Edges {
			if strings.HasPrefix(e.From, "path:") || strings.HasPrefix(e.From, "pattern:") {
				connections++
			}
		}
		if sessions > limit || connections > limit || sessions+g.LeftOut.Receivers != 20 || connections+g.LeftOut.Connections != 30 {
			t.Errorf("with limit %d it has %d sessions and %d connections, and left out %+v", limit, sessions, connections, g.LeftOut)
		}
	}
}

func TestGraphCommand(t *testing.T) {
	p := start(t, "--log", "off", "--two-way")
	id := p.poll("").id()
	p.post("::connect", id+"->a/b")
	for format, want := range map[string][]string{
		"dot":     {"digraph roots {", `"pig" -> "path:a/b"`, `"path:a/b" -> "` + id + `"`, `"dolores" -> "pig"`, "none, queue 1 of 1000"},
		"mermaid": {"flowchart LR", `(["a/b"])`},
		"json":    {`{"from":"path:a/b","to":"` + id + `"}`, `"kind":"source","name":"browsers"`, `"name":"filch"`},
	} {
		out, stderr, status := p.says("graph", "--format", format)
		for _, text := range want {
			if !strings.Contains(out, text) || status != 0 {
				t.Errorf("as %s it ended with %d %s and lacks %q:\n%s", format, status, stderr, text, out)
			}
		}
	}
	for _, args := range [][]string{{"graph", "--format", "gif"}, {"graph", "--limit", "0"}, {"graph", "--limit", "10001"}, {"graph", "a"}} {
		if out, stderr, status := p.says(args...); status != 2 || stderr == "" || out != "" {
			t.Errorf("%q ended with status %d, and said %q and %q", args, status, out, stderr)
		}
	}
}

// shows are the addresses that show the state of the server.
var shows = []string{"graph", "graph?format=dot", "explain?id=a&path=b", "live", "live?paths=a/*"}

// TestWhoMaySee: who has the token, and reached the port by a name that is the
// server's. No page of another origin can read an answer, or show it as its own.
func TestWhoMaySee(t *testing.T) {
	p := start(t, "--log", "off", "--token", "sesame")
	open := start(t, "--log", "off")
	for _, show := range shows {
		for token, want := range map[string]int{"": 401, "simsim": 401, "sesame": 200} {
			resp := p.see(show, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) })
			if resp.StatusCode != want {
				t.Errorf("GET /%s with the token %q is answered %d", show, token, resp.StatusCode)
			}
		}
		if resp := open.see(show, func(r *http.Request) { r.Host = "evil.example:8004" }); resp.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("GET /%s by the name of another is answered %d", show, resp.StatusCode)
		}
		resp := open.see(show, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") })
		h := resp.Header
		if h.Get("Access-Control-Allow-Origin") != "" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("GET /%s has the header %v", show, h)
		}
	}
	for query, want := range map[string]string{
		"graph?format=gif": "dot, mermaid, json", "graph?limit=0": "1 to 10000", "graph?limit=x": "1 to 10000", "graph?limit=10001": "1 to 10000",
		"explain?path=a": "no id", "explain?id=a": "path is empty", "live?paths=a**": "star", "live?paths=%00": "control character",
	} {
		resp := open.see(query, func(*http.Request) {})
		text, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), want) {
			t.Errorf("GET /%s is answered %d %s", query, resp.StatusCode, text)
		}
	}
}

// see asks the trusted port. The answer is closed with the test.
func (p *process) see(show string, change func(*http.Request)) *http.Response {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), "GET", p.addresses["dudley"]+show, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	change(r)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { resp.Body.Close() })
	return resp
}
