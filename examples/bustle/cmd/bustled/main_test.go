//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/examples/bustle/spool"
	"github.com/rootspush/roots/internal/address"
	"github.com/rootspush/roots/internal/testenv"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// begin runs the command until stop is called, and returns what it prints.
func begin(t *testing.T, args ...string) (out *bufio.Reader, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, write)
		write.Close()
		ended <- err
	}()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		go func() { _, _ = io.Copy(io.Discard, read) }()
		if err := <-ended; err != nil {
			t.Errorf("it ended with: %v", err)
		}
	}
	t.Cleanup(stop)
	return bufio.NewReader(read), stop
}

func nextLine(t *testing.T, out *bufio.Reader) string {
	t.Helper()
	line, err := out.ReadString('\n')
	ok(t, err)
	return line
}

// TestRun starts it as an administrator would, and speaks through each of its doors.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "home/ann")
	ok(t, os.MkdirAll(home, 0o755))
	log, socket := filepath.Join(dir, "town/bustle.log"), filepath.Join(dir, "sock")
	out, stop := begin(t, "--homes", filepath.Join(dir, "home/*"), "--log", log, "--audit", filepath.Join(dir, "audit/audit.log"),
		"--state", filepath.Join(dir, "state/state.json"), "--window", "1s", "--each", "60", "--all", "60", "--socket", socket, "--listen", "127.0.0.1:0")
	if line := nextLine(t, out); line != "Programs post to the socket "+socket+"\n" {
		t.Errorf("it says %q", line)
	}
	found := regexp.MustCompile(`^The page is at (http://127\.0\.0\.1:\d+/)\n$`).FindStringSubmatch(nextLine(t, out))
	if found == nil {
		t.Fatal("it does not say where the page is")
	}
	line, err := spool.Shout("HI WORLD", false)
	ok(t, err)
	ok(t, spool.Append(filepath.Join(home, spool.Name), line))
	waitForLine(t, log, "~ann shouts, 'HI WORLD'")

	base, client := address.HTTP("unix:" + socket)
	defer client.CloseIdleConnections()
	answer, err := client.Post(base+"place/bbj", "text/plain", strings.NewReader("thread 5"))
	ok(t, err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("a post is answered %d", answer.StatusCode)
	}
	waitForLine(t, log, "some things are knocking around on bbj")
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket has mode %v, %v", info.Mode(), err)
	}

	wantPage(t, found[1])
	stop()
	if _, err := os.Stat(socket); !os.IsNotExist(err) {
		t.Errorf("the socket is left: %v", err)
	}
}

// wantPage opens the page as a browser does, and hears the last lines.
func wantPage(t *testing.T, url string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	get := func(path string) string {
		answer, err := client.Get(url + path)
		ok(t, err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		ok(t, err)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s is answered %d", path, answer.StatusCode)
		}
		return string(text)
	}
	if !strings.Contains(get(""), "page.js") {
		t.Error("the page has no script")
	}
	again := regexp.MustCompile(`"reconnectWith":"(([^"/]+)/[^"]+)"`)
	session := again.FindStringSubmatch(get("comet/"))
	answer, err := client.Post(url+"connect/"+session[2], "application/json", strings.NewReader(`["bustle"]`))
	ok(t, err)
	answer.Body.Close()
	heard := ""
	for range 5 { // the first answer may bring no more than the empty message
		text := get("comet/" + session[1])
		if heard += text; strings.Contains(heard, "knocking around on bbj") {
			break
		}
		session = again.FindStringSubmatch(text)
	}
	if !strings.Contains(heard, "~ann shouts, 'HI WORLD'") || !strings.Contains(heard, "knocking around on bbj") {
		t.Errorf("the page hears %s", heard)
	}
}

func waitForLine(t *testing.T, file, line string) {
	t.Helper()
	for range 1000 {
		text, _ := os.ReadFile(file)
		if strings.Contains("\n"+string(text), "\n"+line+"\n") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	text, err := os.ReadFile(file)
	t.Fatalf("%s does not have %q, but %q, %v", file, line, text, err)
}

// TestDemo: it lives, one can take part, and nothing is left of it.
func TestDemo(t *testing.T) {
	out, stop := begin(t, "--demo")
	found := regexp.MustCompile(`^The town is in (.*)\n$`).FindStringSubmatch(nextLine(t, out))
	if found == nil {
		t.Fatal("it does not say where the town is")
	}
	mine := filepath.Join(found[1], "home/you", spool.Name)
	for line := nextLine(t, out); !strings.Contains(line, "echo 'HI WORLD' >> "+mine); line = nextLine(t, out) {
	}
	ok(t, os.WriteFile(mine, []byte("I AM HERE\n"), 0o644))
	phrase := regexp.MustCompile(`^(you hear|~(archangelic|endorphant|selfsame|vilmibm) |some things|someone shouts|there is a)`)
	lives, heard := 0, false
	for lives < 3 || !heard {
		line := nextLine(t, out)
		if phrase.MatchString(line) {
			lives++
		}
		heard = heard || line == "~you shouts, 'I AM HERE'\n"
	}
	stop()
	if _, err := os.Stat(found[1]); !os.IsNotExist(err) {
		t.Errorf("the town is left: %v", err)
	}
}

// TestMistakes are told before anything begins.
func TestMistakes(t *testing.T) {
	ended, stop := context.WithCancel(t.Context())
	stop()
	dir := t.TempDir()
	places := []string{"--log", filepath.Join(dir, "log"), "--audit", filepath.Join(dir, "audit"), "--state", filepath.Join(dir, "state"), "--homes", dir}
	ok(t, run(ended, places, io.Discard))
	for _, wrong := range [][]string{
		{"--each", "0"}, {"--all", "-1"}, {"--share", "2"}, {"--share", "0"}, {"--share", "NaN"}, {"--window", "0"}, {"--homes", "["}, {"--window", "-1s"}, {"--log", ""},
		{"--listen", "127.0.0.1:99999"}, {"--socket", filepath.Join(dir, "no/such/folder")}, {"--audit", "/dev/null/audit"},
	} {
		if err := run(ended, append(places, wrong...), io.Discard); err == nil {
			t.Errorf("%q is no mistake", wrong)
		}
	}
}

// TestUnit: systemd takes the unit, and it has hardly any rights.
func TestUnit(t *testing.T) {
	analyze := testenv.Need(t, "systemd-analyze", "systemd")
	text, err := os.ReadFile("bustled.service")
	ok(t, err)
	command := regexp.MustCompile(`ExecStart=/usr/local/bin/bustled (.*)\n`).FindSubmatch(text)
	if command == nil {
		t.Fatal("the unit does not start bustled")
	}
	if s := readFlags(strings.Fields(string(command[1]))); s.socket != "/run/bustle/bustle.sock" {
		t.Errorf("the unit has the socket %q", s.socket)
	}
	unit := filepath.Join(t.TempDir(), "bustled.service")
	ok(t, os.WriteFile(unit, []byte(strings.Replace(string(text), "ExecStart=/usr/local/bin/bustled", "ExecStart=/bin/true", 1)), 0o644))
	out, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput()
	if err != nil || strings.Contains(string(out), "bustled") {
		t.Errorf("%v\n%s", err, out)
	}
	// In tenths. What is left is that it may open sockets, and read the homes of others.
	out, err = exec.Command(analyze, "security", "--offline=true", "--no-pager", "--threshold=20", unit).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
