//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// daemonIn is the variable with which this program is the daemon of the town in a
// folder.
const daemonIn = "BUSTLE_TEST_DAEMON_IN"

// killOptions let the log get full a few times.
func killOptions(dir string) Options {
	o := testOptions(dir)
	o.LogSize = 10 << 10
	o.Look = 100 * time.Millisecond
	return o
}

func runDaemon(dir string) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	town, err := New(killOptions(dir))
	err = errors.Join(err, limitWatches())
	if err == nil {
		err = town.Run(context.Background())
	}
	fmt.Fprintln(os.Stderr, err) // it is killed, so it should not get here
	os.Exit(1)
}

const (
	kills     = 100
	shoutsPer = 24 // between two kills
)

// TestKill kills the daemon a hundred times, with SIGKILL and in the middle of its
// work, while many people shout. Each shout is then in the log once, in order.
func TestKill(t *testing.T) {
	p := newPlaceIn(t, t.TempDir()) // on a disk
	random := rand.New(rand.NewPCG(3, 4))
	spools := []string{filepath.Join(p.o.SpoolDir, "bot.spool")}
	for i := range 7 {
		p.build(fmt.Sprintf("u%d", i))
		spools = append(spools, p.spoolOf(fmt.Sprintf("u%d", i)))
	}
	wrote := make([]int, len(spools))
	owed := 0
	for life := range kills {
		daemon := startDaemon(t, p.dir)
		if life%4 > 0 { // else it is killed while it starts, more or less
			waitForState(p)
		}
		for range shoutsPer {
			i := random.IntN(len(spools))
			add(t, spools[i], fmt.Sprintf("%d-%d\n", i, wrote[i]))
			wrote[i]++
			time.Sleep(time.Duration(random.IntN(3)) * time.Millisecond)
		}
		if life%2 > 0 { // just after a state was saved, when lines are owed
			waitForState(p)
		}
		time.Sleep(time.Duration(random.IntN(2000)) * time.Microsecond)
		if kill(t, daemon); owes(p) {
			owed++
		}
	}
	daemon := startDaemon(t, p.dir)
	total := kills * shoutsPer
	l := logfile{path: p.o.Log}
	for deadline := time.Now().Add(time.Minute); len(linesOf(allOf(t, l))) < total && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond) // for what should not come any more
	kill(t, daemon)

	told := make([]int, len(spools))
	for _, line := range linesOf(allOf(t, l)) {
		found := regexp.MustCompile(`^~(u\d|bot) shouts, '(\d)-(\d+)'$`).FindStringSubmatch(line)
		if found == nil {
			t.Fatalf("the log has the line %q", line)
		}
		var i, number int
		fmt.Sscan(found[2]+" "+found[3], &i, &number)
		if number != told[i] {
			t.Fatalf("the log has %q, but number %d is next", line, told[i])
		}
		told[i]++
	}
	same(t, "how many shouts each told", wrote, told)
	if contents(t, l.name(3)) == "" {
		t.Error("the log was not full three times")
	}
	for _, line := range wrote {
		if line == 0 {
			t.Error("somebody never shouted")
		}
	}
	t.Logf("%d shouts; after %d of %d kills lines were owed", total, owed, kills)
}

func startDaemon(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	daemon := exec.Command(os.Args[0])
	daemon.Env = append(os.Environ(), daemonIn+"="+dir)
	daemon.Stderr = os.Stderr
	ok(t, daemon.Start())
	t.Cleanup(func() { _ = daemon.Process.Kill() })
	return daemon
}

func kill(t *testing.T, daemon *exec.Cmd) {
	t.Helper()
	ok(t, daemon.Process.Kill())
	if err := daemon.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the daemon ended by itself: %v", err)
	}
}

// waitForState waits until the daemon saves another state, each of which is a new file,
// for two may come within one tick of their times. It has something to save.
func waitForState(p *place) {
	before, _ := os.Stat(p.o.State)
	add(p, filepath.Join(p.o.SpoolDir, "bot.spool"), "\n")
	for late := time.Now().Add(30 * time.Second); time.Now().Before(late); {
		now, err := os.Stat(p.o.State)
		if err == nil && (before == nil || !os.SameFile(now, before) || now.ModTime().After(before.ModTime())) {
			return
		}
	}
	p.Fatal("the daemon saves no state")
}

// owes says whether the daemon was killed between the state and the end of the lines.
func owes(p *place) bool {
	s, err := loadState(p.o.State)
	ok(p, err)
	file, err := (&logfile{path: p.o.Log}).find(s.Log)
	ok(p, err)
	if file == nil {
		return s.Lines != ""
	}
	defer file.Close()
	info, err := file.Stat()
	ok(p, err)
	return info.Size() < s.Size+int64(len(s.Lines))
}
