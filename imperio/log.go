package imperio

import (
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/rootspush/roots/thestral"
)

// Log is a Thestral that writes each update to an [io.Writer] as one line, with
// one Write. It waits as long as the writer does: pieces put a
// [thestral.Queue] before it by themselves. Many goroutines may use it at once;
// the writer is called by one at a time and must not call the Log.
//
// When the writer fails, that update is lost. The first loss in a row is
// logged, all are counted, and the next update is tried anew.
type Log struct {
	timed bool // as a recorder does it

	mu      sync.Mutex // guards all below, and the writing
	w       io.Writer
	line    []byte // used again and again
	failing bool   // the last write failed, and that has been logged
	torn    bool   // a failed write left part of a line behind
	lost    uint64
}

var _ thestral.Thestral = (*Log)(nil)

// NewLog returns a Log that writes frames to w, whatever the updates are.
func NewLog(w io.Writer) *Log { return &Log{w: w} }

// Update writes the update. It may wait.
func (l *Log) Update(_ thestral.Thestral, path, message string) {
	if err := l.write(path, message); err != nil {
		slog.Warn("an update could not be written", "error", err)
	}
}

// Lost returns how many updates could not be written. It waits for the one that
// is being written.
func (l *Log) Lost() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

// write returns what is to be logged. The writer is called under the lock,
// which is what keeps the lines in order.
func (l *Log) write(path, message string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timed {
		if err := thestral.CheckUpdate(path, message); err != nil {
			l.lost++
			return err
		}
	}
	line := l.next(path, message)
	written, err := l.w.Write(line)
	if written > 0 {
		l.torn = line[written-1] != '\n'
	}
	known := l.failing
	l.failing = err != nil
	if err == nil {
		return nil
	}
	l.lost++
	if known {
		return nil
	}
	return err
}

// next makes the next line. It first ends a torn one: what is left of that must
// not become the beginning of another update.
func (l *Log) next(path, message string) []byte {
	l.line = l.line[:0]
	if l.torn {
		l.line = append(l.line, '\n')
	}
	if l.timed {
		l.line = appendTime(l.line, time.Now())
	}
	l.line = AppendFrame(l.line, path, message)
	return l.line
}
