package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

// A recording is where all updates go with --record. It waits in a queue of its
// own, so that a disk that is slow or full holds up no update: what does not fit
// or can't be written is counted and logged.
type recording struct {
	queue *thestral.Queue
	files *rotation
}

// recordQueue is how many updates may wait for the disk: more than half a second
// of the most that a server does.
const recordQueue = 1 << 16

// record records what happens, if that is wanted.
func (s *server) record(c config) error {
	if c.record == "" {
		return nil
	}
	r, err := openRecording(c.record, int64(c.recordSize), int(c.recordKeep))
	if err != nil {
		return fmt.Errorf("--record: %w", err)
	}
	s.opened = append(s.opened, r.files)
	s.recording = r
	s.dolores.Delegate(r.queue)
	s.dolores.Care("record", r.run) // first, so that it is stopped last
	return nil
}

func openRecording(path string, limit int64, keep int) (*recording, error) {
	files := &rotation{path: path, limit: limit, keep: keep}
	if err := files.begin(); err != nil {
		return nil, err
	}
	return &recording{thestral.NewQueue(imperio.NewRecorder(files), recordQueue), files}, nil
}

// flushTimeout is how long the end of the recording may take.
const flushTimeout = 5 * time.Second

// run waits until ctx ends, and then a moment for what is still in the queue.
func (r *recording) run(ctx context.Context) error {
	<-ctx.Done()
	soon, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	err := r.queue.Flush(soon)
	if lost := r.lost(); err != nil || lost > 0 {
		slog.Error("the recording lacks updates", "lost", lost, "unfinished", err != nil)
	}
	if err != nil {
		return nil // the disk is stuck, and would be so for the file as well
	}
	return r.files.Close()
}

// lost is how many updates did not fit into the queue, or could not be written.
// It does not wait for the disk.
func (r *recording) lost() uint64 { return r.queue.Dropped() + r.files.lost.Load() }

// A rotation is a file that makes room for a new one when it is full: FILE
// becomes FILE.1, FILE.1 becomes FILE.2, and so on; the last is removed. It
// begins with a new file too, so that the recordings of two runs do not mix. One
// goroutine uses it at a time.
type rotation struct {
	path  string
	limit int64 // of a file, in bytes; a line that is longer gets a file of its own
	keep  int   // how many are kept beside FILE

	file *os.File // nil after a failure, until another try succeeds
	size int64
	lost atomic.Uint64 // lines, and read by others
}

// Write writes a line, whole or not at all.
func (r *rotation) Write(line []byte) (int, error) {
	n, err := r.write(line)
	if err != nil {
		r.lost.Add(1)
	}
	return n, err
}

func (r *rotation) write(line []byte) (int, error) {
	if r.file != nil && r.size > 0 && r.size+int64(len(line)) > r.limit {
		r.file.Close() // whatever is wrong with it was said by Write
		r.file = nil
	}
	if r.file == nil {
		if err := r.begin(); err != nil {
			return 0, err
		}
	}
	n, err := r.file.Write(line)
	if err != nil {
		return 0, errors.Join(err, r.file.Truncate(r.size)) // half a line would spoil the next
	}
	r.size += int64(n)
	return n, nil
}

// begin puts the file that is there aside, and makes a new one. It may be tried
// again after an error. Recordings are for their owner alone, for the messages
// in them are.
func (r *rotation) begin() error {
	if info, err := os.Stat(r.path); err == nil && info.Size() > 0 { // else an earlier try put it aside
		if err := r.shift(); err != nil {
			return err
		}
	}
	file, err := os.OpenFile(r.path, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	r.file, r.size = file, 0
	return nil
}

// shift gives each file the next number, the last one first.
func (r *rotation) shift() error {
	for i := r.keep; i > 0; i-- {
		if err := os.Rename(r.name(i-1), r.name(i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (r *rotation) name(number int) string {
	if number == 0 {
		return r.path
	}
	return fmt.Sprintf("%s.%d", r.path, number)
}

// Close closes the file. It is called last.
func (r *rotation) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
