package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/thestral"
)

// A process is the program under test, running as a user would run it.
type process struct {
	t         *testing.T
	command   *exec.Cmd
	addresses map[string]string // what it printed, by name
	stderr    *buffer
}

// buffer may be written and read at once.
type buffer struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "roots")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "roots")
	_, err = exec.Command("go", "build", "-o", path, ".").Output()
	return path, err
})

func TestMain(m *testing.M) {
	prompt = 20 * time.Second // so that a busy machine is no proxy that keeps things back
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// command makes the program ready to be started, with nothing in its
// environment.
func command(t *testing.T, args ...string) *exec.Cmd {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, args...)
	c.Env = []string{}
	return c
}

// start runs it on free ports until the test ends, and waits until it is ready.
func start(t *testing.T, args ...string) *process {
	free := []string{"--firenze", "127.0.0.1:0", "--dudley", "127.0.0.1:0", "--imperio", "127.0.0.1:0"}
	p := &process{t: t, command: command(t, append(free, args...)...), addresses: map[string]string{}, stderr: new(buffer)}
	p.command.Stderr = p.stderr
	out, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.command.Process.Kill(); p.command.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		p.addresses[fields[0]] = fields[1]
		if fields[0] == "page" || fields[0] == "imperio-http" && strings.HasPrefix(p.addresses["dudley"], "unix:") {
			return p // that was the last line
		}
	}
	t.Fatalf("it ended before it was ready: %s", p.stderr)
	return nil
}

// terminate asks the program to end. Asking twice would kill it.
func (p *process) terminate() { p.command.Process.Signal(syscall.SIGTERM) }

// status waits until the program has ended, and returns its exit status.
func (p *process) status() int {
	p.command.Wait()
	return p.command.ProcessState.ExitCode()
}

// answer is what Firenze answers a poll with.
type answer struct {
	Updates       []thestral.Update
	ReconnectWith string
}

func (a answer) id() string {
	id, _, _ := strings.Cut(a.ReconnectWith, "/")
	return id
}

func (p *process) poll(token string) answer {
	p.t.Helper()
	return decode(p.t, p.get(p.addresses["firenze"]+token))
}

func decode(t *testing.T, text string) (a answer) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return a
}

func (p *process) get(url string) string {
	p.t.Helper()
	resp, err := http.Get(url)
	return body(p.t, resp, err)
}

func (p *process) post(path, text string) string {
	p.t.Helper()
	r, _ := http.NewRequest("POST", p.addresses["dudley"]+path, strings.NewReader(text))
	r.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(r)
	return body(p.t, resp, err)
}

