package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/rootspush/roots/internal/address"
	"github.com/rootspush/roots/internal/nginx"
	"github.com/rootspush/roots/internal/testenv"
)

// socketDir is a folder whose path is short enough for sockets.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "roots")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// startAt runs the program with all of it at sockets in dir.
func startAt(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	at := func(name string) string { return "unix:" + filepath.Join(dir, name) }
	return start(t, append([]string{"--firenze", at("firenze"), "--dudley", at("dudley"), "--imperio-http", at("imperio-http"), "--imperio", at("imperio")}, args...)...)
}

// TestSockets: without any port, everything works as with ports.
func TestSockets(t *testing.T) {
	dir := socketDir(t)
	p := startAt(t, dir)
	for name := range p.addresses {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode() != os.ModeSocket|0o660 {
			t.Errorf("the socket of %s is %v, %v", name, info.Mode(), err)
		}
	}
	base, firenze := address.HTTP(p.addresses["firenze"])
	defer firenze.CloseIdleConnections()
	ask := func(token string) answer {
		t.Helper()
		resp, err := firenze.Get(base + "comet/" + token)
		return decode(t, body(t, resp, err))
	}
	session := ask("")
	for _, args := range [][]string{{"connect", session.id(), "a"}, {"update", "a", "from a command"}} {
		if out, err := command(t, append(args, "--url", p.addresses["dudley"])...).CombinedOutput(); err != nil {
			t.Fatalf("roots %q says %s", args, out)
		}
	}
	lines, err := net.Dial("unix", filepath.Join(dir, "imperio"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(lines, "a; from a line\n::exit\n")
	lines.Read(make([]byte, 1)) // it ends when all was read
	lines.Close()
	var got []string
	for len(got) < 3 {
		session = ask(session.ReconnectWith)
		for _, u := range session.Updates {
			got = append(got, u.Message)
		}
	}
	if text := strings.Join(got, ", "); text != ", from a command, from a line" {
		t.Errorf("the client got %q", text)
	}
	p.terminate()
	if code := p.status(); code != 0 {
		t.Errorf("the exit status is %d: %s", code, p.stderr)
	}
	if left := filesIn(t, dir); len(left) > 0 {
		t.Errorf("the end leaves %v", left)
	}
}

// TestSocketsAfterACrash: what a killed server left behind is no obstacle, but one
// that runs is.
func TestSocketsAfterACrash(t *testing.T) {
	dir := socketDir(t)
	p := startAt(t, dir)
	p.command.Process.Kill()
	p.status()
	if left := filesIn(t, dir); len(left) != 4 {
		t.Fatalf("after a crash there is %v", left)
	}
	p = startAt(t, dir)
	second := command(t, "--firenze", p.addresses["firenze"], "--dudley", "", "--imperio", "")
	if out, _ := second.CombinedOutput(); second.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "another process listens there") {
		t.Errorf("a second server ends with %d and says %s", second.ProcessState.ExitCode(), out)
	}
	if out, err := command(t, "update", "a", "b", "--url", p.addresses["dudley"]).CombinedOutput(); err != nil {
		t.Errorf("after that the first says %s", out)
	}
}

const socketNginx = `server {
		listen LISTEN;
		location /comet/ {
			proxy_pass http://unix:DIR/firenze;
			proxy_http_version 1.1;
			proxy_set_header Host $http_host;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $http_connection;
		}
	}`

// TestSocketBehindNginx: polls, events and WebSockets go through an nginx that
// reaches Firenze by its socket.
func TestSocketBehindNginx(t *testing.T) {
	dir, addr := socketDir(t), testenv.FreeAddress(t)
	p := startAt(t, dir)
	nginx.Start(t, addr, strings.NewReplacer("LISTEN", addr, "DIR", dir).Replace(socketNginx))
	site := "http://" + addr + "/comet/"
	resp, err := http.Get(site)
	session := decode(t, body(t, resp, err))
	if out, err := command(t, "connect", session.id(), "a", "--url", p.addresses["dudley"]).CombinedOutput(); err != nil {
		t.Fatalf("roots connect says %s", out)
	}
	resp, err = http.Get(site + session.ReconnectWith)
	if session = decode(t, body(t, resp, err)); len(session.Updates) != 1 {
		t.Errorf("a poll gets %v", session.Updates)
	}
	events, _ := http.NewRequest("GET", site+session.ReconnectWith, nil)
	events.Header.Set("Accept", "text/event-stream")
	resp, err = http.DefaultClient.Do(events)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() && lines.Text() != "event: session" {
	}
	resp.Body.Close()
	if lines.Text() != "event: session" {
		t.Errorf("the last of the events is %q", lines.Text())
	}
	socket, _, err := websocket.Dial(t.Context(), site+session.ReconnectWith, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow()
	if _, text, err := socket.Read(t.Context()); err != nil || decode(t, string(text)).id() != session.id() {
		t.Errorf("the first frame is %s, %v", text, err)
	}
}
