package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A paper is written to while others read it.
type paper struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (p *paper) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(text)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// lines returns what stands on a terminal that got text: all but what was written over.
func lines(text string) []string {
	text = styles.ReplaceAllString(text, "")
	text = strings.NewReplacer(hideCursor, "", showCursor, "").Replace(text)
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		rows := strings.Split(line, restart)
		all = append(all, rows[len(rows)-1])
	}
	return all
}

var styles = regexp.MustCompile("\x1b\\[0;[0-9;]*m")

// terminal returns a screen, what it shows, and how many columns it has, which may change.
func terminal(columns int64) (*screen, *paper, *atomic.Int64) {
	shown, size := new(paper), new(atomic.Int64)
	size.Store(columns)
	return &screen{w: shown, size: func() int { return int(size.Load()) }, colour: true, release: func() {}}, shown, size
}

// start shows the log until the function that it returns is called, which returns what Show did.
func start(screen *screen, path string, interval time.Duration) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		err := show(ctx, screen, Options{Log: path, Interval: interval})
		screen.close()
		ended <- err
	}()
	return func() error {
		cancel()
		return <-ended
	}
}

func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// TestPlain: lines come as they are, one after the other, with nothing of a terminal.
func TestPlain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := newLog(t, "0\n1\n2\n3\n4\n~bad shouts, '\x1b[2J'\n")
		shown := new(paper)
		stop := start(newScreen(shown, false), path, time.Second)
		after(10 * time.Second)
		want := "1\n2\n3\n4\n~bad shouts, '\\x1b[2J'\n"
		if diff := cmp.Diff(want, shown.String()); diff != "" {
			t.Error(diff)
		}
		add(t, path, "\nnew\n")
		after(poll)
		if diff := cmp.Diff(want+"new\n", shown.String()); diff != "" {
			t.Error(diff)
		}
		ok(t, stop())
	})
}

// TestInterval: it is quiet after a message, the less the more wait.
func TestInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := newLog(t, "")
		shown := new(paper)
		stop := start(newScreen(shown, true), path, 12*time.Second)
		after(time.Second)
		add(t, path, "1\n2\n3\n4\n")
		begun := time.Now()
		for i, wait := range []time.Duration{poll, 3 * time.Second, 4 * time.Second, 6 * time.Second} {
			after(wait)
			if got := strings.Count(shown.String(), "\n"); got != i+1 {
				t.Fatalf("after %v: %d lines, want %d", time.Since(begun), got, i+1)
			}
		}
		ok(t, stop())
	})
}

// TestCatchesUp: of thirty messages a second for a minute it is never more than two seconds behind.
func TestCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen, shown, _ := terminal(80)
		path := newLog(t, "")
		stop := start(screen, path, DefaultInterval)
		after(time.Second)
		log, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		ok(t, err)
		defer log.Close()
		const seconds, each = 60, 30
		for second := range seconds {
			for i := range each {
				fmt.Fprintf(log, "~ann shouts, '%d'\n", second*each+i)
			}
			after(time.Second)
			if behind := (second+1)*each - strings.Count(shown.String(), "\n"); behind > 2*each {
				t.Fatalf("after %d seconds it is %d messages behind", second, behind)
			}
		}
		after(time.Minute)
		all := lines(shown.String())
		for i, line := range all[:len(all)-1] {
			if line != fmt.Sprintf("~ann shouts, '%d'", i) {
				t.Fatalf("line %d is %q", i, line)
			}
		}
		if len(all) != seconds*each+1 {
			t.Errorf("%d lines", len(all))
		}
		ok(t, stop())
	})
}

// TestRush: of a thousand messages at once all but the last twenty are there at once.
func TestRush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen, shown, _ := terminal(80)
		path := newLog(t, "")
		stop := start(screen, path, DefaultInterval)
		after(time.Second)
		add(t, path, strings.Repeat("~ann shouts, 'HI'\n", 1000))
		after(poll)
		if got := strings.Count(shown.String(), "\n"); got < 1000-rush-1 || got > 1000-rush {
			t.Errorf("%d are there", got)
		}
		ok(t, stop())
	})
}

// TestCursor: it is hidden while something moves, and not when it stands there.
func TestCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen, shown, _ := terminal(80)
		path := newLog(t, "")
		stop := start(screen, path, time.Hour)
		isShown := func() bool {
			text := shown.String()
			return strings.LastIndex(text, showCursor) > strings.LastIndex(text, hideCursor)
		}
		after(time.Minute)
		if !isShown() {
			t.Error("it is hidden while it is quiet")
		}
		add(t, path, "someone shouts, 'HI'\n")
		after(poll)
		if isShown() {
			t.Error("it is shown while something moves")
		}
		after(time.Minute)
		if !isShown() {
			t.Error("it is hidden after that")
		}
		ok(t, stop())
	})
}

