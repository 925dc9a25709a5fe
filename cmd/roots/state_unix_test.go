//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRestartsBehindSockets: while the service manager holds the sockets no
// connection is refused during a restart, so neither a client nor a back-end has
// to try anything again, and none of them loses anything.
func TestRestartsBehindSockets(t *testing.T) {
	h := new(handover)
	firenze := "http://" + h.give(t, "firenze", "tcp", "127.0.0.1:0").String() + "/comet/"
	dudley := "http://" + h.give(t, "dudley", "tcp", "127.0.0.1:0").String() + "/"
	state := filepath.Join(t.TempDir(), "sessions")
	serve := func() *exec.Cmd {
		c := h.command(t, "--state", state, "--imperio", "", "--log", "off", "--hold", "1s")
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill(); c.Wait() })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "page") {
				return c
			}
		}
		t.Fatal("it ended before it was ready")
		return nil
	}
	server := serve()
	// A connection may be closed at the very moment in which it is used again, so
	// each request has one of its own.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func(token string) (a answer) {
		resp, err := client.Get(firenze + token)
		if err != nil {
			t.Errorf("a client: %v", err)
			return a
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
			t.Errorf("a client: %d, %v", resp.StatusCode, err)
		}
		return a
	}
	post := func(path, text string) {
		resp, err := client.Post(dudley+path, "text/plain", strings.NewReader(text))
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("a back-end: %v, %v", resp, err)
			return
		}
		resp.Body.Close()
	}

	const messages = 300
	session := ask("")
	id := session.id()
	post("::connect", id+"->news")
	heard := make(chan int)
	go func() {
		next := 0
		defer func() { heard <- next - 1 }()
		for next <= messages && !t.Failed() {
			session = ask(session.ReconnectWith)
			if session.id() != id {
				t.Errorf("session %s became %s", id, session.id())
			}
			for _, u := range session.Updates {
				if want := map[bool]string{true: "", false: fmt.Sprint(next)}[next == 0]; u.Message != want {
					t.Errorf("%q came instead of %q", u.Message, want)
				}
				next++
			}
		}
	}()
	said := make(chan struct{})
	go func() {
		defer close(said)
		for n := range messages {
			post("news", fmt.Sprint(n+1))
			time.Sleep(5 * time.Millisecond)
		}
	}()
	for range 3 {
		time.Sleep(300 * time.Millisecond) // while something is said
		server.Process.Signal(syscall.SIGTERM)
		server.Wait()
		server = serve()
	}
	<-said
	if n := <-heard; n != messages {
		t.Errorf("%d of %d messages came", n, messages)
	}
}
