package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/bustle/spool"
)

// asMain in the environment makes this program be bustle itself, with a status and a terminal
// of its own.
const asMain = "BE_BUSTLE=1"

func TestMain(m *testing.M) {
	if os.Getenv("BE_BUSTLE") != "" {
		main()
	}
	os.Exit(m.Run())
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// command returns bustle, as it is run by somebody whose home is this folder.
func command(t *testing.T, home string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env = append(os.Environ(), asMain, "HOME="+home)
	return c
}

// statusOf runs c, and returns its exit status and what it says on standard error.
func statusOf(t *testing.T, c *exec.Cmd) (int, string) {
	t.Helper()
	var says bytes.Buffer
	c.Stderr = &says
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), says.String()
}

// add writes at the end of a log.
func add(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	ok(t, err)
	_, err = f.WriteString(text)
	ok(t, err)
	ok(t, f.Close())
}

// TestStatus: 0 and a line, or 1 for what is wrong with the words, or 2 for the file.
func TestStatus(t *testing.T) {
	full := t.TempDir()
	ok(t, os.Mkdir(filepath.Join(full, spool.Name), 0o755))
	for _, c := range []struct {
		args  []string
		home  string // a new one if it is ""
		code  int
		wrote string
		says  string
	}{
		{args: []string{"update", "HI"}, wrote: "HI\n"},
		{args: []string{"update", "HI", "WORLD"}, wrote: "HI WORLD\n"},
		{args: []string{"update", "--anon", "HI"}, wrote: `{"kind":"shout","text":"HI","anon":true}` + "\n"},
		{args: []string{"update", "--", "--anon"}, wrote: "--anon\n"},
		{args: []string{"update", "HI", "-x"}, wrote: "HI -x\n"},
		{args: []string{"update", `{"kind":"noise"}`}, wrote: `{"kind":"shout","text":"{\"kind\":\"noise\"}"}` + "\n"},
		{args: []string{"update"}, code: 1, says: "no text to shout"},
		{args: []string{"update", ""}, code: 1, says: "no text to shout"},
		{args: []string{"update", "-x"}, code: 1, says: "not defined: -x, it must be: bustle update"},
		{args: []string{"update", "a\nb"}, code: 1, says: "control character"},
		{args: []string{"update", strings.Repeat("a", 512)}, code: 1, says: "at most 512 are allowed"},
		{args: []string{"update", "HI"}, home: full, code: 2, says: "is no regular file"},
		{args: []string{"update", "HI"}, home: filepath.Join(full, "missing"), code: 2, says: "no such file"},
		{args: []string{"relay"}, code: 1, says: "is no place"},
		{args: []string{"relay", "--place", "A B"}, code: 1, says: `"A B" is no place`},
		{args: []string{"relay", "--place", "bbj", "more"}, code: 1, says: "it must be: bustle relay"},
		{args: []string{"relay", "--place", "bbj"}},
		{args: []string{"dance"}, code: 1, says: `"dance" is not known`},
		{args: []string{"--interval", "0"}, code: 1, says: "must be above 0"},
		{args: []string{"--interval", "soon"}, code: 1, says: "invalid value"},
		{args: []string{"--log", full}, code: 2, says: "is no regular file"},
		{args: []string{"--help"}},
		{args: []string{"update", "--help"}},
	} {
		if c.home == "" {
			c.home = t.TempDir()
		}
		code, says := statusOf(t, command(t, c.home, c.args...))
		if code != c.code || !strings.Contains(says, c.says) || (code == 0) != (says == "") {
			t.Errorf("%.80q: status %d, %q", c.args, code, says)
		}
		wrote, _ := os.ReadFile(filepath.Join(c.home, spool.Name))
		if diff := cmp.Diff(c.wrote, string(wrote)); diff != "" {
			t.Errorf("%.80q: %s", c.args, diff)
		}
	}
}

