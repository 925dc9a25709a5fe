package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// connector is where cornelius is, as seen from the folder of the tests.
const connector = "../../connectors/python"

// newPython returns what runs a script, and what it pushes.
func newPython(t *testing.T, script string) (*python, *thestraltest.Recorder) {
	t.Helper()
	testenv.Need(t, "python3", "python3")
	f, _ := newFiles(t)
	heard := &thestraltest.Recorder{}
	server := httptest.NewServer(dudley.New(heard, dudley.Options{Token: "secret", RefuseControl: true}))
	t.Cleanup(server.Close)
	absolute, err := filepath.Abs(connector)
	ok(t, err)
	return &python{script, absolute, "0", server.URL, "secret", f}, heard
}

// written returns what the only job of ann has written.
func written(t *testing.T, p *python) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(p.files.folder, "ann", "*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("the files are %q, %v", found, err)
	}
	text, err := os.ReadFile(found[0])
	ok(t, err)
	return string(text)
}

func TestPicture(t *testing.T) {
	p, heard := newPython(t, picture)
	ok(t, p.run(t.Context(), "ann", "ABCDEFGHIJ"))
	var want []thestral.Update
	for row := range 24 {
		percent := fmt.Sprint(float64(100*(row+1)) / 24)
		if !strings.Contains(percent, ".") {
			percent += ".0"
		}
		want = append(want, thestral.Update{Path: "process/ann/ABCDEFGHIJ",
			Message: fmt.Sprintf(`{"percent":%s,"text":"line %d of 24"}`, percent, row+1)})
	}
	if diff := cmp.Diff(want, heard.Updates()); diff != "" {
		t.Errorf("pushed (-want +got):\n%s", diff)
	}
	if text := written(t, p); strings.Count(text, "\n") != 24 || !strings.Contains(text, "@@@") {
		t.Errorf("it drew\n%s", text)
	}
	wantNames(t, p.files, "ann", "picture-abcdefgh.txt")
}

func TestHowProcessesFail(t *testing.T) {
	for name, test := range map[string]struct{ script, want string }{
		"an exception":     {"raise ValueError('it broke')", "exit status 1: ValueError: it broke"},
		"long complaints":  {"import sys; sys.stderr.write('x' * 100000 + '\\nthe last line\\n'); sys.exit(3)", "exit status 3: the last line"},
		"too much output":  {fmt.Sprintf("print('x' * %d, flush=True)\nwhile True: pass", maxOutput), "it wrote more than 65536 bytes"},
		"a control path":   {pushing + "roots.connect('id', 'process/eve')", "exit status 1: cornelius._error.CorneliusError"},
		"without a token":  {strings.ReplaceAll(pushing, `os.environ["ROOTS_TOKEN"]`, "None") + "roots.update('a', 'b')", "exit status 1: cornelius._error.CorneliusError"},
		"no such program":  {"", "executable file not found"},
		"without a folder": {"pass", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			p, heard := newPython(t, test.script)
			owner := "ann"
			if name == "no such program" {
				t.Setenv("PATH", "")
			}
			if name == "without a folder" {
				owner = "nobody"
			}
			if err := p.run(t.Context(), owner, "ABCDEFGHIJ"); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("it failed with %v, want %q", err, test.want)
			}
			if len(heard.Updates()) != 0 {
				t.Errorf("pushed %v", heard.Updates())
			}
		})
	}
}

const pushing = `
import os
from cornelius import Cornelius
roots = Cornelius(os.environ["ROOTS_URL"], token=os.environ["ROOTS_TOKEN"])
`

// TestMostOutput: what is just allowed is written.
func TestMostOutput(t *testing.T) {
	p, _ := newPython(t, fmt.Sprintf("print('x' * %d)", maxOutput-1))
	ok(t, p.run(t.Context(), "ann", "ABCDEFGHIJ"))
	if n := len(written(t, p)); n != maxOutput {
		t.Errorf("it wrote %d bytes", n)
	}
}

// TestKilled: the process is gone when run returns, and why it was killed is told.
func TestKilled(t *testing.T) {
	p, heard := newPython(t, pushing+`
import time
roots.update("process/ann/x", {"pid": os.getpid()})
time.sleep(1000)
`)
	ctx, kill := context.WithCancelCause(t.Context())
	ended := make(chan error)
	go func() { ended <- p.run(ctx, "ann", "ABCDEFGHIJ") }()
	for end := time.Now().Add(30 * time.Second); len(heard.Updates()) == 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond) // it is another process
	}
	var pid int
	if len(heard.Updates()) != 1 {
		t.Fatal("it did not start")
	}
	if _, err := fmt.Sscanf(heard.Updates()[0].Message, `{"pid":%d}`, &pid); err != nil {
		t.Fatal(err)
	}
	kill(errStopped)
	if err := <-ended; !errors.Is(err, errStopped) {
		t.Errorf("it ended with %v", err)
	}
	if process, err := os.FindProcess(pid); err == nil && process.Signal(syscall.Signal(0)) == nil {
		t.Errorf("process %d goes on", pid)
	}
}
