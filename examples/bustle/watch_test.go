//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// newWatching returns a town that has a watcher, and is run by nobody.
func newWatching(t *testing.T, homes ...string) *place {
	t.Helper()
	p := newPlace(t, homes...)
	var err error
	p.town, err = New(p.o)
	ok(t, err)
	p.town.startWatching()
	if p.town.watcher == nil {
		t.Fatal("nothing can be watched")
	}
	t.Cleanup(p.town.stop)
	return p
}

// TestOverflow has the kernel forget changes. All spools are read then.
func TestOverflow(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only inotify has a queue that can get full")
	}
	p := newWatching(t, "ann", "bob")
	p.town.scan()
	var files [2]*os.File // by turns, because changes that are the same are one
	for i := range files {
		var err error
		files[i], err = os.Create(filepath.Join(p.home("ann"), fmt.Sprint(i)))
		ok(t, err)
		defer files[i].Close()
	}
	for i := range 3 * 16384 { // three times what the kernel keeps, if nobody changed that
		_, err := files[i%2].WriteString("x")
		ok(t, err)
	}
	add(t, p.spoolOf("bob"), "DOES ANYBODY HEAR ME\n")
	clear(p.town.unread)
	p.town.due = time.Now().Add(time.Hour)
	ok(t, makeFolder(filepath.Dir(p.o.State)))
	_, err := p.town.ledger.resume()
	ok(t, err)
	until(t, func() bool {
		p.town.gather(t.Context())
		p.town.round(t.Context())
		return strings.Contains(contents(t, p.o.Log), "~bob shouts, 'DOES ANYBODY HEAR ME'")
	})
}

// TestWatchesRunOut: folders that can't be watched are looked at, and that is logged
// once.
func TestWatchesRunOut(t *testing.T) {
	warnings := logTo(t)
	p := newWatching(t, "ann", "bob", "cat")
	ok(t, p.town.watcher.Close()) // it now refuses, as it does when there are no watches left
	for i := range 3 {
		p.town.scan()
		p.town.events = nil
		clear(p.town.noted)
		for _, who := range []string{"ann", "bob", "cat"} {
			write(t, filepath.Join(p.home(who), fmt.Sprint("new", i)), "")
		}
		p.town.scan()
		var told []string
		for _, e := range p.town.events {
			told = append(told, e.Path+" "+e.Kind)
		}
		if len(told) != 3 || !strings.Contains(strings.Join(told, ","), "home/bob created") {
			t.Errorf("it sees %q", told)
		}
		p.town.events = nil
		clear(p.town.noted)
	}
	if got := strings.Count(warnings.String(), "can't be watched"); got != 1 {
		t.Errorf("it is logged %d times:\n%s", got, warnings)
	}
}

// TestSee: what is told of what the watcher saw, and what is not.
func TestSee(t *testing.T) {
	p := newWatching(t, "ann")
	p.o.Homes = filepath.Join(p.dir, "home/*")
	p.town.scan()
	home := p.home("ann")
	see := func(name string, op fsnotify.Op) {
		p.town.see(fsnotify.Event{Name: filepath.Join(home, name), Op: op})
	}
	clear(p.town.unread)
	p.town.due = time.Now().Add(time.Hour)
	see("poem.txt", fsnotify.Create)
	see("poem.txt", fsnotify.Write)
	see("poem.txt", fsnotify.Write)
	see("poem.txt~", fsnotify.Create)
	see(".hidden", fsnotify.Create)
	see("notes.txt", fsnotify.Chmod)
	see("deep/er/file", fsnotify.Create)
	see("public_html/index.html", fsnotify.Write)
	see("../elsewhere", fsnotify.Write)
	var told []string
	for _, e := range p.town.events {
		told = append(told, e.Path+" "+e.Kind)
	}
	same(t, "what is told", []string{"home/ann created", "public_html/ann changed"}, told)
	if len(p.town.unread) > 0 || p.town.wait() < time.Minute {
		t.Error("something else is to be done")
	}
	see(".bustle.spool", fsnotify.Write)
	if len(p.town.unread) != 1 {
		t.Error("the spool is not read")
	}
	html := filepath.Join(home, htmlFolder)
	ok(t, p.town.watcher.Remove(html))
	see(htmlFolder, fsnotify.Create)
	if !slices.Contains(p.town.watcher.WatchList(), html) {
		t.Error("a new public_html is not watched")
	}
	p.town.see(fsnotify.Event{Name: filepath.Join(p.o.SpoolDir, "bot.spool"), Op: fsnotify.Create})
	if p.town.wait() > 0 {
		t.Error("a new spool of a bot is not looked for")
	}
}

// TestOwnFiles: a log that is in a home is not told of, which would never end.
func TestOwnFiles(t *testing.T) {
	p := newPlace(t, "ann")
	p.o.Log = filepath.Join(p.home("ann"), "bustle.log")
	p.o.Audit = filepath.Join(p.home("ann"), "audit.log")
	p.o.State = filepath.Join(p.home("ann"), "state")
	p.o.LogSize = 100
	p.run()
	for i := range 20 {
		add(t, p.spoolOf("ann"), fmt.Sprintln(i))
		p.waitFor(fmt.Sprintf("~ann shouts, '%d'", i))
	}
	time.Sleep(4 * gathering)
	if more := p.heard(); len(more) > 0 {
		t.Errorf("it also says %v", more)
	}
}

// TestUnreadable: a home that can't be entered is silent, until it can be. Root can
// enter all, so the daemon is a process of somebody else.
func TestUnreadable(t *testing.T) {
	p := newPlaceIn(t, t.TempDir(), "ann")
	add(t, p.spoolOf("ann"), "HI\n")
	ok(t, os.Chmod(p.home("ann"), 0o700))
	startAsNobody(t, p)
	add(t, filepath.Join(p.o.SpoolDir, "bot.spool"), "IS ANN THERE\n")
	told := func() []string { return linesOf(contents(t, p.o.Log)) }
	until(t, func() bool { return len(told()) > 0 })
	time.Sleep(3 * killOptions(p.dir).Look)
	same(t, "the log", []string{"~bot shouts, 'IS ANN THERE'"}, told())
	ok(t, os.Chmod(p.home("ann"), 0o755))
	until(t, func() bool { return len(told()) > 1 })
	same(t, "the log", []string{"~bot shouts, 'IS ANN THERE'", "~ann shouts, 'HI'"}, told())
}

// startAsNobody starts a daemon without rights, from where nobody can read it.
func startAsNobody(t *testing.T, p *place) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can start a process of somebody else")
	}
	const nobody = 65534
	program, err := os.ReadFile(os.Args[0])
	ok(t, err)
	ok(t, os.WriteFile(filepath.Join(p.dir, "daemon"), program, 0o755))
	ok(t, os.Chmod(filepath.Dir(p.dir), 0o755))
	ok(t, os.Chown(p.dir, nobody, nobody))
	daemon := exec.Command(filepath.Join(p.dir, "daemon"))
	daemon.Env = append(os.Environ(), daemonIn+"="+p.dir)
	daemon.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	ok(t, daemon.Start())
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
}
