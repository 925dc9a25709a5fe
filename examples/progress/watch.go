package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// watch notes what changes in the folders of people until ctx ends.
func (f *files) watch(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-f.watcher.Events:
			f.take(event)
		case err := <-f.watcher.Errors:
			slog.Warn("changes of files were missed, all are read anew", "error", err)
			f.takeAll()
		}
	}
}

// take notes one change. Whether a file came or went is seen in the list of names,
// which need not be told when one is merely written to.
func (f *files) take(event fsnotify.Event) {
	folder, name := filepath.Split(event.Name)
	owner := filepath.Base(folder)
	f.changed(filePrefix + owner + "/" + name)
	if event.Op&^(fsnotify.Write|fsnotify.Chmod) != 0 {
		f.changed(filePrefix + owner)
	}
}

func (f *files) takeAll() {
	for _, folder := range f.watcher.WatchList() {
		owner := filepath.Base(folder)
		f.changed(filePrefix + owner)
		names, err := f.names(owner)
		if err != nil {
			slog.Warn("a folder can't be read", "folder", owner, "error", err)
		}
		for _, name := range names {
			f.changed(filePrefix + owner + "/" + name)
		}
	}
}
