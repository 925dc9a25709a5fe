//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/bustle/hush"
	"github.com/rootspush/roots/examples/bustle/spool"
	"github.com/rootspush/roots/imperio"
)

// inTown runs a test in a town that looks once in a second of fake time.
func inTown(t *testing.T, homes []string, do func(p *place)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t, homes...)
		p.o.Poll = true
		do(p)
		p.stop()
	})
}

func logTo(t *testing.T) *bytes.Buffer {
	t.Helper()
	var text bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&text, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &text
}

func TestWhatGoesOn(t *testing.T) {
	inTown(t, []string{"ann", "bob"}, func(p *place) {
		p.run()
		p.want()
		add(p, p.spoolOf("ann"), "HI WORLD\n")
		p.want("~ann shouts, 'HI WORLD'")
		add(p, p.spoolOf("bob"), `{"text":"HELLO BACK","anon":true}`+"\n"+`{"kind":"noise","place":"bbj","text":"thread 5"}`+"\n")
		p.want("someone shouts, 'HELLO BACK'", "some things are knocking around on bbj")
		write(p, filepath.Join(p.home("ann"), "secret plan.txt"), "x")
		p.want("~ann just created a new file")
		write(p, filepath.Join(p.home("bob"), htmlFolder, "index.html"), "x")
		p.want("~bob just added to their public_html")
		add(p, filepath.Join(p.o.SpoolDir, "irc.spool"), `{"kind":"noise","place":"chat"}`+"\nI AM A BOT\n")
		p.want("you hear faint noise in the chat room", "~irc shouts, 'I AM A BOT'")
		ok(p, os.MkdirAll(filepath.Join(p.home("ann"), diaryFolder), 0o755))
		p.want()
		write(p, filepath.Join(p.home("ann"), diaryFolder, "today.txt"), "x")
		p.want("there is a rattling sound in ttbp")
		if log := contents(p, p.o.Log); strings.Contains(log, "secret") || strings.Contains(log, "thread") {
			p.Errorf("the feed gives away too much: %s", log)
		}
	})
}

// TestAuditSaysAll: who, which file, when; and what was refused, and why.
func TestAuditSaysAll(t *testing.T) {
	inTown(t, []string{"ann"}, func(p *place) {
		p.run()
		p.want()
		began := time.Now()
		add(p, p.spoolOf("ann"), `{"kind":"noise","place":"bbj","text":"thread 5"}`+"\n"+`{"text":"boo","anon":true}`+"\n"+`{"kind":"song"}`+"\n")
		write(p, filepath.Join(p.home("ann"), "plan.txt"), "x")
		p.want("~ann just created a new file", "some things are knocking around on bbj", "someone shouts, 'boo'")
		p.stop()
		var got []string
		for entry, err := range imperio.ReadRecording(strings.NewReader(contents(p, p.o.Audit))) {
			ok(p, err)
			if entry.Time.Before(began) || entry.Time.After(time.Now()) {
				p.Errorf("it says it was %v", entry.Time)
			}
			got = append(got, strings.ReplaceAll(entry.Path+" "+entry.Message, p.dir, ""))
		}
		same(p, "the audit log", []string{
			`home/ann {"kind":"created","who":"ann","file":"/home/ann/plan.txt"}`,
			`place/bbj {"kind":"noise","who":"ann","file":"/home/ann/.bustle.spool","text":"thread 5"}`,
			`spool/ann {"kind":"shout","who":"ann","file":"/home/ann/.bustle.spool","at":49,"text":"boo","anon":true}`,
			`spool/ann {"kind":"refused","who":"ann","file":"/home/ann/.bustle.spool","at":76,"text":"the kind \"song\" is neither \"shout\" nor \"noise\""}`,
			`bustle ~ann just created a new file`,
			`bustle some things are knocking around on bbj`,
			`bustle someone shouts, 'boo'`,
		}, got)
	})
}

