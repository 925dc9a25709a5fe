package bustle

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/examples/bustle/hush"
	"github.com/rootspush/roots/thestral"
)

const (
	// gathering is how long what happens is gathered before it is told: the logs are
	// written so often at the most.
	gathering = 50 * time.Millisecond
	// pause is how long a spool waits that was not read to its end.
	pause = 100 * time.Millisecond
	// retry is how long to wait when the logs can't be written.
	retry = time.Second
	// maxTold is how many events and shouts are told before the logs are written.
	maxTold = 1000
)

// A Town watches homes and writes the logs. One goroutine does all of it, in rounds:
// it gathers what happened, reads the spools, tells everything through the pieces,
// and writes the audit log, the state, and the log, in this order. While these can't
// be written it reads nothing more, so memory is bounded and what people shout
// waits in their files.
//
// How far each spool was read is kept in the state. A spool is known by the id of
// its file and by what stands before that place. So a shout is told once if spools
// are only ever appended to, removed, emptied, or moved away with a new one in their
// place. It may be told twice if somebody writes the file anew with the old shouts in
// it; and one may be missed if, while no daemon runs, a spool is replaced by one that
// has the same id, the same length or more, and the same end there.
type Town struct {
	o      Options
	roots  *dolores.Dolores
	gates  []*hush.Gate
	audit  *audit
	ledger *ledger
	hook   *thestral.Queue
	posted chan event    // from the hook
	ended  chan struct{} // closed by Run

	watcher *fsnotify.Watcher // nil if nothing can be watched
	folders map[string]*folder
	spools  map[string]*source
	past    map[string]position // of spools that are not there
	due     time.Time           // of the next scan

	events []event
	noted  map[string]bool // files of which there is an event already
	unread map[*source]bool
	moved  bool // a position has, since the state was saved

	watches, botsFolder, writing complaint
}

// New returns a town. It returns an error if an option can't be right. Nothing is
// opened before [Town.Run].
func New(o Options) (*Town, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	t := &Town{
		o:       o,
		posted:  make(chan event),
		ended:   make(chan struct{}),
		folders: map[string]*folder{},
		spools:  map[string]*source{},
		noted:   map[string]bool{},
		unread:  map[*source]bool{},

		watches:    complaint{what: "folders can't be watched, so they are looked at now and then"},
		botsFolder: complaint{what: "the spools of bots are not read"},
		writing:    complaint{what: "the logs can't be written, nothing more is read until they can"},
	}
	t.connect()
	return t, nil
}

// Run runs the town until ctx ends and returns nil then. It returns an error if it
// can't begin, because another daemon does this already or because the logs or the
// state can't be opened; and if something could not be written when ctx ended, which
// is told by the next run. It is called once.
func (t *Town) Run(ctx context.Context) error {
	defer t.endHook()
	for _, file := range []string{t.o.Audit, t.o.State} {
		if err := makeFolder(filepath.Dir(file)); err != nil {
			return err
		}
	}
	locked, err := lock(t.o.State + ".lock")
	if err != nil {
		return err
	}
	defer locked.Close()
	if t.past, err = t.ledger.resume(); err != nil {
		return err
	}
	if err := t.audit.endTorn(); err != nil {
		return err
	}
	t.startWatching()
	defer t.stop()
	for ctx.Err() == nil {
		t.gather(ctx)
		t.round(ctx)
	}
	if err := t.write(); err != nil {
		return err
	}
	return t.ledger.close(t.positions())
}

// stop lets everything go.
func (t *Town) stop() {
	if t.watcher != nil {
		t.watcher.Close()
	}
	for _, s := range t.spools {
		s.close()
	}
	t.audit.close()
}

// endHook lets go what was posted and is too late.
func (t *Town) endHook() {
	close(t.ended)
	_ = t.hook.Flush(context.Background()) // it waits for nothing any more
}

// gather waits until something happens, and then a little more.
func (t *Town) gather(ctx context.Context) {
	timer := time.NewTimer(t.wait())
	defer timer.Stop()
	for first := true; len(t.events) < maxTold; first = false {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case happened := <-t.happened():
			t.see(happened)
		case err := <-t.missed():
			slog.Warn("changes of files were missed, all is looked at", "error", err)
			t.due = time.Time{}
		case e := <-t.posted:
			t.events = append(t.events, e)
		}
		if first {
			timer.Reset(min(gathering, t.wait()))
		}
	}
}

// wait returns how long there is nothing to do, if nothing happens.
func (t *Town) wait() time.Duration {
	wait := time.Until(t.due)
	if len(t.unread) > 0 {
		wait = min(wait, pause)
	}
	return max(wait, 0)
}

// round tells what was gathered, reads the spools, and writes the logs.
func (t *Town) round(ctx context.Context) {
	if time.Until(t.due) <= 0 {
		t.scan()
		t.due = time.Now().Add(t.o.Look)
	}
	for _, e := range t.events {
		t.tell(e)
	}
	t.events = t.events[:0]
	clear(t.noted)
	told := 0
	for s := range t.unread {
		told += t.read(s)
		if told >= maxTold {
			t.settle(ctx)
			told = 0
		}
	}
	t.settle(ctx)
}

func (t *Town) tell(e event) { t.roots.Update(nil, e.Path, e.message()) }

// read reads a spool and returns how many of its lines were told.
func (t *Town) read(s *source) (told int) {
	before := s.at
	more, err := s.read(t.o.Shouts, time.Now(), func(e event) {
		told++
		t.tell(e)
	})
	if !more {
		delete(t.unread, s)
	}
	s.trouble.say(unlessMissing(err), "spool", s.path)
	t.moved = t.moved || before.File != s.at.File || before.Offset != s.at.Offset
	return told
}

// settle writes the logs, and tries until it succeeds or ctx ends.
func (t *Town) settle(ctx context.Context) {
	for {
		err := t.write()
		t.writing.say(err, "again_after", retry)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(retry):
		}
	}
}

// write writes the logs once, the audit log first.
func (t *Town) write() error {
	if err := t.audit.flush(); err != nil {
		return err
	}
	if !t.moved && t.ledger.isEmpty() {
		return nil
	}
	lines, err := t.ledger.settle(t.positions())
	if err != nil {
		return err
	}
	t.moved = false
	for _, line := range lines {
		t.roots.Update(nil, Path, line)
	}
	return nil
}

// positions returns how far all spools were read.
func (t *Town) positions() map[string]position {
	all := make(map[string]position, len(t.past))
	for path, at := range t.past {
		all[path] = at
	}
	for path, s := range t.spools {
		if s.at.File != (fileID{}) {
			all[path] = s.at
		}
	}
	return all
}
