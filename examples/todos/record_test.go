package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/connectors/cornelius"
	"github.com/rootspush/roots/thestral"
)

// beside runs the server as one runs it beside an application, with a recording,
// and returns its addresses by name.
func beside(t *testing.T, program, recording string) (server *exec.Cmd, addresses map[string]string) {
	t.Helper()
	server = exec.Command(program, "--firenze", "127.0.0.1:0", "--dudley", "127.0.0.1:0", "--imperio", "", "--log", "off", "--record", recording)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	addresses = map[string]string{}
	for lines := bufio.NewScanner(out); addresses["page"] == "" && lines.Scan(); { // that is the last line
		fields := strings.Fields(lines.Text())
		addresses[fields[0]] = fields[1]
	}
	return server, addresses
}

// A poller is a page of somebody, that keeps all that it got.
type poller struct {
	comet, id, token string
	got              []thestral.Update
}

func (p *poller) poll(t *testing.T) {
	t.Helper()
	answer, err := http.Get(p.comet + p.token)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var a struct {
		Updates       []thestral.Update
		ReconnectWith string
	}
	if err := json.NewDecoder(answer.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	p.token, p.got = a.ReconnectWith, append(p.got, a.Updates...)
	p.id, _, _ = strings.Cut(a.ReconnectWith, "/")
}

// TestRecordAndReplay: the application has its push from a server beside it, which
// records. Replaying the recording gives each page's id what the page got.
func TestRecordAndReplay(t *testing.T) {
	dir := t.TempDir()
	program, recording := filepath.Join(dir, "roots"), filepath.Join(dir, "recording")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/roots").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	server, addresses := beside(t, program, recording)
	s := newSite(t)
	roots, err := cornelius.New(addresses["dudley"], cornelius.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.roots = roots
	do := func(who, method, path, body string) {
		t.Helper()
		if w := s.serve(s.request(who, method, path, body)); w.Code != 200 {
			t.Fatalf("%s %s of %s is answered %d %s", method, path, who, w.Code, w.Body)
		}
	}
	pages := map[string]*poller{}
	for _, who := range []string{"ann", "bob", "eve"} {
		p := &poller{comet: addresses["firenze"]}
		p.poll(t)
		pages[who] = p
	}
	do("ann", "POST", "/connect/"+pages["ann"].id, `["todos/ann"]`)
	do("eve", "POST", "/connect/"+pages["eve"].id, `["todos/eve"]`)
	for i := range 20 {
		if i == 10 {
			do("bob", "POST", "/connect/"+pages["bob"].id, `["todos/ann","todos/bob"]`)
			do("eve", "POST", "/disconnect/"+pages["eve"].id, `["todos/eve"]`)
		}
		id := fmt.Sprint("n", i)
		do("ann", "POST", "/lists/ann/tasks", fmt.Sprintf(`{"id":%q,"text":"<Milch> für \"Zoë\"; %d\\"}`, id, i))
		do("bob", "PUT", "/lists/ann/tasks/"+id, `{"text":"done","done":true}`)
		do("eve", "POST", "/lists/eve/tasks", fmt.Sprintf(`{"id":%q,"text":"eve's own"}`, id))
		if i%3 == 0 {
			do("ann", "DELETE", "/lists/ann/tasks/"+id, "")
		}
	}
	do("ann", "POST", "/lists/ann/tasks", `{"id":"last","text":"the last"}`)
	last := map[string]string{"ann": `"last"`, "bob": `"last"`, "eve": "todos/eve"}
	for who, p := range pages {
		for len(p.got) == 0 || !strings.Contains(p.got[len(p.got)-1].Message, last[who]) {
			p.poll(t)
		}
	}
	server.Process.Signal(syscall.SIGTERM)
	server.Wait()

	out, err := exec.Command(program, "replay", "--json", recording).Output()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string][]thestral.Update{}
	for lines := json.NewDecoder(strings.NewReader(string(out))); ; {
		var line struct {
			ID string
			thestral.Update
		}
		if err := lines.Decode(&line); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		told[line.ID] = append(told[line.ID], line.Update)
	}
	for who, p := range pages {
		if diff := cmp.Diff(told[p.id], p.got); diff != "" {
			t.Errorf("%s got something else than is replayed (- replayed, + got):\n%s", who, diff)
		}
	}
}