// TestAmbienceIsCalm and shouts are not.
func TestAmbienceIsCalm(t *testing.T) {
	inTown(t, []string{"ann", "bob", "cat"}, func(p *place) {
		p.o.Window = 10 * time.Second
		p.o.Each = hush.Rate{Burst: 2, Every: time.Minute}
		p.o.All = hush.Rate{Burst: 3, Every: time.Minute}
		p.run()
		p.want()
		touch := func(who, name string) { write(p, filepath.Join(p.home(who), name), fmt.Sprint(time.Now().UnixNano())) }
		touch("ann", "a")
		p.want("~ann just created a new file")
		touch("ann", "b") // alike, within the window
		add(p, p.spoolOf("ann"), "A\nA\nA\n")
		p.want("~ann shouts, 'A'", "~ann shouts, 'A'", "~ann shouts, 'A'")
		touch("ann", "htmlfile")
		write(p, filepath.Join(p.home("ann"), htmlFolder, "x"), "x")
		p.want("~ann just added to their public_html")
		time.Sleep(p.o.Window)
		touch("ann", "c") // the third of her own
		p.want()
		touch("bob", "a")
		p.want("~bob just created a new file")
		touch("cat", "a") // the fourth of all
		p.want()
		same(p, "what was dropped", Stats{Collapsed: 2, Throttled: 2}, p.town.Stats())
		time.Sleep(time.Minute)
		touch("cat", "b")
		p.want("~cat just created a new file")
	})
}

// TestShare: by chance, but with the same seed the same ones.
func TestShare(t *testing.T) {
	told := func(seed uint64) (count int) {
		inTown(t, []string{"ann"}, func(p *place) {
			p.o.Share, p.o.Seed = 0.5, seed
			p.run()
			for i := range 100 {
				add(p, p.spoolOf("ann"), fmt.Sprintf("{\"kind\":\"noise\",\"place\":\"p%d\"}\nSHOUT %d\n", i, i))
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			shouts := 0
			for _, one := range p.heard() {
				if strings.Contains(one.line, "SHOUT") {
					shouts++
				} else {
					count = count*31 + len(one.line)
				}
			}
			if sampled := p.town.Stats().Sampled; shouts != 100 || sampled < 20 || sampled > 80 {
				p.Errorf("%d shouts are told, and %d other things are not", shouts, sampled)
			}
		})
		return count
	}
	if first, second := told(1), told(1); first != second {
		t.Error("the same seed makes a difference")
	}
}

// TestShoutsWait: a flood comes at its rate, and holds up nobody else.
func TestShoutsWait(t *testing.T) {
	inTown(t, []string{"ann", "bob"}, func(p *place) {
		p.o.Shouts = hush.Rate{Burst: 5, Every: 10 * time.Second}
		p.run()
		for i := range 20 {
			add(p, p.spoolOf("ann"), fmt.Sprintln(i))
		}
		add(p, p.spoolOf("bob"), "HI\n")
		time.Sleep(time.Second)
		synctest.Wait()
		if heard := p.heard(); len(heard) != 6 {
			p.Errorf("at first it says %v", heard)
		}
		for i := 5; i < 20; i++ {
			time.Sleep(10 * time.Second)
			synctest.Wait()
			heard := p.heard()
			if want := fmt.Sprintf("~ann shouts, '%d'", i); len(heard) != 1 || heard[0].line != want {
				p.Errorf("it says %v, and should %q", heard, want)
			}
		}
	})
}

// TestComeAndGo: homes, public_html and spools do.
func TestComeAndGo(t *testing.T) {
	for _, poll := range []bool{true, false} {
		t.Run(fmt.Sprint("poll ", poll), func(t *testing.T) {
			p := newPlace(t)
			p.o.Poll = poll
			p.o.Look = 50 * time.Millisecond
			p.run()
			ok(t, os.MkdirAll(p.home("ann"), 0o755))
			add(p, p.spoolOf("ann"), "I AM NEW\n")
			p.waitFor("~ann shouts, 'I AM NEW'")

			ok(t, os.Mkdir(filepath.Join(p.home("ann"), htmlFolder), 0o755))
			until(t, func() bool { // it is not seen before it is looked at
				add(p, filepath.Join(p.home("ann"), htmlFolder, "index.html"), "x")
				return isSaid(p, "~ann just added to their public_html")
			})

			away := filepath.Join(p.dir, "ann")
			ok(t, os.Rename(p.home("ann"), away))
			add(p, filepath.Join(away, spool.Name), "I AM AWAY\n")
			time.Sleep(200 * time.Millisecond)
			ok(t, os.Rename(away, p.home("ann")))
			add(p, p.spoolOf("ann"), "I AM BACK\n")
			same(t, "what was said", []string{"~ann shouts, 'I AM AWAY'", "~ann shouts, 'I AM BACK'"}, shoutsOf(p.waitFor("~ann shouts, 'I AM BACK'")))

			ok(t, os.RemoveAll(p.home("ann")))
			ok(t, os.MkdirAll(p.home("bob"), 0o755))
			add(p, p.spoolOf("bob"), "HERE I AM\n")
			p.waitFor("~bob shouts, 'HERE I AM'")
			add(p, filepath.Join(p.o.SpoolDir, "irc.spool"), "BEEP\n")
			p.waitFor("~irc shouts, 'BEEP'")
		})
	}
}

func shoutsOf(lines []string) (shouts []string) {
	for _, line := range lines {
		if strings.Contains(line, " shouts, ") {
			shouts = append(shouts, line)
		}
	}
	return shouts
}

// until does something again and again until it is enough.
func until(t *testing.T, enough func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !enough(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never was enough")
		}
	}
}

