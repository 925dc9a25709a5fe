package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// openTerminal returns both ends of a terminal that is as wide as this.
func openTerminal(t *testing.T, width uint16) (user, program *os.File) {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { user.Close() })
	fd := int(user.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width})
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return user, program
}

// onTerminal runs a command whose output, or errors, are a terminal, and returns
// what is written there.
func onTerminal(t *testing.T, width uint16, c *exec.Cmd, output bool) string {
	t.Helper()
	return watched(t, width, c, output, new(buffer))
}

// watched does the same, and shows what is written meanwhile.
func watched(t *testing.T, width uint16, c *exec.Cmd, output bool, shown *buffer) string {
	t.Helper()
	user, program := openTerminal(t, width)
	if output {
		c.Stdout = program
	} else {
		c.Stderr = program
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(shown, user) // it ends with an error when nobody holds the other end
	}()
	if err := c.Run(); err != nil {
		t.Errorf("%v", err)
	}
	program.Close()
	<-ended
	return strings.ReplaceAll(shown.String(), "\r\n", "\n")
}

// TestColours: on a terminal there are some, unless somebody does not want them;
// all else is the same as in a pipe.
func TestColours(t *testing.T) {
	path := recordingOf(t, []thestral.Update{{Path: thestral.Connect, Message: "dolores-x-0->a;b"}, {Path: "a;b", Message: "m\x1b[31m"}})
	plain := "dolores-x-0 a\\;b; \n" + `dolores-x-0 a\;b; m\x1b[31m` + "\n"
	coloured := "\x1b[2mdolores-x-0\x1b[0m \x1b[1ma\\;b\x1b[0m; \n\x1b[2mdolores-x-0\x1b[0m \x1b[1ma\\;b\x1b[0m; m\\x1b[31m\n"
	for env, want := range map[string]string{"TERM=xterm": coloured, "NO_COLOR=": coloured, "NO_COLOR=1": plain, "TERM=dumb": plain} {
		c := command(t, "replay", path)
		c.Env = append(c.Env, env)
		if got := onTerminal(t, 80, c, true); got != want {
			t.Errorf("with %s a terminal shows %q, want %q", env, got, want)
		}
	}
	if out, err := command(t, "replay", path).Output(); string(out) != plain || err != nil {
		t.Errorf("a pipe gets %q, %v", out, err)
	}
}

// TestHelpIsAsWideAsTheTerminal: up to what can be read well.
func TestHelpIsAsWideAsTheTerminal(t *testing.T) {
	for width, most := range map[uint16]int{40: 40, 80: 80, 120: 100} {
		longest := 0
		for line := range strings.Lines(onTerminal(t, width, command(t, "--help"), true)) {
			if strings.HasPrefix(line, "   ") {
				longest = max(longest, len(strings.TrimSuffix(line, "\n")))
			}
		}
		if longest > most || longest < most-5 {
			t.Errorf("on %d columns the longest line has %d, want %d", width, longest, most)
		}
	}
}

// TestProgress: who waits for a long replay sees how far it is, in one line.
func TestProgress(t *testing.T) {
	path := recordingOf(t, []thestral.Update{{Path: "a", Message: "b"}})
	for width, line := range map[uint16]string{80: "\r\x1b[Kreplaying: 0.0 of 0.0 MB, 100 %\r", 20: "\r\x1b[Kreplaying: 0.0 of 0\r"} {
		var rec thestraltest.Recorder
		var shown buffer
		taking := dudley.New(&rec, dudley.Options{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for !strings.Contains(shown.String(), line) && r.Context().Err() == nil {
				time.Sleep(progressInterval / 10)
			}
			taking.ServeHTTP(w, r)
		}))
		got := watched(t, width, command(t, "replay", path, "--to", server.URL), false, &shown)
		server.Close()
		if !strings.HasPrefix(got, "\r\x1b[Kreplaying: ") || !strings.Contains(got, line) || !strings.HasSuffix(got, "\r\x1b[K") || strings.Contains(got, "\n") {
			t.Errorf("a terminal of %d columns shows %q", width, got)
		}
	}
}
