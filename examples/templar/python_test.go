package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/templar/internal/broker"
	"github.com/rootspush/roots/internal/testenv"
)

// A stub is the API, which notes what else it is asked than to bootstrap.
type stub struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

// newStub knows ann by her cookie and bob by his token.
func newStub(t testing.TB) *stub {
	s := new(stub)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/bootstrap/", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Cookie") == "session=ann":
			io.WriteString(w, `{"allowed_rooms": [{"customer": "*"}, {"list": "all"}]}`)
		case r.Header.Get("Authorization") == "Token bob":
			io.WriteString(w, `{"allowed_rooms": [{"customer": 1}]}`)
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	})
	mux.HandleFunc("POST /api/user/", func(_ http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked = append(s.asked, r.URL.Path+" "+r.Header.Get("Cookie")+r.Header.Get("Authorization"))
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// wantAsked waits until it was asked all these, in this order.
func (s *stub) wantAsked(t testing.TB, want ...string) {
	t.Helper()
	var got []string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		got = slices.Clone(s.asked)
		s.mu.Unlock()
		if len(got) >= len(want) {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the API was asked (-want +got):\n%s", diff)
	}
}

// A visitor is a Python process with a websocket.
type visitor struct {
	t     testing.TB
	to    io.WriteCloser
	lines *bufio.Scanner
}

// needPython returns a Python that has a module, or skips the test. Debian's own has
// those of its packages, and another may come before it.
func needPython(t testing.TB, module, debianPackage string) (python string) {
	t.Helper()
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import "+module).Run() == nil {
			return python
		}
	}
	testenv.Missing(t, "the module "+module+" of Python", debianPackage)
	return ""
}

// visit opens a websocket.
func (c *command) visit(query string, headers ...string) *visitor {
	c.t.Helper()
	python := needPython(c.t, "websockets", "python3-websockets")
	process := exec.Command(python, append([]string{"testdata/client.py", "ws://" + c.clients + "/ws/" + query}, headers...)...)
	process.Stderr = os.Stderr
	to, err := process.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err == nil {
		err = process.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		to.Close()
		io.Copy(io.Discard, out)
		if err := process.Wait(); err != nil {
			c.t.Errorf("the client: %v", err)
		}
	})
	v := &visitor{t: c.t, to: to, lines: bufio.NewScanner(out)}
	v.lines.Buffer(nil, 1<<20)
	return v
}

func (v *visitor) say(text string) { fmt.Fprintln(v.to, text) }

func (v *visitor) hear() string {
	v.t.Helper()
	if !v.lines.Scan() {
		v.t.Fatalf("the client ended: %v", v.lines.Err())
	}
	return v.lines.Text()
}