func isSaid(p *place, line string) bool {
	for _, one := range p.heard() {
		if one.line == line {
			return true
		}
	}
	return false
}

// TestRestart: nothing is lost that was said while nobody listened, and nothing is
// said twice.
func TestRestart(t *testing.T) {
	inTown(t, []string{"ann"}, func(p *place) {
		for i := range 5 {
			add(p, p.spoolOf("ann"), fmt.Sprintln("before", i))
			p.run()
			add(p, p.spoolOf("ann"), fmt.Sprintln("while", i))
			p.want(fmt.Sprintf("~ann shouts, 'before %d'", i), fmt.Sprintf("~ann shouts, 'while %d'", i))
			p.stop()
		}
		if n := len(linesOf(contents(p, p.o.Log))); n != 10 {
			p.Errorf("the log has %d lines", n)
		}
	})
}

// TestHomeIsAway while the daemon goes on, and while it ends and begins again: what
// was told before is not told when the home comes back.
func TestHomeIsAway(t *testing.T) {
	inTown(t, []string{"ann"}, func(p *place) {
		away := filepath.Join(p.dir, "away")
		p.run()
		add(p, p.spoolOf("ann"), "one\n")
		p.want("~ann shouts, 'one'")
		for _, restarts := range []int{0, 1, 3} {
			ok(p, os.Rename(p.home("ann"), away))
			p.want()
			for range restarts {
				p.stop()
				p.run()
				p.want()
			}
			ok(p, os.Rename(away, p.home("ann")))
			p.want()
			add(p, p.spoolOf("ann"), "two\n")
			p.want("~ann shouts, 'two'")
		}
	})
}

// TestAwayIsBounded: of more spools that are not there, some are forgotten.
func TestAwayIsBounded(t *testing.T) {
	town, err := New(testOptions(t.TempDir()))
	ok(t, err)
	town.past = map[string]position{}
	for i := range MaxHomes + 1 {
		newest := fmt.Sprint(i)
		town.away(newest, position{Offset: 1})
		if _, kept := town.past[newest]; !kept || len(town.past) != min(i+1, MaxHomes) {
			t.Fatalf("of %d that are away %d are known", i+1, len(town.past))
		}
	}
}

// TestNobodySpeaksForAnother: a spool of somebody else in a home is not read, until it
// is given to the owner of the home.
func TestNobodySpeaksForAnother(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files to others")
	}
	inTown(t, []string{"ann"}, func(p *place) {
		const ann = 1234
		ok(p, os.Chown(p.home("ann"), ann, ann))
		p.run()
		add(p, p.spoolOf("ann"), "I AM ANN\n")
		p.want()
		ok(p, os.Chown(p.spoolOf("ann"), ann, ann))
		p.want("~ann shouts, 'I AM ANN'")
		ok(p, os.Chown(p.home("ann"), ann+1, ann+1)) // the name was given to somebody else
		add(p, p.spoolOf("ann"), "I STILL AM\n")
		p.want()
	})
}

