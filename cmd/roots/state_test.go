package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

// TestRestart: a client notices nothing but the end of its request when the server
// is started anew, and misses nothing.
func TestRestart(t *testing.T) {
	state := filepath.Join(t.TempDir(), "sessions")
	before := start(t, "--state", state)
	session := before.poll("")
	before.post("::connect", session.id()+"->my/data")
	before.post("::match", session.id()+"->all/*")
	session = before.poll(session.ReconnectWith)
	waits := make(chan answer)
	for len(session.Updates) < 2 {
		more := before.poll(session.ReconnectWith)
		session.Updates, session.ReconnectWith = append(session.Updates, more.Updates...), more.ReconnectWith
	}
	go func() { waits <- before.poll(session.ReconnectWith) }()
	before.post("my/data", "one")
	<-waits // this answer is lost
	before.terminate()
	if code := before.status(); code != 0 {
		t.Fatalf("the exit status is %d: %s", code, before.stderr)
	}
	about, err := os.Stat(state)
	if err != nil || about.Mode().Perm() != 0o600 {
		t.Fatalf("the file is %v, %v", about, err)
	}

	after := start(t, "--state", state)
	if _, err := os.Stat(state); !os.IsNotExist(err) {
		t.Errorf("the file could be taken up twice: %v", err)
	}
	after.post("my/data", "two")
	after.post("all/x", "three")
	again := after.poll(session.ReconnectWith)
	want := []thestral.Update{{Path: "my/data", Message: "one"}, {Path: "my/data", Message: "two"}, {Path: "all/x", Message: "three"}}
	if diff := cmp.Diff(want, again.Updates); diff != "" || again.id() != session.id() {
		t.Errorf("session %s goes on as %s with (-want +got):\n%s", session.id(), again.id(), diff)
	}
}

// TestRestartInVain: what can't go on begins anew, and nobody is stopped by that.
func TestRestartInVain(t *testing.T) {
	state := filepath.Join(t.TempDir(), "sessions")
	head := `{"roots_state":1,"saved":"` + time.Now().Format(time.RFC3339) + `","alone":true}` + "\n"
	one := `{"id":"x-` + strings.Repeat("A", 32) + `-1","key":"KEY","began":"2020-01-01T00:00:00Z","confirmed":0,"forgotten":0,"sent":0,"last":1,` +
		`"messages":[{"number":1,"path":"p","message":"m"}],"heard":[{"Text":"p","Pattern":false}]}` + "\n"
	token := "x-" + strings.Repeat("A", 32) + "-1/KEY-0"
	for name, c := range map[string]struct {
		text string
		want []thestral.Update // nil for a new session
	}{
		"whole":                 {head + one, []thestral.Update{{Path: "p", Message: "m"}}},
		"twice":                 {head + one + one, nil}, // there is no telling which is right
		"broken after":          {head + one + `{"id":`, []thestral.Update{{Path: "p", Message: "m"}}},
		"an impossible session": {head + strings.Replace(one, `"last":1`, `"last":0`, 1), nil},
		"an impossible path":    {head + strings.Replace(one, `"Text":"p"`, `"Text":"::connect"`, 1), nil},
		"other nodes":           {strings.Replace(head, "true", "false", 1) + one, nil},
		"too old":               {strings.Replace(head, time.Now().Format("2006"), "2020", 1) + one, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(state, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			p := start(t, "--state", state)
			if name == "too old" {
				testenv.Eventually(t, "that it was looked through", func() bool {
					_, values := p.metrics()
					return values[`roots_sessions{transport="none"}`] == "0"
				})
			}
			got := p.poll(token)
			if diff := cmp.Diff(c.want, got.Updates, cmpopts.EquateEmpty()); diff != "" || strings.HasPrefix(got.ReconnectWith, token[:4]) != (c.want != nil) {
				t.Errorf("%s goes on with (-want +got):\n%s", got.id(), diff)
			}
		})
	}
}

// TestStateThatIsNone stops the start, before anything is lost or too late.
func TestStateThatIsNone(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("my diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	for state, want := range map[string]string{
		file:                                "is no file that a server of this version keeps its sessions in",
		filepath.Join(folder, "no", "such"): "no such file or directory",
		filepath.Join(file, "x"):            "not a directory",
	} {
		c := command(t, "--state", state, "--firenze", "127.0.0.1:0", "--dudley", "127.0.0.1:0", "--imperio", "127.0.0.1:0")
		out, err := c.CombinedOutput()
		if c.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), want) {
			t.Errorf("--state %s gives %v %s, want %q", state, err, out, want)
		}
	}
	if text, _ := os.ReadFile(file); string(text) != "my diary" {
		t.Errorf("the file has %q now", text)
	}
}