// TestQuiet: what is not there is waited for, and a terminal says so until something comes.
func TestQuiet(t *testing.T) {
	for name, c := range map[string]struct {
		columns int64
		hint    string
	}{
		"missing": {120, "it is quiet here: %s does not exist yet"},
		"narrow":  {30, "it is quiet here: %s does not exist yet"},
		"empty":   {120, "it is quiet here"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				screen, shown, _ := terminal(c.columns)
				path := filepath.Join(t.TempDir(), "l")
				if name == "empty" {
					path = newLog(t, "")
				}
				stop := start(screen, path, 0)
				after(time.Minute)
				hint := strings.Replace(c.hint, "%s", path, 1)
				if diff := cmp.Diff([]string{hint[:min(len(hint), int(c.columns)-1)]}, lines(shown.String())); diff != "" {
					t.Error(diff)
				}
				if name == "narrow" { // nobody comes
					ok(t, stop())
					if diff := cmp.Diff([]string{""}, lines(shown.String())); diff != "" {
						t.Error(diff)
					}
					return
				}
				add(t, path, "somebody is here\n")
				after(time.Minute)
				if diff := cmp.Diff([]string{"somebody is here", ""}, lines(shown.String())); diff != "" {
					t.Error(diff)
				}
				ok(t, stop())
			})
		})
	}
}

// TestEndsClean: whenever it ends, what stands there is whole and the cursor is shown.
func TestEndsClean(t *testing.T) {
	for wait := time.Duration(0); wait < 2*time.Second; wait += 70 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			screen, shown, _ := terminal(40)
			stop := start(screen, newLog(t, "~ann shouts, 'a shout that is too long for a row of this'\n"), 0)
			after(wait)
			ok(t, stop())
			want := []string{"~ann shouts, 'a shout that is too long", "for a row of this'", ""}
			if diff := cmp.Diff(want, lines(shown.String())); diff != "" {
				t.Errorf("after %v: %s", wait, diff)
			}
			if text := shown.String(); strings.LastIndex(text, showCursor) < strings.LastIndex(text, hideCursor) {
				t.Errorf("after %v the cursor is hidden", wait)
			}
		})
	}
}

// TestResize: a terminal that gets narrower is never given a frame that does not fit.
func TestResize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen, shown, columns := terminal(80)
		path := newLog(t, "~ann just created a new file, and the line is longer than what the terminal will have\n")
		stop := start(screen, path, 0)
		after(10*frameTime + frameTime/2)
		before := len(shown.String())
		columns.Store(30)
		after(frameTime)
		if got := shown.String()[before:]; strings.Contains(got, hideCursor) && !strings.HasPrefix(got, restart) {
			t.Errorf("after it was made narrower it is given %q", got)
		}
		after(time.Minute)
		add(t, path, "~ann just created a new file, and this one has to be broken\n")
		after(time.Minute)
		all := lines(shown.String())
		want := []string{"~ann just created a new file,", "and this one has to be broken", ""}
		if diff := cmp.Diff(want, all[len(all)-3:]); diff != "" {
			t.Error(diff)
		}
		ok(t, stop())
	})
}

// TestNarrow: a terminal in which nothing has room gets plain lines.
func TestNarrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen, shown, _ := terminal(narrow - 1)
		stop := start(screen, newLog(t, "you hear faint noise in the chat room\n"), 0)
		after(time.Minute)
		ok(t, stop())
		if diff := cmp.Diff([]string{"you hear faint noise in the chat room", ""}, lines(shown.String())); diff != "" {
			t.Error(diff)
		}
		if strings.Contains(shown.String(), hideCursor) {
			t.Error("it is animated")
		}
	})
}

// TestNothingElse: of all that is written, with colours and without, nothing rules the
// terminal but what is meant to.
func TestNothingElse(t *testing.T) {
	for _, colour := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			screen, shown, _ := terminal(50)
			screen.colour = colour
			path := newLog(t, "")
			stop := start(screen, path, 0)
			for _, message := range messages {
				add(t, path, message+"\n")
				after(time.Minute)
			}
			ok(t, stop())
			text := shown.String()
			if colour {
				text = styles.ReplaceAllString(text, "")
			}
			text = strings.NewReplacer(restart, "", hideCursor, "", showCursor, "", "\n", "").Replace(text)
			if Clean(text) != text {
				t.Errorf("colour %v: %q", colour, text)
			}
		})
	}
}

// A broken is written to in vain.
type broken struct{}

var errBroken = errors.New("nobody reads this")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestErrors(t *testing.T) {
	path := newLog(t, "1\n")
	if err := Show(t.Context(), broken{}, Options{Log: path}); !errors.Is(err, errBroken) {
		t.Errorf("nobody reads: %v", err)
	}
	screen, _, _ := terminal(80)
	screen.w = broken{}
	for name, path := range map[string]string{"a message": path, "the hint": newLog(t, "")} {
		if err := show(t.Context(), screen, Options{Log: path}); !errors.Is(err, errBroken) {
			t.Errorf("%s on a terminal that has gone: %v", name, err)
		}
	}
	if err := Show(t.Context(), new(paper), Options{Log: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "is no regular file") {
		t.Errorf("a folder: %v", err)
	}
}
