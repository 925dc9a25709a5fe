package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/internal/testenv"
)

// patience is how long anything is waited for at most.
const patience = 60 * time.Second

// A terminal is a real one, which tmux has, with a shell in it.
type terminal struct {
	t      *testing.T
	tmux   string
	socket string
}

func openTerminal(t *testing.T, columns, rows string) *terminal {
	t.Helper()
	t.Parallel() // it takes the time that people take
	x := &terminal{t, testenv.Need(t, "tmux", "tmux"), filepath.Join(t.TempDir(), "tmux")}
	shell := testenv.Need(t, "bash", "bash")
	x.do("-f", os.DevNull, "new-session", "-d", "-x", columns, "-y", rows, "env", "-u", "NO_COLOR", "PS1=READY ", asMain, shell, "--norc", "--noprofile")
	t.Cleanup(func() { x.do("kill-server") })
	x.waitFor("the shell", func(screen string) bool { return strings.Contains(screen, "READY") })
	x.keys("clear", "Enter")
	return x
}

// do runs a command of tmux.
func (x *terminal) do(args ...string) string {
	x.t.Helper()
	c := exec.Command(x.tmux, append([]string{"-u", "-S", x.socket}, args...)...)
	c.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := c.CombinedOutput()
	if err != nil {
		x.t.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return strings.TrimRight(string(out), "\n")
}

func (x *terminal) keys(keys ...string) { x.do(append([]string{"send-keys"}, keys...)...) }

// screen returns what stands there, without what is empty below.
func (x *terminal) screen() string { return x.do("capture-pane", "-p") }

func (x *terminal) cursorIsShown() bool {
	return x.do("display-message", "-p", "#{cursor_flag}") == "1"
}

// waitFor looks until something is so, and returns the screens that it saw until then.
func (x *terminal) waitFor(what string, is func(screen string) bool) (seen []string) {
	x.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		screen := x.screen()
		if is(screen) {
			return seen
		}
		if len(seen) == 0 || seen[len(seen)-1] != screen {
			seen = append(seen, screen)
		}
	}
	x.t.Fatalf("%s never came; the screen is\n%s", what, x.screen())
	return nil
}

// waitForLines waits until the screen has these lines and no more.
func (x *terminal) waitForLines(lines ...string) (seen []string) {
	x.t.Helper()
	want := strings.Join(lines, "\n")
	return x.waitFor(want, func(screen string) bool { return screen == want })
}

// record notes all that is written to the terminal from now on, for who looks now and
// then misses some of it. frames returns what stood in a row with the cursor hidden, each
// once, and text is all of it.
func (x *terminal) record() (frames func() map[string]bool, text func() string) {
	x.t.Helper()
	file := filepath.Join(x.t.TempDir(), "record")
	x.do("pipe-pane", "cat > '"+file+"'")
	text = func() string {
		all, _ := os.ReadFile(file) // it is made by another process
		return string(all)
	}
	frames = func() map[string]bool {
		all := map[string]bool{}
		for _, frame := range strings.Split(text(), "\x1b[?25l\r\x1b[K")[1:] {
			frame, _, _ = strings.Cut(frame, "\r")
			all[frame] = true
		}
		return all
	}
	return frames, text
}

// start runs bustle, and leaves nothing else on the screen.
func (x *terminal) start(arguments string) {
	x.keys("-l", "clear; "+arguments)
	x.keys("Enter")
}

// said is what the feed says in these tests.
var said = []string{
	"you hear faint noise in the chat room",
	"~endorphant is moving around in their home directory",
	"~vilmibm just added to their public_html",
	"some things are knocking around on bbj",
	"there is a rattling sound in ttbp",
	"someone shouts, 'HI WORLD'",
	"~archangelic shouts, '日本語 \\x1b[2J'",
}

// TestTerminal: messages come to life, stand there whole, and leave the terminal as it was.
func TestTerminal(t *testing.T) {
	x := openTerminal(t, "200", "24")
	frames, _ := x.record()
	log := filepath.Join(t.TempDir(), "bustle.log")
	x.start(os.Args[0] + " --log " + log + " --interval 100ms")
	x.waitForLines("it is quiet here: " + log + " does not exist yet")
	for i, line := range said {
		add(t, log, strings.ReplaceAll(line, `\x1b`, "\x1b")+"\n")
		x.waitForLines(said[:i+1]...)
		testenv.Eventually(t, "what moves, with the cursor hidden", func() bool { return len(frames()) >= 2*(i+1) })
	}
	if colours := x.do("capture-pane", "-e", "-p"); !strings.Contains(colours, "\x1b[35mchat room") {
		t.Errorf("there are no colours: %q", colours)
	}
	x.keys("C-c")
	x.waitFor("the end", func(screen string) bool { return strings.HasSuffix(screen, "READY") })
	x.keys("clear; echo status $?", "Enter")
	x.waitForLines("status 0", "READY")
	if !x.cursorIsShown() {
		t.Error("the cursor is hidden")
	}
}

