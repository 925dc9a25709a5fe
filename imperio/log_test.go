package imperio_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

// disk is a writer that has room for so many bytes, and counts its calls.
type disk struct {
	text
	room, writes int
}

func (d *disk) Write(p []byte) (n int, err error) {
	d.writes++
	if len(p) > d.room {
		p, err = p[:d.room], errors.New("disk full")
	}
	d.room -= len(p)
	n, _ = d.text.Write(p)
	return n, err
}

func TestLogWritesOncePerFrame(t *testing.T) {
	w := &disk{room: 1000}
	log := imperio.NewLog(w)
	log.Update(nil, "a", "1\n2")
	log.Update(log, "b", "")
	log.Update(nil, "", "no path, and it is logged all the same")
	w.wantLines(t, `a; 1\n2`, "b; ", "; no path, and it is logged all the same")
	if w.writes != 3 || log.Lost() != 0 {
		t.Errorf("%d writes and %d lost, want 3 and 0", w.writes, log.Lost())
	}
}

func TestLogForMany(t *testing.T) {
	const senders, each = 8, 200
	w := &disk{room: 1 << 20}
	log := imperio.NewLog(w)
	var group sync.WaitGroup
	for sender := range senders {
		group.Go(func() {
			for i := range each {
				log.Update(nil, fmt.Sprint("sender/", sender), fmt.Sprint(i))
			}
		})
	}
	group.Wait()
	next := make(map[string]int)
	for line := range strings.Lines(w.String()) {
		path, message, err := imperio.ParseFrame(line)
		if err != nil || message != fmt.Sprint(next[path]) {
			t.Fatalf("line %q of %q came when %d was due (%v)", line, path, next[path], err)
		}
		next[path]++
	}
	for path, count := range next {
		if count != each {
			t.Errorf("%s wrote %d lines, want %d", path, count, each)
		}
	}
	if len(next) != senders {
		t.Errorf("%d senders are in the log, want %d", len(next), senders)
	}
}

func TestLogThatCannotWrite(t *testing.T) {
	warnings := logged(t)
	w := &disk{}
	log := imperio.NewLog(w)
	for range 3 {
		log.Update(nil, "p", "lost")
	}
	warnings.wantLines(t, "disk full")
	w.room = 5
	log.Update(nil, "p", "1") // fills the disk
	log.Update(nil, "p", "lost too")
	warnings.wantLines(t, "disk full", "disk full")
	if log.Lost() != 4 {
		t.Errorf("%d updates are lost, want 4", log.Lost())
	}
	w.room = 1000
	log.Update(nil, "p", "2")
	w.wantLines(t, "p; 1", "p; 2")
}

// TestLogAfterTornLine: what is left of a line must not grow together with the
// next one, where it would be the beginning of its path.
func TestLogAfterTornLine(t *testing.T) {
	logged(t)
	w := &disk{room: 4}
	log := imperio.NewLog(w)
	log.Update(nil, "torn", "x")
	log.Update(nil, "lost", "x")
	w.room = 1000
	log.Update(nil, "p", "1")
	log.Update(nil, "p", "2")
	w.wantLines(t, "torn", "p; 1", "p; 2")
}

// TestLogBehindQueue: a log may wait for its writer, and then only its own
// queue waits with it.
func TestLogBehindQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &stuck{free: make(chan struct{})}
		log := imperio.NewLog(w)
		next := thestral.Prompted(log)
		next.Update(nil, "p", "1")
		next.Update(nil, "p", "2")
		synctest.Wait()
		w.wantLines(t)
		close(w.free)
		synctest.Wait()
		w.wantLines(t, "p; 1", "p; 2")
	})
}

type stuck struct {
	text
	free chan struct{}
}

func (w *stuck) Write(p []byte) (int, error) {
	<-w.free
	return w.text.Write(p)
}

func TestEvents(t *testing.T) {
	var w text
	events := imperio.NewEvents(zerolog.New(&w))
	events.Update(nil, "my/data", "first\nsecond")
	events.Update(events, "::gone", "")
	w.wantLines(t,
		`{"level":"info","path":"my/data","text":"first\nsecond"}`,
		`{"level":"info","path":"::gone","text":""}`)
}

// TestEventsOnConsole: the console prints a message raw, but not a field.
func TestEventsOnConsole(t *testing.T) {
	var w text
	events := imperio.NewEvents(zerolog.New(zerolog.ConsoleWriter{Out: &w, NoColor: true}))
	events.Update(nil, "p\x1b[2J", "m\x1b[2J\nforged")
	if strings.Contains(w.String(), "\x1b") {
		t.Errorf("the console got a terminal escape: %q", w.String())
	}
	w.wantLines(t, `path="p\x1b[2J"`)
}
