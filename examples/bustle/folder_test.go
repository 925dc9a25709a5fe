package bustle

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// glances takes one, and says what was told by it.
func glances(t *testing.T, f *folder) (told []string) {
	t.Helper()
	ok(t, f.look(func(file string, op fsnotify.Op) {
		told = append(told, op.String()+" "+filepath.Base(file))
	}))
	slices.Sort(told) // a folder has its files in any order
	return told
}

func TestLook(t *testing.T) {
	dir := t.TempDir()
	later := time.Now()
	touch := func(name string) {
		later = later.Add(time.Second)
		file := filepath.Join(dir, name)
		write(t, file, "x")
		ok(t, os.Chtimes(file, later, later))
	}
	f := newFolder(dir, "home/ann", "ann")
	touch("old")
	same(t, "the first glance", nil, glances(t, f))
	same(t, "when nothing happened", nil, glances(t, f))
	touch("new")
	same(t, "a new file", []string{"CREATE new"}, glances(t, f))
	touch("old")
	same(t, "a file that changed", []string{"WRITE old"}, glances(t, f))
	touch("a")
	touch("b")
	same(t, "two new files", []string{"CREATE a", "CREATE b"}, glances(t, f))
	ok(t, os.Remove(filepath.Join(dir, "a")))
	same(t, "a file that went", []string{"REMOVE " + filepath.Base(dir)}, glances(t, f))
	write(t, filepath.Join(dir, "ancient"), "x")
	ok(t, os.Chtimes(filepath.Join(dir, "ancient"), time.Unix(0, 0), time.Unix(0, 0)))
	same(t, "an old file that came", []string{"CREATE " + filepath.Base(dir)}, glances(t, f))
	ok(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	same(t, "a folder that came", []string{"CREATE " + filepath.Base(dir)}, glances(t, f))
	touch("sub/deep") // which makes the folder newer
	touch(".hidden")
	touch("draft~")
	same(t, "what is ignored", nil, glances(t, f))
	ok(t, os.RemoveAll(dir))
	if err := f.look(func(string, fsnotify.Op) {}); !os.IsNotExist(err) {
		t.Errorf("without the folder the error is %v", err)
	}
}

// TestLookIsBounded: of a folder with more files, some are looked at.
func TestLookIsBounded(t *testing.T) {
	for _, n := range []int{maxFiles, maxFiles + 1} {
		dir := memoryDir(t)
		for i := range n {
			write(t, filepath.Join(dir, fmt.Sprint(i)), "")
		}
		files, err := list(dir)
		ok(t, err)
		if len(files) != maxFiles {
			t.Errorf("of %d files %d are looked at", n, len(files))
		}
	}
}

func TestIsIgnored(t *testing.T) {
	for name, ignored := range map[string]bool{
		"notes.txt": false, "index.html": false, "#channel": false, "49130": false, "~": true,
		".profile": true, ".bustle.spool": true, ".notes.swp": true, "notes~": true, "#notes#": true, "notes.tmp": true, "4913": true,
	} {
		if isIgnored(name) != ignored {
			t.Errorf("%q is ignored: %v", name, !ignored)
		}
	}
}

func TestFolderEvents(t *testing.T) {
	folders := foldersOf(home{dir: "/home/ann", who: "ann"})
	for _, c := range []struct {
		folder int
		op     fsnotify.Op
		want   string
	}{
		{0, fsnotify.Create, "home/ann created"},
		{0, fsnotify.Write, "home/ann changed"},
		{0, fsnotify.Remove, "home/ann changed"},
		{0, fsnotify.Rename | fsnotify.Chmod, "home/ann changed"},
		{0, fsnotify.Chmod, ""},
		{1, fsnotify.Create | fsnotify.Write, "public_html/ann created"},
		{1, fsnotify.Write, "public_html/ann changed"},
		{1, fsnotify.Remove, "home/ann changed"},
		{2, fsnotify.Write, "place/ttbp noise"},
		{2, fsnotify.Chmod, ""},
	} {
		f := folders[c.folder]
		got := ""
		if e, told := f.event(filepath.Join(f.dir, "x\x1b"), c.op); told {
			got = e.Path + " " + e.Kind
			if e.Who != "ann" || !strings.HasSuffix(e.File, `/x\x1b`) {
				t.Errorf("the audit log would say %+v", e)
			}
		}
		same(t, fmt.Sprint(f.dir, c.op), c.want, got)
	}
}

func TestFindHomes(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ann", "b.o-b_2", "UPPER", "lost+found", ".hidden", "a b", "x*", strings.Repeat("n", 32), strings.Repeat("n", 33), "-flag"} {
		ok(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	write(t, filepath.Join(dir, "file"), "")
	ok(t, os.Symlink("ann", filepath.Join(dir, "link")))
	var got []string
	for _, h := range findHomes(filepath.Join(dir, "*")) {
		got = append(got, h.who)
		if h.dir != filepath.Join(dir, h.who) || h.owner != int64(os.Getuid()) {
			t.Errorf("a home is %+v", h)
		}
	}
	same(t, "the homes", []string{"UPPER", "ann", "b.o-b_2", strings.Repeat("n", 32)}, got)
}

func TestHomesAreBounded(t *testing.T) {
	dir := memoryDir(t)
	for i := range MaxHomes + 1 {
		ok(t, os.Mkdir(filepath.Join(dir, fmt.Sprintf("%05d", i)), 0o755))
		if homes := i + 1; homes == MaxHomes || homes == MaxHomes+1 {
			found := findHomes(filepath.Join(dir, "*"))
			if len(found) != MaxHomes || found[MaxHomes-1].who != fmt.Sprintf("%05d", MaxHomes-1) {
				t.Errorf("of %d homes %d are found", homes, len(found))
			}
		}
	}
}

func TestFindBots(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bots")
	find := func() (names []string, err error) {
		bots, err := findBots(dir)
		for _, bot := range bots {
			names = append(names, bot.who)
		}
		return names, err
	}
	if names, err := find(); err != nil || names != nil {
		t.Errorf("without a folder there are %q, %v", names, err)
	}
	ok(t, os.Mkdir(dir, 0o755))
	for _, name := range []string{"forum.spool", "irc.spool", "README", ".spool", "a b.spool", ".hidden.spool"} {
		write(t, filepath.Join(dir, name), "")
	}
	names, err := find()
	ok(t, err)
	same(t, "the bots", []string{"forum", "irc"}, names)
	for _, open := range []os.FileMode{0o775, 0o757, 0o777 | os.ModeSticky} {
		ok(t, os.Chmod(dir, open))
		if names, err := find(); err == nil || names != nil {
			t.Errorf("a folder of mode %v has the bots %q", open, names)
		}
	}
}
