package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/slogtest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// logTo makes a logger in a bubble, which writes lines without the time.
func logTo(to *bytes.Buffer, level slog.Level) *slog.Logger {
	return slog.New(newSieve(level, slog.NewTextHandler(to, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})))
}

// TestSieve: of each text so many lines go through in a second, and the rest is
// counted; what is no warning goes through as it is.
func TestSieve(t *testing.T) {
	for _, c := range []struct {
		warnings, others int
		more             []string
	}{
		{mostAlike, mostAlike + 1, []string{`level=ERROR msg="… and 1 more" of=other`}},
		{mostAlike + 1, mostAlike, []string{`level=WARN msg="… and 1 more" of=flood`}},
		{10_000, 0, []string{`level=WARN msg="… and 9995 more" of=flood`}},
		{1, 1, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			var to bytes.Buffer
			logger := logTo(&to, slog.LevelDebug)
			for range 2 { // each second anew
				to.Reset()
				var want []string
				for i := range c.warnings {
					logger.With("n", i).Warn("flood")
					if i < mostAlike {
						want = append(want, fmt.Sprintf("level=WARN msg=flood n=%d", i))
					}
				}
				for i := range c.others {
					logger.Error("other", "n", i)
					if i < mostAlike {
						want = append(want, fmt.Sprintf("level=ERROR msg=other n=%d", i))
					}
				}
				for range 2 * mostAlike {
					logger.Info("flood")
					logger.Debug("flood")
					want = append(want, "level=INFO msg=flood", "level=DEBUG msg=flood")
				}
				time.Sleep(sieveSecond)
				synctest.Wait()
				want = append(want, c.more...)
				if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(to.String()), "\n")); diff != "" {
					t.Errorf("%d and %d (-want +got):\n%s", c.warnings, c.others, diff)
				}
			}
		})
	}
}

// TestSieveTellsAtTheEnd what it has counted by then, once.
func TestSieveTellsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr buffer
		l := openLogs(logOff, slog.LevelInfo, &stderr)
		for range mostAlike + 7 {
			slog.New(l.own).Warn("flood")
		}
		for range 2 {
			l.flush()
			if got := stderr.String(); strings.Count(got, "… and 7 more") != 1 || strings.Count(got, "\n") != mostAlike+1 {
				t.Errorf("the log is\n%s", got)
			}
			time.Sleep(2 * sieveSecond)
		}
	})
}

// TestSieveIsAHandler as the standard library wants one to be.
func TestSieveIsAHandler(t *testing.T) {
	var to bytes.Buffer
	err := slogtest.TestHandler(newSieve(slog.LevelInfo, slog.NewJSONHandler(&to, nil)), func() (all []map[string]any) {
		for line := range bytes.Lines(to.Bytes()) {
			fields := map[string]any{}
			if err := json.Unmarshal(line, &fields); err != nil {
				t.Fatal(err)
			}
			all = append(all, fields)
		}
		return all
	})
	if err != nil {
		t.Error(err)
	}
}

// TestLevels: a line is logged from its level on, whatever the form, and an
// update is a line of level info.
func TestLevels(t *testing.T) {
	lines := []string{"a debug line", "an info line", "a warning", "an error"}
	for kind, kindName := range logKinds {
		for least, name := range logLevels {
			var level logLevel
			if err := level.Set(name); err != nil || level.String() != name {
				t.Fatalf("level %s became %v (%v)", name, &level, err)
			}
			var stderr buffer
			l := openLogs(logKind(kind), slog.Level(level), &stderr)
			own := slog.New(l.own)
			for i, line := range lines {
				own.Log(t.Context(), slog.Level(4*(i-1)), line)
			}
			if l.updates != nil {
				l.updates.Update(nil, "an/update", "text")
			}
			l.flush()
			got := stderr.String()
			for i, line := range lines {
				if strings.Contains(got, line) != (i >= least) {
					t.Errorf("--log %s --log-level %s logs\n%s", kindName, name, got)
				}
			}
			if strings.Contains(got, "an/update") != (least <= 1 && logKind(kind) != logOff) {
				t.Errorf("--log %s --log-level %s logs\n%s", kindName, name, got)
			}
			for line := range strings.Lines(got) {
				if logKind(kind) == logJSON && !json.Valid([]byte(line)) {
					t.Errorf("%s is no JSON", line)
				}
			}
		}
	}
	var level logLevel
	if err := level.Set("loud"); err == nil || err.Error() != "it must be one of debug, info, warn, error" {
		t.Errorf("level loud gives %v", err)
	}
}

// TestTextFromOutsideIsInFields: no form lets it make a line of its own, or look
// like what the server says.
func TestTextFromOutsideIsInFields(t *testing.T) {
	before := slog.Default()
	defer func() {
		slog.SetDefault(before)
		log.SetFlags(log.LstdFlags)
		log.SetOutput(os.Stderr)
	}()
	const forged = "x\nlevel=ERROR msg=forged\n{\"level\":\"error\"}\x1b[31m"
	for kind, name := range logKinds {
		var stderr buffer
		l := openLogs(logKind(kind), slog.LevelInfo, &stderr)
		l.use()
		slog.Warn("a piece says so", "error", errors.New(forged))
		log.Print("http: ", forged) // as net/http does
		if l.updates != nil {
			l.updates.Update(nil, "path", forged)
		}
		l.flush()
		got := stderr.String()
		want := 2
		if l.updates != nil {
			want = 3
		}
		if strings.Count(got, "\n") != want || strings.Contains(got, "\x1b") || !strings.Contains(got, "net/http has a complaint") {
			t.Errorf("--log %s logs\n%s", name, got)
		}
	}
}

// TestStartAndStop are told in the JSON log, with the addresses, and to people
// only if they ask for it: they have them on standard output.
func TestStartAndStop(t *testing.T) {
	for _, c := range []struct {
		args []string
		want int
	}{
		{nil, 0},
		{[]string{"--log-level", "debug"}, 1},
		{[]string{"--log", "json"}, 1},
		{[]string{"--log", "json", "--log-level", "warn"}, 0},
	} {
		p := start(t, c.args...)
		p.terminate()
		p.status()
		for _, says := range []string{"the server is ready", "the server has stopped"} {
			told := 0
			for line := range strings.Lines(p.stderr.String()) {
				if strings.Contains(line, says) && strings.Contains(line, p.addresses["dudley"]) {
					told++
				}
			}
			if told != c.want {
				t.Errorf("roots %q tells %d times that %s:\n%s", c.args, told, says, p.stderr)
			}
		}
	}
}

// TestFloodIsCounted: of bad input that comes in a flood few lines are logged,
// they tell how many there were in all, and each of them is JSON.
func TestFloodIsCounted(t *testing.T) {
	const requests = 300
	p := start(t, "--log", "json")
	for range requests {
		p.get(p.addresses["dudley"] + "nothing")
	}
	p.terminate()
	p.status()
	told, lines := 0, 0
	for text := range strings.Lines(p.stderr.String()) {
		var line struct{ Level, Message, Of string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%s is no JSON: %v", text, err)
		}
		more := 0
		switch n, _ := fmt.Sscanf(line.Message, "… and %d more", &more); {
		case n == 1 && line.Of == "dudley refuses a request" && line.Level == "warn":
			told += more
			lines++
		case line.Message == "dudley refuses a request":
			told++
			lines++
		}
	}
	if told != requests || lines >= requests/2 {
		t.Errorf("%d lines tell of %d requests instead of %d:\n%s", lines, told, requests, p.stderr)
	}
}
