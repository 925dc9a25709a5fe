package imperio

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/rootspush/roots/thestral"
)

// timeForm is how a recording writes the time, in UTC. It has a fixed width, so
// that the lines stand in columns and sort as text.
const timeForm = "2006-01-02T15:04:05.000000000Z"

// NewRecorder returns a Log that writes each update with the time in front:
//
//	2009-11-10T23:00:00.000000000Z path; message
//
// An update that [ReadRecording] would refuse, because it breaks the limits of
// package thestral, is not written but logged, and counted as lost.
func NewRecorder(w io.Writer) *Log { return &Log{timed: true, w: w} }

func appendTime(dst []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(dst, timeForm), ' ')
}

// Entry is one update of a recording.
type Entry struct {
	Time          time.Time // when it was recorded
	Path, Message string
}

// ReadRecording yields the entries of a recording in the order of its lines.
// Any time that RFC 3339 allows is taken. The first line that is wrong ends it
// with an error that names the number of the line and what would be right; a
// last line without a line feed is wrong too, for it was cut. It waits as long
// as r does, and may be ranged over once, by one goroutine.
func ReadRecording(r io.Reader) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		number := 0
		for line, err := range lines(r, len(timeForm+" ")+MaxLine) {
			number++
			var entry Entry
			if err == nil {
				entry, err = parseEntry(line)
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("line %d of the recording: %w", number, err))
				return
			}
			if !yield(entry, nil) {
				return
			}
		}
	}
}

func parseEntry(line string) (Entry, error) {
	stamp, frame, _ := strings.Cut(line, " ")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return Entry{}, fmt.Errorf("%.80q must begin with a time and a blank, as in %q", line, timeForm+" path; message")
	}
	path, message, err := ParseFrame(frame)
	if err == nil {
		err = thestral.CheckUpdate(path, message)
	}
	return Entry{at, path, message}, err
}