// TestOneDaemon: a second one for the same state does not begin.
func TestOneDaemon(t *testing.T) {
	p := newPlace(t, "ann")
	p.run()
	add(p, p.spoolOf("ann"), "HI\n")
	p.waitFor("~ann shouts, 'HI'")
	second, err := New(p.o)
	ok(t, err)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := second.Run(ctx); err == nil || !strings.Contains(err.Error(), "another daemon") {
		t.Errorf("the error is %v", err)
	}
}

// TestDiskIsFull: nothing more is read while the logs can't be written, and nothing is
// lost.
func TestDiskIsFull(t *testing.T) {
	inTown(t, []string{"ann"}, func(p *place) {
		warnings := logTo(t)
		p.run()
		add(p, p.spoolOf("ann"), "one\n")
		p.want("~ann shouts, 'one'")
		state := filepath.Dir(p.o.State)
		ok(p, os.Rename(state, state+".away"))
		add(p, p.spoolOf("ann"), "two\n")
		p.want()
		add(p, p.spoolOf("ann"), "three\n")
		p.want()
		ok(p, os.Rename(state+".away", state))
		time.Sleep(2 * retry)
		p.want("~ann shouts, 'two'", "~ann shouts, 'three'")
		if got := strings.Count(warnings.String(), "the logs can't be written"); got != 1 {
			p.Errorf("it was logged %d times:\n%s", got, warnings)
		}
		ok(p, os.Rename(state, state+".away"))
		add(p, p.spoolOf("ann"), "four\n")
		time.Sleep(2 * p.o.Look)
		add(p, p.spoolOf("ann"), "five\n")
		time.Sleep(time.Minute)
		p.stopWith("no such file")
		same(p, "what was read beyond what could not be written", "", p.town.ledger.noted.text())
		ok(p, os.Rename(state+".away", state))
		p.run()
		p.want("~ann shouts, 'four'", "~ann shouts, 'five'")
	})
}

// TestTroubleIsSaidOnce, however long it lasts.
func TestTroubleIsSaidOnce(t *testing.T) {
	inTown(t, []string{"ann"}, func(p *place) {
		warnings := logTo(t)
		ok(p, os.Symlink("/etc/passwd", p.spoolOf("ann")))
		ok(p, os.Chmod(p.o.SpoolDir, 0o777))
		p.run()
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, trouble := range []string{"a spool is not read", "the spools of bots are not read"} {
			if got := strings.Count(warnings.String(), trouble); got != 1 {
				p.Errorf("%q is logged %d times", trouble, got)
			}
		}
		ok(p, os.Remove(p.spoolOf("ann")))
		add(p, p.spoolOf("ann"), "BETTER\n")
		p.want("~ann shouts, 'BETTER'")
		ok(p, os.Remove(p.spoolOf("ann")))
		ok(p, os.Symlink("/etc/passwd", p.spoolOf("ann")))
		p.want()
		if got := strings.Count(warnings.String(), "a spool is not read"); got != 2 {
			p.Errorf("trouble that came back is logged %d times", got)
		}
	})
}

func TestOptions(t *testing.T) {
	good := testOptions(t.TempDir())
	for name, spoil := range map[string]func(o *Options){
		"no homes":      func(o *Options) { o.Homes = "" },
		"no log":        func(o *Options) { o.Log = "" },
		"bad pattern":   func(o *Options) { o.Homes = "/home/[" },
		"share above 1": func(o *Options) { o.Share = 1.5 },
		"share below 0": func(o *Options) { o.Share = -1 },
		"share of NaN":  func(o *Options) { o.Share = math.NaN() },
		"window":        func(o *Options) { o.Window = -1 },
		"rate":          func(o *Options) { o.All = hush.Rate{Burst: 1} },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	for name, spoil := range map[string]func(o *Options){
		"log":   func(o *Options) { o.Log = "/dev/null/log" },
		"audit": func(o *Options) { o.Audit = "/dev/null/log" },
		"state": func(o *Options) { o.State = "/dev/null/log" },
	} {
		o := good
		spoil(&o)
		town, err := New(o)
		ok(t, err)
		if err := town.Run(ended); err == nil {
			t.Errorf("%s where nothing can be written is no error", name)
		}
	}
}
