package bustle

import (
	"errors"
	"io/fs"
	"os"

	"github.com/fsnotify/fsnotify"
)

// scan finds out who is there. All spools are read then, and folders that are not
// watched are looked at.
func (t *Town) scan() {
	folders, spools := map[string]*folder{}, map[string]*source{}
	for _, h := range findHomes(t.o.Homes) {
		for _, f := range foldersOf(h) {
			folders[f.dir] = f
		}
		s := spoolOf(h)
		spools[s.path] = s
	}
	for _, s := range t.bots() {
		spools[s.path] = s
	}
	t.meetFolders(folders)
	t.meetSpools(spools)
	for _, s := range t.spools {
		t.unread[s] = true
	}
}

// bots returns the spools of bots, and has changes of their folder seen.
func (t *Town) bots() []*source {
	if t.o.SpoolDir == "" {
		return nil
	}
	bots, err := findBots(t.o.SpoolDir)
	t.botsFolder.say(err, "folder", t.o.SpoolDir)
	if err == nil {
		_ = t.watch(t.o.SpoolDir) // else its spools are read at each scan
	}
	return bots
}

// meetSpools lets those go that are no longer there, but keeps how far they were
// read: a home may be out of reach for a while.
func (t *Town) meetSpools(there map[string]*source) {
	for path, s := range t.spools {
		if there[path] == nil {
			s.close()
			t.away(path, s.at)
			delete(t.spools, path)
			delete(t.unread, s)
		}
	}
	for path, s := range there {
		if known := t.spools[path]; known != nil {
			known.setOwner(s.owner)
			continue
		}
		s.at = t.past[path]
		delete(t.past, path)
		t.spools[path] = s
	}
}

// away keeps the position of a spool that is not there, of MaxHomes at the most.
func (t *Town) away(path string, at position) {
	if len(t.past) >= MaxHomes {
		for other := range t.past {
			delete(t.past, other)
			break
		}
	}
	t.past[path] = at
}

// meetFolders watches the folders that are there, or looks at them.
func (t *Town) meetFolders(there map[string]*folder) {
	for dir := range t.folders {
		if there[dir] == nil {
			t.unwatch(dir)
			delete(t.folders, dir)
		}
	}
	for dir, f := range there {
		if t.folders[dir] == nil {
			t.folders[dir] = f
		}
		t.tend(t.folders[dir])
	}
}

// tend watches a folder. It does so each time, for the folder may be another of the
// same name by now. Where that fails, it takes a glance.
func (t *Town) tend(f *folder) {
	if info, err := os.Lstat(f.dir); err != nil || !info.IsDir() {
		f.seen = nil
		return
	}
	err := t.watch(f.dir)
	if err == nil {
		f.seen = nil
		return
	}
	if !errors.Is(err, errPolling) && !errors.Is(err, fs.ErrPermission) {
		t.watches.say(err, "looked_at_every", t.o.Look)
	}
	err = f.look(func(file string, op fsnotify.Op) { t.note(f, file, op) })
	f.trouble.say(unlessMissing(err), "folder", f.dir)
}
