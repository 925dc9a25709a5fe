package bustle

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// The folders of a home that are looked at. What goes on in another is not.
const (
	htmlFolder  = "public_html"
	diaryFolder = ".ttbp/entries" // of the diary that is called ttbp, or feels
)

// A folder is one in which changes are seen. Of one that can't be watched, a glance
// is taken now and then.
type folder struct {
	dir     string
	path    string // of its events
	who     string
	seen    *glance // nil if none was taken, or it is watched
	trouble complaint
}

// A glance is what is remembered of a folder: little, however much is in it.
type glance struct {
	count  int       // of files
	newest time.Time // change of one
}

// maxFiles bounds how much of a folder is looked at.
const maxFiles = 1000

// foldersOf returns the folders of a home that somebody has.
func foldersOf(h home) []*folder {
	return []*folder{
		newFolder(h.dir, homePath+h.who, h.who),
		newFolder(filepath.Join(h.dir, htmlFolder), htmlPath+h.who, h.who),
		newFolder(filepath.Join(h.dir, diaryFolder), placePath+"ttbp", h.who),
	}
}

func newFolder(dir, path, who string) *folder {
	return &folder{dir: dir, path: path, who: who, trouble: complaint{what: "a folder can't be looked at"}}
}

// event returns what is told of something that happened to a file of the folder. To
// take something out of public_html is not to add to it.
func (f *folder) event(file string, op fsnotify.Op) (e event, ok bool) {
	e = event{Path: f.path, Who: f.who, File: printable(file)}
	switch {
	case strings.HasPrefix(f.path, placePath):
		e.Kind = noise
	case op.Has(fsnotify.Create):
		e.Kind = created
	case op.Has(fsnotify.Write):
		e.Kind = changed
	default:
		e.Kind, e.Path = changed, homePath+f.who
	}
	return e, op.Has(fsnotify.Create) || op.Has(fsnotify.Write) || op.Has(fsnotify.Remove) || op.Has(fsnotify.Rename)
}

// look takes a glance and hands on what happened since the one before: files that
// are newer than any was then and, if there are more or fewer of them but none is
// newer, the folder itself. A folder below it gets newer by what is in there, so that
// counts for nothing.
func (f *folder) look(tell func(file string, op fsnotify.Op)) error {
	files, err := list(f.dir)
	if err != nil {
		return err
	}
	before, now := f.seen, &glance{count: len(files)}
	f.seen = now
	var newer []string
	for _, info := range files {
		if info.IsDir() {
			continue
		}
		if before != nil && info.ModTime().After(before.newest) {
			newer = append(newer, filepath.Join(f.dir, info.Name()))
		}
		now.newest = later(now.newest, info.ModTime())
	}
	if before == nil {
		return nil
	}
	if len(newer) == 0 && now.count != before.count {
		newer = []string{f.dir}
	}
	for _, file := range newer {
		tell(file, before.since(now))
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// since says what must have happened between two glances.
func (g *glance) since(now *glance) fsnotify.Op {
	switch {
	case now.count > g.count:
		return fsnotify.Create
	case now.count < g.count:
		return fsnotify.Remove
	}
	return fsnotify.Write
}

// list returns the files in a folder, but for those that are ignored.
func list(dir string) ([]os.FileInfo, error) {
	opened, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	entries, err := opened.ReadDir(maxFiles)
	if err != nil && err != io.EOF {
		return nil, err
	}
	var files []os.FileInfo
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && !isIgnored(entry.Name()) {
			files = append(files, info)
		}
	}
	return files, nil
}

// isIgnored says whether nothing is told of a file of this name: one that is hidden,
// or that an editor makes while it saves another.
func isIgnored(name string) bool {
	return strings.HasPrefix(name, ".") ||
		strings.HasSuffix(name, "~") ||
		strings.HasSuffix(name, ".tmp") ||
		strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#") ||
		name == "4913" // with which vim tries whether it may write
}
