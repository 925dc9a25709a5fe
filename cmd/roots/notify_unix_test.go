//go:build unix

package main

import (
	"bufio"
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A handover is what systemd gives to a service: sockets with names, and an
// environment.
type handover struct {
	names []string
	files []*os.File
	env   []string
}

// give opens a socket for the service.
func (h *handover) give(t *testing.T, name, network, addr string) net.Addr {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	file, err := l.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	h.names, h.files = append(h.names, name), append(h.files, file)
	return l.Addr()
}

// command makes roots ready to be started as systemd would.
func (h *handover) command(t *testing.T, args ...string) *exec.Cmd {
	c := command(t)
	script := `LISTEN_PID=$$ exec "$0" "$@"` // the number of the process, which is not known before
	c.Path, c.Args = "/bin/sh", append([]string{"sh", "-c", script, c.Path}, args...)
	c.ExtraFiles = h.files
	c.Env = append([]string{"LISTEN_FDS=" + strconv.Itoa(len(h.files)), "LISTEN_FDNAMES=" + strings.Join(h.names, ":")}, h.env...)
	return c
}

// TestSystemd runs roots as systemd does: with sockets, and told about its state.
func TestSystemd(t *testing.T) {
	told, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer told.Close()
	h := &handover{env: []string{"NOTIFY_SOCKET=" + told.LocalAddr().String(), "WATCHDOG_USEC=200000"}}
	browsers := h.give(t, "firenze", "tcp", "127.0.0.1:0")
	backends := h.give(t, "dudley", "tcp", "127.0.0.1:0")
	path := filepath.Join(t.TempDir(), "imperio")
	h.give(t, "imperio", "unix", path)
	taken := "127.0.0.1:1" // nobody may listen there but root, and roots is not to
	c := h.command(t, "--firenze", taken, "--dudley", taken, "--imperio", "", "--log", "off")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	for _, want := range []string{"READY=1", "WATCHDOG=1", "WATCHDOG=1"} {
		wantTold(t, told, want)
	}
	p := &process{t: t, command: c, addresses: map[string]string{}}
	for lines := bufio.NewScanner(out); p.addresses["page"] == "" && lines.Scan(); {
		fields := strings.Fields(lines.Text())
		p.addresses[fields[0]] = fields[1]
	}
	want := map[string]string{"firenze": "http://" + browsers.String() + "/comet/", "dudley": "http://" + backends.String() + "/",
		"imperio": "unix:" + path, "page": "http://" + backends.String() + "/"}
	if diff := cmp.Diff(want, p.addresses); diff != "" {
		t.Errorf("where it listens differs (-want +got):\n%s", diff)
	}
	session := p.poll("")
	p.post("::connect", session.id()+"->a")
	if a := p.poll(session.ReconnectWith); len(a.Updates) != 1 {
		t.Errorf("the session is told %v", a)
	}
	p.terminate()
	wantTold(t, told, "STOPPING=1")
	if code := p.status(); code != 0 {
		t.Errorf("the exit status is %d", code)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the socket is systemd's, and gone: %v", err)
	}
}

// wantTold reads until something is told. Signs of life may come before.
func wantTold(t *testing.T, told *net.UnixConn, want string) {
	t.Helper()
	for b := make([]byte, 100); ; {
		n, err := told.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		switch got := string(b[:n]); {
		case got == want:
			return
		case got != "WATCHDOG=1":
			t.Fatalf("systemd is told %q, want %q", got, want)
		}
	}
}

// TestHandedOverSocketsAreChecked: what roots would not open, it does not take.
func TestHandedOverSocketsAreChecked(t *testing.T) {
	for _, c := range []struct {
		names, args []string
		says        string
	}{
		{[]string{"dudley"}, nil, "without a token"},
		{[]string{"imperio"}, nil, "rules the server"},
		{[]string{"imperio-http"}, nil, "rules the server"},
		{[]string{"imperio"}, []string{"--token", "sesame"}, "rules the server"},
		{[]string{"firenze", "firenze"}, nil, "2 sockets"},
	} {
		h := new(handover)
		for _, name := range c.names {
			h.give(t, name, "tcp", ":0")
		}
		cmd := h.command(t, append([]string{"--firenze", "", "--dudley", "", "--imperio", ""}, c.args...)...)
		var says bytes.Buffer
		cmd.Stderr = &says
		_ = cmd.Run() // the exit status tells
		if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(says.String(), c.says) {
			t.Errorf("with sockets %q and %q it ended with status %d and said %q, want %q", c.names, c.args, code, &says, c.says)
		}
	}
}
