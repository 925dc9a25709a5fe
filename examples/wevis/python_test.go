package wevis_test

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
	"github.com/rootspush/roots/internal/testenv"
)

// Those at the other end were written in another language, of the bytes alone.

func python(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(testenv.Need(t, "python3", "python3"), args...)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestPythonClient(t *testing.T) {
	server := clock.NewServer()
	address, _ := serveTCP(t, server)
	_, port, _ := net.SplitHostPort(address)
	for _, test := range []struct {
		password, want string
	}{
		{"mypassword", "^ready\nit is \\d+:\\d+\nyou are michael\ndoubles 1.5 2.5 3.5\nsingles 0.0 0.5 1.0 1.5\nstill there\n$"},
		{"wrong", "^rejected: Invalid credentials.\n$"},
	} {
		out, err := python(t, "testdata/client.py", port, "michael", test.password).Output()
		if err != nil || !regexp.MustCompile(test.want).Match(out) {
			t.Errorf("with password %q: %v\n%s", test.password, err, out)
		}
		waitForMembers(t, server, 0)
	}
}

// TestPythonPings: the client waits for two pings, and the server for its pongs,
// in real time.
func TestPythonPings(t *testing.T) {
	if !testenv.Full() {
		t.Skip("takes 15 seconds; ROOTS_FULL=1 runs it")
	}
	address, _ := serveTCP(t, clock.NewServer())
	_, port, _ := net.SplitHostPort(address)
	out, err := python(t, "testdata/client.py", port, "michael", "mypassword", "2").Output()
	if err != nil || !strings.HasSuffix(string(out), "ping\nping\nstill there\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPythonServer(t *testing.T) {
	for _, test := range []struct {
		user, password, name, err string
	}{
		{"michael", "mypassword", "michael", ""},
		{"Zoë", "mypassword", "Zo\ufffd", ""},
		{"michael", "wrong", "", "login rejected: Invalid credentials."},
	} {
		cmd := python(t, "testdata/server.py", "mypassword")
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		port, _ := bufio.NewReader(must(t, out, err)).ReadString('\n')
		c := newClient("127.0.0.1:" + strings.TrimSpace(port))
		c.User, c.Password = test.user, test.password
		err = c.Start(t.Context())
		refused(t, test, err, test.err)
		if err == nil {
			askAll(t, c, test.name)
			c.Stop(t.Context())
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server: %v", err)
		}
	}
}

// askAll asks everything, and compares the answers with those of server.py.
func askAll(t *testing.T, c *wevis.Client, name string) {
	_, err := c.Receive(t.Context(), "ServerReady")
	refused(t, "ServerReady", err, "")
	for _, question := range []any{clock.WhatTimeIsIt{}, clock.WhoAmI{}, clock.PleaseMayIHaveSomeFloats{Singles: 2, Doubles: 1}} {
		refused(t, "queue", c.Queue(question), "")
	}
	itIs, err1 := wevis.Receive[clock.ItIs](t.Context(), c)
	youAre, err2 := wevis.Receive[clock.YouAre](t.Context(), c)
	floats, err3 := wevis.Receive[clock.SomeFloats](t.Context(), c)
	want := []any{clock.ItIs{Hours: 13, Minutes: 5}, clock.YouAre{Name: name}, clock.SomeFloats{Singles: []float32{.5, .5}, Doubles: []float64{1.5}}}
	if diff := cmp.Diff(want, []any{must(t, itIs, err1), must(t, youAre, err2), must(t, floats, err3)}); diff != "" {
		t.Error(diff)
	}
}