func TestHelp(t *testing.T) {
	for args, want := range map[string][]string{
		"--help":        {"bustle update [--anon]", "-interval", "/town/bustle/bustle.log"},
		"update --help": {"bustle update [--anon]", "-anon"},
		"relay -h":      {"bustle relay --place NAME", "-place", ".bustle.spool"},
	} {
		var out bytes.Buffer
		if err := run(t.Context(), strings.Fields(args), nil, &out); status(err) != 0 {
			t.Errorf("%s: %v", args, err)
		}
		for _, text := range want {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s does not tell of %q: %s", args, text, out.String())
			}
		}
	}
}

// TestRelay: each of 10,000 lines is told, whatever is in it and however long it is.
func TestRelay(t *testing.T) {
	const lines = 10_000
	var in strings.Builder
	for i := range lines - 3 {
		fmt.Fprintln(&in, "a secret of the forum", i)
	}
	fmt.Fprintf(&in, "\n%s\x00\xff\nthe last one has no end", strings.Repeat("x", 1<<20))
	home := t.TempDir()
	c := command(t, home, "relay", "--place", "bbj")
	c.Stdin = strings.NewReader(in.String())
	if code, says := statusOf(t, c); code != 0 || says != "" {
		t.Fatalf("status %d, %q", code, says)
	}
	wrote, err := os.ReadFile(filepath.Join(home, spool.Name))
	ok(t, err)
	if want := strings.Repeat(`{"kind":"noise","place":"bbj"}`+"\n", lines); want != string(wrote) {
		t.Errorf("%d lines, the first is %.80q", bytes.Count(wrote, []byte("\n")), wrote)
	}
}

func TestEachLine(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "a": 1, "a\n": 1, "\n": 1, "\n\n": 2, "a\nb": 2,
		strings.Repeat("x", 4096): 1, strings.Repeat("x", 8192) + "\n": 1, strings.Repeat("x", 4095) + "\ny": 2,
	} {
		got := 0
		if err := eachLine(strings.NewReader(text), func() error { got++; return nil }); err != nil || got != want {
			t.Errorf("%.20q has %d lines, %v", text, got, err)
		}
	}
	failed := errors.New("the disk is full")
	if err := eachLine(strings.NewReader("a\nb\n"), func() error { return failed }); !errors.Is(err, failed) {
		t.Errorf("the spool can't be written to: %v", err)
	}
	if err := eachLine(io.MultiReader(strings.NewReader("a\n"), failing{failed}), func() error { return nil }); !errors.Is(err, failed) {
		t.Errorf("the input can't be read: %v", err)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// TestRelaySpool: a bot has a spool somewhere else.
func TestRelaySpool(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bbj.spool")
	ok(t, run(t.Context(), []string{"relay", "--place", "bbj", "--spool", path}, strings.NewReader("new post\n"), io.Discard))
	wrote, err := os.ReadFile(path)
	ok(t, err)
	if diff := cmp.Diff(`{"kind":"noise","place":"bbj"}`+"\n", string(wrote)); diff != "" {
		t.Error(diff)
	}
}

// TestPipe: into a pipe go plain lines, as soon as they come, and SIGTERM ends it well.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bustle.log")
	add(t, path, "you hear faint noise in the chat room\n")
	ctx, stop := context.WithCancel(t.Context())
	c := exec.CommandContext(ctx, os.Args[0], "--log", path, "--interval", "10ms")
	c.Env = append(os.Environ(), asMain)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	out, err := c.StdoutPipe()
	ok(t, err)
	ok(t, c.Start())
	lines := bufio.NewReader(out)
	for _, want := range []string{"you hear faint noise in the chat room\n", "someone shouts, '\\x1b[31mHI'\n"} {
		got, err := lines.ReadString('\n')
		ok(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		add(t, path, "someone shouts, '\x1b[31mHI'\n")
	}
	stop()
	left, err := io.ReadAll(lines)
	ok(t, err)
	if text := strings.ReplaceAll(string(left), "someone shouts, '\\x1b[31mHI'\n", ""); text != "" {
		t.Errorf("in the end it says %q", text)
	}
	if err := c.Wait(); err != nil && !errors.Is(err, context.Canceled) || c.ProcessState.ExitCode() != 0 {
		t.Errorf("it ends with %v, status %d", err, c.ProcessState.ExitCode())
	}
}