func body(t *testing.T, resp *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMainJob(t *testing.T) {
	p := start(t)
	session := p.poll("")
	p.post("::connect", session.id()+"->my/data")
	p.post("", `[{"path":"my/data","message":"one"},{"path":"my/data","message":{"n":2}}]`)
	imperio, err := net.Dial("tcp", p.addresses["imperio"])
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(imperio, "my/data; three\n::exit\n")
	io.ReadAll(imperio) // it is closed when all was read

	var got []thestral.Update
	for token := session.ReconnectWith; len(got) < 4; {
		a := p.poll(token)
		got, token = append(got, a.Updates...), a.ReconnectWith
	}
	want := []thestral.Update{{Path: "my/data"}, {Path: "my/data", Message: "one"},
		{Path: "my/data", Message: `{"n":2}`}, {Path: "my/data", Message: "three"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the updates differ (- want, + got):\n%s", diff)
	}
	p.terminate()
	if code := p.status(); code != 0 {
		t.Errorf("the exit status is %d", code)
	}
	log := strings.Join([]string{
		"::register; " + session.id(),
		"::connect; " + session.id() + "->my/data",
		"my/data; one", `my/data; {"n":2}`, "my/data; three",
		"::gone; " + session.id(), ""}, "\n")
	if diff := cmp.Diff(log, p.stderr.String()); diff != "" {
		t.Errorf("the log differs (- want, + got):\n%s", diff)
	}
}

func TestDrain(t *testing.T) {
	p := start(t, "--log", "json")
	session := p.poll("")
	p.post("::connect", session.id()+"->a")
	session = p.poll(session.ReconnectWith)
	answers := make(chan answer)
	for range 2 {
		go func() { answers <- p.poll(session.ReconnectWith) }()
	}
	<-answers // of the poll whose place the other took, which now waits
	p.terminate()
	if a := <-answers; len(a.Updates) != 0 || a.id() != session.id() {
		t.Errorf("a poll that waited was answered %v", a)
	}
	if code := p.status(); code != 0 {
		t.Errorf("the exit status is %d", code)
	}
}

func TestHealth(t *testing.T) {
	p := start(t)
	for _, name := range []string{"firenze", "dudley"} {
		root := strings.TrimSuffix(p.addresses[name], "comet/")
		if got := p.get(root + "healthz"); got != "ok\n" {
			t.Errorf("%s says %q", name, got)
		}
	}
}

// TestClientsOf2009 speaks as the first Cornelius and the first Pomona did.
func TestClientsOf2009(t *testing.T) {
	p := start(t, "--imperio-http", "127.0.0.1:0")
	var session answer
	root := strings.TrimSuffix(p.addresses["firenze"], "comet/")
	json.Unmarshal([]byte(p.get(root)), &session)

	imperio := strings.TrimPrefix(strings.TrimSuffix(p.addresses["imperio-http"], "/"), "http://")
	if got := raw(t, imperio, "GET /%3A%3Aconnect%3B"+session.id()+"-%3Etasks HTTP/1.1\r\nHost: localhost:8003\r\nConnection: close\r\n\r\n"); !strings.HasSuffix(got, "\r\n\r\n{sent:true}") {
		t.Errorf("Imperio over HTTP answered %q", got)
	}
	batch := `[{"path": "tasks", "message": "{\"id\": 1}"}]`
	dudley := strings.TrimPrefix(strings.TrimSuffix(p.addresses["dudley"], "/"), "http://")
	post := "POST / HTTP/1.1\r\nHost: localhost:8004\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 45\r\n\r\n"
	if got := raw(t, dudley, post+batch); !strings.HasSuffix(got, "\r\n\r\n{success:true}") {
		t.Errorf("Dudley answered %q", got)
	}
	var a answer
	json.Unmarshal([]byte(p.get(root+session.ReconnectWith)), &a)
	want := []thestral.Update{{Path: "tasks"}, {Path: "tasks", Message: `{"id": 1}`}}
	if diff := cmp.Diff(want, a.Updates); diff != "" {
		t.Errorf("the updates differ (- want, + got):\n%s", diff)
	}
}

// raw sends bytes and returns all that comes back.
func raw(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, request)
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestToken(t *testing.T) {
	p := start(t, "--token", "sesame")
	if got := p.post("a", "b"); !strings.Contains(got, "token") {
		t.Errorf("without the token Dudley answered %s", got)
	}
	r, _ := http.NewRequest("POST", p.addresses["dudley"]+"a", strings.NewReader("b"))
	r.Header.Set("Authorization", "Bearer sesame")
	r.Header.Set("Accept", "*/*")
	resp, err := http.DefaultClient.Do(r)
	if got := body(t, resp, err); got != `{"success":true}` {
		t.Errorf("with the token Dudley answered %s", got)
	}
}

func TestOrigins(t *testing.T) {
	p := start(t, "--origin", "https://a.example", "--origin", "https://b.example,https://c.example:8443")
	_, port, _ := net.SplitHostPort(strings.TrimSuffix(strings.TrimPrefix(p.addresses["dudley"], "http://"), "/"))
	for origin, allowed := range map[string]bool{
		"https://a.example": true, "https://b.example": true, "https://c.example:8443": true,
		"http://localhost:" + port: true, "http://127.0.0.1:" + port: true,
		"https://c.example": false, "http://a.example": false, "null": false,
	} {
		r, _ := http.NewRequest("GET", p.addresses["firenze"], nil)
		r.Header.Set("Origin", origin)
		resp, err := http.DefaultClient.Do(r)
		body(t, resp, err)
		if got := resp.Header.Get("Access-Control-Allow-Origin") == origin; got != allowed {
			t.Errorf("origin %s is allowed: %v, want %v", origin, got, allowed)
		}
	}
}

// TestBadInvocations shows that what can't be done is said, with status 1 or 2.
func TestBadInvocations(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		args   []string
		env    string
		status int
		says   string
	}{
		{[]string{"--log", "loud"}, "", 2, "frames, json, off"},
		{[]string{"--hold", "0s"}, "", 2, "hold must be more than 0s"},
		{[]string{"--hold", "soon"}, "", 2, "30s or 250ms"},
		{[]string{"--origin", "example.org"}, "", 2, "https://example.org"},
		{[]string{"--nonsense"}, "", 2, "-nonsense"},
		{[]string{"serve"}, "", 2, "it must be: roots [flags]"},
		{nil, "ROOTS_DELAY=x", 2, "ROOTS_DELAY"},
		{[]string{"--name", "a/b"}, "", 1, "letters, digits"},
		{[]string{"--dudley", ":0"}, "", 1, "without a token"},
		{[]string{"--imperio", "0.0.0.0:0"}, "", 1, "rules the server"},
		{[]string{"--imperio-http", ":0"}, "", 1, "rules the server"},
		{[]string{"--firenze", taken.Addr().String()}, "", 1, "--firenze: "},
	} {
		args := append([]string{"--firenze", "127.0.0.1:0", "--dudley", "127.0.0.1:0", "--imperio", ""}, c.args...)
		cmd := command(t, args...)
		cmd.Env = append(cmd.Env, c.env)
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != c.status || !strings.Contains(string(out), c.says) {
			t.Errorf("roots %q %s ended with status %d and said %q; want %d and %q", c.args, c.env, got, out, c.status, c.says)
		}
	}
}

func TestEnvironmentAndFlags(t *testing.T) {
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"ROOTS_NAME": "from-env", "ROOTS_LOG": "off", "ROOTS_ORIGIN": "https://a.example,https://b.example"}[name]
		return v, ok
	}
	var c config
	if _, err := (program{env: env}).parse(c.newFlags(), []string{"--log", "json"}, ""); err != nil {
		t.Fatal(err)
	}
	if c.name != "from-env" || c.log != logJSON || len(c.origins) != 2 {
		t.Errorf("got name %q, log %v, origins %q", c.name, &c.log, c.origins)
	}
}

func TestHelp(t *testing.T) {
	var out strings.Builder
	none := func(string) (string, bool) { return "", false }
	if code := run(context.Background(), []string{"--help"}, none, &out, io.Discard); code != 0 {
		t.Errorf("the exit status is %d", code)
	}
	for _, flag := range []string{"firenze", "dudley", "imperio", "imperio-http", "token", "name", "origin", "hold", "delay", "log"} {
		if !strings.Contains(out.String(), "  --"+flag+" ") {
			t.Errorf("the help does not tell of --%s", flag)
		}
	}
}
