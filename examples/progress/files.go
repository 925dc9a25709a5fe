package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/rootspush/roots/thestral"
)

// What is shown of the files is bounded.
const (
	maxFiles  = 100     // of a folder, by name
	maxListed = 1000    // that are looked at to find these
	maxShown  = 4 << 10 // bytes of a file, the last ones
	maxPeople = 100     // whose folders are watched, everyone being one
)

// everyone is the name of the folder that all may see who signed in.
const everyone = "everyone"

// filePrefix begins the paths of files.
const filePrefix = "file/"

// files are those in the folders of people who signed in. A link leads nowhere:
// each folder is opened by itself, as a root that nothing leads out of.
type files struct {
	folder  string
	root    *os.Root
	watcher *fsnotify.Watcher
	changed func(paths ...string)
}

// A file is the state of one, as the pages get it.
type file struct {
	Size    int64     `json:"size"`
	Changed time.Time `json:"changed"`
	Text    string    `json:"text"` // the end of it; empty for what is no text
}

func openFiles(folder string, changed func(paths ...string)) (*files, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		root.Close()
		return nil, err
	}
	f := &files{folder, root, watcher, changed}
	if err := f.settle(everyone); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *files) close() {
	f.watcher.Close()
	f.root.Close()
}

// settle makes the folder of somebody, if there is none, and watches it.
func (f *files) settle(owner string) error {
	folder := filepath.Join(f.folder, owner)
	watched := f.watcher.WatchList()
	if len(watched) >= maxPeople && !slices.Contains(watched, folder) {
		return fmt.Errorf("%d people are here already, no more can come", maxPeople)
	}
	if err := f.root.Mkdir(owner, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	opened, err := f.open(owner)
	if err != nil {
		return err
	}
	opened.Close()
	return f.watcher.Add(folder)
}

// open opens the folder of somebody.
func (f *files) open(owner string) (*os.Root, error) {
	info, err := f.root.Lstat(owner)
	if err != nil {
		return nil, err
	}
	if !isName.MatchString(owner) || !info.IsDir() {
		return nil, fmt.Errorf("%q is no folder of anybody", owner)
	}
	return f.root.OpenRoot(owner)
}

// create begins a new file. One of that name must not be there.
func (f *files) create(owner, name string) (*os.File, error) {
	folder, err := f.open(owner)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return folder.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

// names returns the names of the files of somebody that are shown.
func (f *files) names(owner string) ([]string, error) {
	folder, err := f.open(owner)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	opened, err := folder.Open(".")
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	entries, err := opened.ReadDir(maxListed)
	if err != nil && err != io.EOF {
		return nil, err
	}
	names := []string{}
	for _, entry := range entries {
		if entry.Type().IsRegular() && isShown(owner, entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	return names[:min(len(names), maxFiles)], nil
}

// isShown says whether a file of this name is: none that is hidden, that is not
// in the folder itself, or that makes no path.
func isShown(owner, name string) bool {
	return !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, `/\`) && thestral.CheckPath(filePrefix+owner+"/"+name) == nil
}

// read returns the state of a file.
func (f *files) read(owner, name string) (file, error) {
	folder, err := f.open(owner)
	if err != nil {
		return file{}, err
	}
	defer folder.Close()
	info, err := folder.Lstat(name) // before it is opened: opening a pipe would wait
	if err != nil {
		return file{}, err
	}
	if !isShown(owner, name) || !info.Mode().IsRegular() {
		return file{}, fmt.Errorf("file %q is not shown", name)
	}
	opened, err := folder.Open(name)
	if err != nil {
		return file{}, err
	}
	defer opened.Close()
	end := make([]byte, maxShown)
	n, err := opened.ReadAt(end, max(info.Size()-maxShown, 0))
	if err != nil && err != io.EOF {
		return file{}, err
	}
	return file{Size: info.Size(), Changed: info.ModTime(), Text: textOf(end[:n])}, nil
}

// textOf returns what can be shown of the end of a file. The first letter may be
// cut in two.
func textOf(end []byte) string {
	text := string(end)
	if strings.Contains(text, "\x00") {
		return ""
	}
	return strings.ToValidUTF8(text, "")
}
