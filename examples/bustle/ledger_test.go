//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newLedger returns one in a folder, as a new process has it.
func newLedger(dir string) *ledger {
	return &ledger{log: logfile{path: filepath.Join(dir, "log"), mode: 0o644, limit: 100}, statePath: filepath.Join(dir, "state")}
}

func idOf(t *testing.T, file string) fileID {
	t.Helper()
	info, err := os.Stat(file)
	ok(t, err)
	return identify(info)
}

// allOf returns all that is in the log, the full files first.
func allOf(t *testing.T, l logfile) (text string) {
	t.Helper()
	for i := keptFiles; i >= 0; i-- {
		text += contents(t, l.name(i))
	}
	return text
}

func at(offset int64) map[string]position { return map[string]position{"spool": {Offset: offset}} }

// TestLedgerSettles: what was noted is written, and its state is saved with it.
func TestLedgerSettles(t *testing.T) {
	dir := t.TempDir()
	l := newLedger(dir)
	_, err := l.resume()
	ok(t, err)
	for i := range 30 {
		l.Update(nil, Path, fmt.Sprintf("line %d", i))
		l.Update(nil, Path, "and another")
		lines, err := l.settle(at(int64(i)))
		ok(t, err)
		same(t, "what was written", []string{fmt.Sprintf("line %d", i), "and another"}, lines)
		l.log.close()
		l = newLedger(dir)
		spools, err := l.resume()
		ok(t, err)
		same(t, "the state", at(int64(i)), spools)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "log.*")); len(files) != keptFiles {
		t.Errorf("the full files are %q", files)
	}
	last := allOf(t, l.log)
	if !strings.HasSuffix(last, "line 28\nand another\nline 29\nand another\n") {
		t.Errorf("the log ends with %q", last[len(last)-60:])
	}
	if info, err := os.Stat(l.log.path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the log has mode %v, %v", info.Mode(), err)
	}
	ok(t, l.close(at(30)))
}

// TestKilledAnywhere kills a settle at each place where it can be, by making what it
// would have left behind. The next process goes on from there: it has the new
// positions and all lines, or the old positions and none of them.
func TestKilledAnywhere(t *testing.T) {
	const before, lines = "before\n", "one\ntwo, with ümlaut\n"
	for written := range len(lines) + 1 {
		dir := t.TempDir()
		l := newLedger(dir)
		write(t, l.log.path, before+lines[:written])
		s := state{Spools: at(7), Log: idOf(t, l.log.path), Size: int64(len(before)), Lines: lines}
		ok(t, s.save(l.statePath))
		write(t, l.statePath+".new", `{"spools":{"spo`) // of an older one, or of the next
		for range 3 {                                   // a kill of the recovery is no other case
			l := newLedger(dir)
			spools, err := l.resume()
			ok(t, err)
			same(t, "the positions", at(7), spools)
			same(t, "the log", before+lines, contents(t, l.log.path))
		}
	}
	dir := t.TempDir()
	l := newLedger(dir)
	write(t, l.log.path, before)
	write(t, l.statePath+".new", `{"spools":{"spool":{"offset":7}},"lines":"one\n"}`) // not renamed yet
	spools, err := l.resume()
	ok(t, err)
	same(t, "the positions", map[string]position{}, spools)
	same(t, "the log", before, contents(t, l.log.path))
}

// TestKilledWhileShifting does so at each step in which full files get their numbers.
func TestKilledWhileShifting(t *testing.T) {
	for steps := range keptFiles + 2 {
		dir := t.TempDir()
		l := newLedger(dir)
		for i := range keptFiles + 1 {
			write(t, l.log.name(i), fmt.Sprintf("number %d\n", i))
		}
		write(t, l.log.path, "before\none\n") // two is not there yet, or was not synced
		s := state{Spools: at(7), Log: idOf(t, l.log.path), Size: int64(len("before\n")), Lines: "one\ntwo\n"}
		ok(t, s.save(l.statePath))
		for i := keptFiles; i > max(0, keptFiles-steps); i-- {
			ok(t, os.Rename(l.log.name(i-1), l.log.name(i)))
		}
		_, err := l.resume()
		ok(t, err)
		l.Update(nil, Path, "three")
		_, err = l.settle(at(8))
		ok(t, err)
		l.log.close()
		if all := allOf(t, l.log); !strings.HasSuffix(all, "number 1\nbefore\none\ntwo\nthree\n") {
			t.Errorf("after %d steps the log is %q", steps, all)
		}
	}
}

// TestLogOfOthers: somebody removed it, emptied it, moved it away or wrote into it
// while no daemon ran that was killed.
func TestLogOfOthers(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, log string)
		want  string // of what is still there
	}{
		{"removed", func(t *testing.T, log string) { ok(t, os.Remove(log)) }, "one\ntwo\n"},
		{"emptied", func(t *testing.T, log string) { ok(t, os.Truncate(log, 0)) }, "one\ntwo\n"},
		{"moved", func(t *testing.T, log string) { ok(t, os.Rename(log, log+".1")) }, "before\none\ntwo\n"},
		{"moved away", func(t *testing.T, log string) { ok(t, os.Rename(log, log+".gz")) }, "one\ntwo\n"},
		{"more written", func(t *testing.T, log string) { add(t, log, "two\nby root\n") }, "before\none\ntwo\nby root\n"},
		{"something else written", func(t *testing.T, log string) {
			ok(t, os.Truncate(log, int64(len("before\n"))))
			add(t, log, "by root\n")
		}, "before\nby root\none\ntwo\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			l := newLedger(dir)
			write(t, l.log.path, "before\none\n")
			ok(t, state{Log: idOf(t, l.log.path), Size: int64(len("before\n")), Lines: "one\ntwo\n"}.save(l.statePath))
			c.spoil(t, l.log.path)
			for range 2 {
				l := newLedger(dir)
				_, err := l.resume()
				ok(t, err)
				same(t, "the log", c.want, allOf(t, l.log))
				l.log.close()
			}
		})
	}
}

