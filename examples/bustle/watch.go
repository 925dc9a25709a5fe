package bustle

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watched is how many changes may wait that the kernel told of, beside its own queue.
const watched = 4096

// errPolling says that nothing is watched.
var errPolling = errors.New("nothing is watched")

// startWatching gets a watcher, unless nothing is to be watched or can be.
func (t *Town) startWatching() {
	if t.o.Poll {
		return
	}
	var err error
	if t.watcher, err = fsnotify.NewBufferedWatcher(watched); err != nil {
		t.watcher = nil
		slog.Warn("nothing can be watched, so everything is looked at now and then", "every", t.o.Look, "error", err)
	}
}

// watch has the changes of a folder seen.
func (t *Town) watch(dir string) error {
	if t.watcher == nil {
		return errPolling
	}
	return t.watcher.Add(dir)
}

// unwatch ends that. The folder may be gone already, or it is somewhere else.
func (t *Town) unwatch(dir string) {
	if t.watcher != nil {
		_ = t.watcher.Remove(dir)
	}
}

func (t *Town) happened() <-chan fsnotify.Event {
	if t.watcher == nil {
		return nil
	}
	return t.watcher.Events
}

// missed has an error when changes were lost, because the kernel has no room for more
// or for whatever reason.
func (t *Town) missed() <-chan error {
	if t.watcher == nil {
		return nil
	}
	return t.watcher.Errors
}

// see takes what happened to a file.
func (t *Town) see(happened fsnotify.Event) {
	file, dir := happened.Name, filepath.Dir(happened.Name)
	if s := t.spools[file]; s != nil {
		t.unread[s] = true
		return
	}
	if happened.Has(fsnotify.Create) {
		t.meet(file, dir)
	}
	if f := t.folders[dir]; f != nil {
		t.note(f, file, happened.Op)
	}
}

// meet begins to watch a public_html that is new, and to read a new spool of a bot.
func (t *Town) meet(file, dir string) {
	if f := t.folders[file]; f != nil {
		t.tend(f)
	}
	if dir == t.o.SpoolDir {
		t.due = time.Time{}
	}
}

// note notes what happened to a file, but for files that are ignored. The first thing
// that happens in a round stands for all: who makes a file also writes to it. More
// than maxTold can come of glances alone, and the rest of these is left out.
func (t *Town) note(f *folder, file string, op fsnotify.Op) {
	e, ok := f.event(file, op)
	if !ok || len(t.events) >= maxTold || t.noted[file] || isIgnored(filepath.Base(file)) || t.isOwn(file) {
		return
	}
	t.noted[file] = true
	t.events = append(t.events, e)
}

// isOwn says whether a file is one that the town writes: to tell of it would never
// end.
func (t *Town) isOwn(file string) bool {
	return strings.HasPrefix(file, t.o.Log) || strings.HasPrefix(file, t.o.Audit) || strings.HasPrefix(file, t.o.State)
}