func (v *visitor) wants(texts ...string) {
	v.t.Helper()
	for _, want := range texts {
		if diff := cmp.Diff(want, v.hear()); diff != "" {
			v.t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func (v *visitor) does(say string, want string) {
	v.t.Helper()
	v.say(say)
	v.wants(want)
}

const (
	success = `{"code": "success"}`
	noRoom  = `{"code": "error", "message": "room-not-found"}`
)

// publication is the body of a trigger, and published what a client hears of it.
func publication(room string, n int) string {
	return fmt.Sprintf(`{"rooms": [%s], "data": {"n": %d}}`, room, n)
}

func published(n int, id string) string {
	return fmt.Sprintf(`{"type": "publish", "data": {"n": %d}, "requestId": %s}`, n, id)
}

// TestPython: a client that no one here wrote, and triggers by HTTP.
func TestPython(t *testing.T) {
	api := newStub(t)
	c := start(t, nil, "--api", api.URL+"/api/")
	const online, offline = "/api/user/notify_online/ ", "/api/user/notify_offline/ "
	ann := c.visit("", "Cookie: session=ann")
	ann.wants(`{"is_authorized": true, "allowed_rooms": [{"customer": "*"}, {"list": "all"}]}`)
	api.wantAsked(t, online+"session=ann") // before bob comes
	bob, nobody := c.visit("?token=bob"), c.visit("?token=eve")
	bob.wants(`{"is_authorized": true, "allowed_rooms": [{"customer": 1}]}`)
	nobody.wants(`{"is_authorized": false}`, "closed 1000")

	ann.does(`{"type": "subscribe", "room": {"customer": "*"}, "requestId": "all"}`, success)
	bob.does(`{"type": "subscribe", "room": {"customer": 2}, "requestId": 1}`, noRoom)
	bob.does(`{"type": "subscribe", "room": {"customer": 1}, "requestId": 1}`, success)
	bob.does(`ping`, `pong`)
	for n, room := range []string{`{"customer": 1}`, `{"customer": 2}`, `{"customer": "*"}`} {
		if said := c.post(publication(room, n)); said != "200 publish success" {
			t.Errorf("the trigger is answered %s", said)
		}
	}
	ann.wants(published(0, `"all"`), published(1, `"all"`), published(2, `"all"`))
	bob.wants(published(0, `1`), published(2, `1`))

	bob.to.Close()
	bob.wants("closed 1000")
	var status struct {
		Open  int `json:"open_connections"`
		Rooms int `json:"num_rooms"`
		Sent  int `json:"ws_messages_send"`
	}
	ann.say(`{"type": "status"}`)
	if said := ann.hear(); json.Unmarshal([]byte(said), &status) != nil || status.Open != 1 || status.Rooms != 1 || status.Sent != 5 {
		t.Errorf("the status is %s", said)
	}
	api.wantAsked(t, online+"session=ann", online+"Token bob", online+"Token bob", offline+"Token bob")

	if err := c.stop(); err != nil { // clients are told, and their end is too
		t.Error(err)
	}
	ann.wants("closed 1001")
	api.wantAsked(t, online+"session=ann", online+"Token bob", online+"Token bob", offline+"Token bob", offline+"session=ann")
}

// TestToken: with one, a trigger without it is refused, and so are pages.
func TestToken(t *testing.T) {
	c := start(t, nil, "--api", newStub(t).URL+"/api/", "--token", "secret")
	body := publication(`{}`, 1)
	for want, headers := range map[string][]string{
		"200 publish success": {"Authorization", "Bearer secret"},
		"401":                 nil,
		"401 ":                {"Authorization", "Bearer wrong"},
		"403":                 {"Authorization", "Bearer secret", "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"},
	} {
		if said := c.post(body, headers...); !strings.HasPrefix(said, want) {
			t.Errorf("with %v it is answered %s, want %s", headers, said, want)
		}
	}
}

// TestRabbitMQ: publishers in Python, a real broker that is killed and comes back, and
// the order of what comes from both sides.
func TestRabbitMQ(t *testing.T) {
	python := needPython(t, "pika", "python3-pika")
	b := broker.Start(t)
	publish := func(bodies ...string) {
		t.Helper()
		if out, err := exec.Command(python, append([]string{"testdata/publish.py", b.URL, "hightemplar"}, bodies...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	log := t.TempDir() + "/log"
	wait := func(text string, times int) {
		t.Helper()
		var said []byte
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			if said, _ = os.ReadFile(log); strings.Count(string(said), text) >= times {
				return
			}
		}
		t.Fatalf("%q was not logged %d times:\n%s", text, times, said)
	}
	c := start(t, map[string]string{"RABBITMQ_HOST": b.Host(), "LOGFILE_PATH": log}, "--api", newStub(t).URL+"/api/")
	wait("RabbitMQ is heard", 1)
	bob := c.visit("?token=bob")
	bob.wants(`{"is_authorized": true, "allowed_rooms": [{"customer": 1}]}`)
	bob.does(`{"type": "subscribe", "room": {"customer": 1}, "requestId": 1}`, success)

	room := `{"customer": 1}`
	publish(publication(room, 0), `no JSON`, `{"data": 1}`, publication(`{"customer": 2}`, 1), publication(`{"customer": "*"}`, 2))
	bob.wants(published(0, `1`), published(2, `1`)) // so it was taken before what follows
	c.post(publication(room, 3))
	publish(publication(room, 4))
	bob.wants(published(3, `1`), published(4, `1`))
	wait("a message of RabbitMQ is dropped", 2)

	b.Kill()
	wait("there is no RabbitMQ", 1)
	c.post(publication(room, 5))
	bob.wants(published(5, `1`))
	b.Restart()
	wait("RabbitMQ is heard", 2)
	publish(publication(room, 6))
	bob.wants(published(6, `1`))
	bob.say(`{"type": "status"}`)
	if said := bob.hear(); !strings.Contains(said, `"rabbitmq_messages_received": 7,`) {
		t.Errorf("the status is %s", said)
	}
}