// TestLogMovedWhileRunning: lines go to the new file, and none is lost.
func TestLogMovedWhileRunning(t *testing.T) {
	dir := t.TempDir()
	l := newLedger(dir)
	say := func(line string) {
		l.Update(nil, Path, line)
		_, err := l.settle(nil)
		ok(t, err)
	}
	_, err := l.resume()
	ok(t, err)
	say("one")
	ok(t, os.Rename(l.log.path, l.log.path+".old"))
	say("two")
	ok(t, os.Remove(l.log.path))
	say("three")
	ok(t, os.Truncate(l.log.path, 0))
	say("four")
	same(t, "the old log", "one\n", contents(t, l.log.path+".old"))
	same(t, "the log", "four\n", contents(t, l.log.path))
	ok(t, l.close(nil))
	ok(t, os.Remove(l.log.path))
	l = newLedger(dir)
	_, err = l.resume()
	ok(t, err)
	same(t, "the log that was removed after all was told", "", contents(t, l.log.path))
	l.log.close()
}

// TestSettleFails at each of its steps, and succeeds when it can again: nothing is
// lost, nothing comes twice, and what was noted meanwhile follows.
func TestSettleFails(t *testing.T) {
	for name, breakIt := range map[string]func(t *testing.T, l *ledger) (mend func()){
		"no folder for the log": func(t *testing.T, l *ledger) func() {
			l.log.close()
			good := l.log.path
			l.log.path = filepath.Join(good, "below a file")
			return func() { l.log.path = good }
		},
		"no folder for the state": func(t *testing.T, l *ledger) func() {
			good := l.statePath
			l.statePath = filepath.Join(good, "below a file")
			return func() { l.statePath = good }
		},
		"the log can't be written": func(t *testing.T, l *ledger) func() {
			good := l.log.file
			readOnly, err := os.Open(l.log.path)
			ok(t, err)
			l.log.file = readOnly
			return func() {
				readOnly.Close()
				l.log.file = good
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t.TempDir())
			_, err := l.resume()
			ok(t, err)
			l.Update(nil, Path, "zero")
			_, err = l.settle(at(0))
			ok(t, err)

			log := l.log.path
			mend := breakIt(t, l)
			l.Update(nil, Path, "one")
			for range 3 {
				if lines, err := l.settle(at(1)); err == nil {
					t.Fatalf("it settles %q", lines)
				}
			}
			same(t, "the log before the state is saved", "zero\n", contents(t, log))
			l.Update(nil, Path, "two")
			mend()
			for !l.isEmpty() {
				_, err := l.settle(at(2))
				ok(t, err)
			}
			same(t, "the log", "zero\none\ntwo\n", contents(t, l.log.path))
			s, err := loadState(l.statePath)
			ok(t, err)
			same(t, "the positions", at(2), s.Spools)
			l.log.close()
		})
	}
}

func TestBadState(t *testing.T) {
	l := newLedger(t.TempDir())
	write(t, l.statePath, "no JSON")
	if _, err := l.resume(); err == nil || !strings.Contains(err.Error(), l.statePath) {
		t.Errorf("the error is %v", err)
	}
}

// TestLogfileLimit: a file may be full to the last byte, and a text that is longer
// than all gets a file of its own.
func TestLogfileLimit(t *testing.T) {
	l := logfile{path: filepath.Join(t.TempDir(), "log"), mode: 0o600, limit: 10}
	put := func(text string) {
		_, err := l.ready(len(text))
		ok(t, err)
		_, err = l.file.WriteString(text)
		ok(t, err)
	}
	put("12345678\n")
	put("\n")
	put("next\n")
	put("12345678901234567890\n")
	put("last\n")
	l.close()
	for i, want := range []string{"last\n", "12345678901234567890\n", "next\n", "12345678\n\n", ""} {
		same(t, fmt.Sprint("file ", i), want, contents(t, l.name(i)))
	}
}

// TestAudit: a line that a kill cut off is ended, and what can't be written waits.
func TestAudit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit")
	write(t, file, "2009-11-10T23:00:00.000000000Z home/ann; {\"ki")
	a := newAudit(file, 1000)
	ok(t, a.endTorn())
	a.Update(nil, "home/ann", "one")
	ok(t, a.flush())
	a.file.close()
	a.file.path = filepath.Join(file, "below a file")
	a.Update(nil, "home/ann", "two")
	if a.flush() == nil {
		t.Error("it was written where nothing can be")
	}
	a.file.path = file
	a.Update(nil, "home/ann", "three")
	a.close()
	var got []string
	for _, line := range linesOf(contents(t, file)) {
		_, frame, _ := strings.Cut(line, " ")
		got = append(got, frame)
	}
	same(t, "the audit log", []string{`home/ann; {"ki`, "home/ann; one", "home/ann; two", "home/ann; three"}, got)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the audit log has mode %v, %v", info.Mode(), err)
	}
}