// TestResize: a message is broken into rows that fit, and one that was begun before is not torn.
func TestResize(t *testing.T) {
	x := openTerminal(t, "60", "24")
	log := filepath.Join(t.TempDir(), "bustle.log")
	add(t, log, "")
	x.start(os.Args[0] + " --log " + log + " --interval 100ms")
	x.waitForLines("it is quiet here")
	add(t, log, "~ann shouts, 'meet at the well'\n")
	x.waitFor("a beginning", func(screen string) bool { return !strings.Contains(screen, "quiet") })
	x.do("resize-window", "-x", "40")
	x.waitForLines("~ann shouts, 'meet at the well'")
	add(t, log, "~bob shouts, 'HELLO BACK, and this is longer than a row'\n")
	x.waitForLines("~ann shouts, 'meet at the well'", "~bob shouts, 'HELLO BACK, and this is", "longer than a row'")
}

// TestNoColor: NO_COLOR takes the colours, and leaves what moves.
func TestNoColor(t *testing.T) {
	x := openTerminal(t, "60", "24")
	frames, text := x.record()
	log := filepath.Join(t.TempDir(), "bustle.log")
	add(t, log, "")
	x.start("NO_COLOR=1 " + os.Args[0] + " --log " + log)
	x.waitForLines("it is quiet here")
	add(t, log, "~ann shouts, 'HI'\n")
	x.waitForLines("~ann shouts, 'HI'")
	testenv.Eventually(t, "what moves", func() bool { return len(frames()) >= 2 })
	if colours := x.do("capture-pane", "-e", "-p"); strings.Contains(colours, "\x1b[") || regexp.MustCompile(`\x1b\[[\d;]*m`).MatchString(text()) {
		t.Errorf("there are colours: %q, %q", colours, text())
	}
}

// TestPlain: with --plain nothing moves, and nothing is coloured.
func TestPlain(t *testing.T) {
	x := openTerminal(t, "60", "24")
	log := filepath.Join(t.TempDir(), "bustle.log")
	add(t, log, "~ann shouts, 'HI'\n")
	x.start(os.Args[0] + " --plain --log " + log)
	seen := x.waitForLines("~ann shouts, 'HI'")
	for _, screen := range seen {
		if strings.Contains(screen, "shouts") {
			t.Errorf("before it stands there, the screen is %q", screen)
		}
	}
	if text := x.do("capture-pane", "-e", "-p"); strings.Contains(text, "\x1b[") || !x.cursorIsShown() {
		t.Errorf("it is not plain: %q", text)
	}
}

// TestSuspend: Ctrl-Z in the middle of a message leaves the terminal to the shell, and fg goes on.
func TestSuspend(t *testing.T) {
	x := openTerminal(t, "60", "24")
	log := filepath.Join(t.TempDir(), "bustle.log")
	add(t, log, "")
	x.start(os.Args[0] + " --log " + log)
	x.waitForLines("it is quiet here")
	message := "~ann just created"
	for i := range 60 { // so many rows that it takes some seconds
		message += fmt.Sprintf(" file-%02d", i)
	}
	add(t, log, message+"\n")
	x.waitFor("a beginning", func(screen string) bool { return !strings.Contains(screen, "quiet") })
	x.keys("C-z")
	x.waitFor("the shell", func(screen string) bool { return strings.HasSuffix(screen, "READY") })
	if !x.cursorIsShown() {
		t.Error("the cursor is hidden while it is suspended")
	}
	x.keys("clear; fg > /dev/null", "Enter")
	x.waitFor("the rest of the message", func(screen string) bool {
		return strings.HasSuffix(message, strings.ReplaceAll(screen, "\n", " ")) && screen != ""
	})
	x.keys("C-c")
	x.waitFor("the end", func(screen string) bool { return strings.HasSuffix(screen, "READY") && x.cursorIsShown() })
}

// TestRotation: the log is renamed and begun anew, and emptied, while somebody looks.
func TestRotation(t *testing.T) {
	x := openTerminal(t, "60", "24")
	log := filepath.Join(t.TempDir(), "bustle.log")
	add(t, log, "the first\n")
	x.start(os.Args[0] + " --log " + log + " --interval 10ms")
	x.waitForLines("the first")
	add(t, log, "the last before\n")
	ok(t, os.Rename(log, log+".1"))
	add(t, log, "the first after\n")
	x.waitForLines("the first", "the last before", "the first after")
	ok(t, os.Truncate(log, 0))
	add(t, log, "anew\n")
	x.waitForLines("the first", "the last before", "the first after", "anew")
}
