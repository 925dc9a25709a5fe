package bustle

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/rootspush/roots/examples/bustle/hush"
)

// A fileID says which file something is, whatever its name.
type fileID struct {
	Dev uint64 `json:"dev"`
	Ino uint64 `json:"ino"`
}

// A position says how far a spool was read.
type position struct {
	File    fileID `json:"file"`
	Offset  int64  `json:"offset"`
	Mark    []byte `json:"mark"`              // what stands before the offset, markSize bytes if there are so many
	Passing bool   `json:"passing,omitempty"` // the rest of a line that is too long is passed over
}

const (
	// markSize is long enough to tell whether a file was written anew, which has the
	// same id, or one that happens to get the id of a file that was removed.
	markSize = 32
	// chunkSize is how much of a spool is read at a time: a few lines, so that nobody
	// makes the others wait.
	chunkSize = 8 << 10
)

// A source is a spool that is read. The file is kept open, so that what is in it is
// read to the end although it was given another name and a new one was begun.
type source struct {
	path  string
	who   string
	owner int64 // the user id that the file must have; anybody for those of bots
	at    position

	file    *os.File // nil until there is one
	shouts  hush.Bucket
	trouble complaint
}

// anybody stands for the user id of the owner of a bot's spool.
const anybody = -1

func newSource(path, who string, owner int64) *source {
	return &source{path: path, who: who, owner: owner, trouble: complaint{what: "a spool is not read"}}
}

// setOwner is told again and again who the owner is, who may have changed.
func (s *source) setOwner(owner int64) {
	if s.owner != owner {
		s.owner = owner
		s.close() // to be looked at when it is opened
	}
}

// read hands on what was written since, as far as the rate lets it and at most a
// chunk, and moves the position behind it. It reports whether there may be more.
func (s *source) read(rate hush.Rate, now time.Time, tell func(event)) (more bool, err error) {
	if s.file == nil {
		if err := s.open(); err != nil {
			return false, err
		}
	}
	data, err := s.chunk()
	if err != nil {
		s.close() // it may be one that was reached over a network, which is gone
		return false, err
	}
	all, taken := s.take(data, rate, now, tell)
	if taken > 0 || !all {
		return true, nil
	}
	return s.follow(), nil
}

// open opens the file at the path. One that is not the file that was read before is
// read from its beginning.
func (s *source) open() error {
	file, err := openSpool(s.path)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil {
		err = s.mayRead(info)
	}
	if err != nil {
		file.Close()
		return err
	}
	s.file = file
	if id := identify(info); id != s.at.File {
		s.at = position{File: id}
	}
	return nil
}

func (s *source) mayRead(info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return errors.New("it is no regular file")
	case s.owner != anybody && ownerOf(info) != s.owner:
		return fmt.Errorf("it belongs to user %d, but the home to user %d", ownerOf(info), s.owner)
	}
	return nil
}

// chunk returns the mark and what follows it. If the mark is not there, the file was
// made shorter or written anew, and is read from its beginning.
func (s *source) chunk() ([]byte, error) {
	data := make([]byte, len(s.at.Mark)+chunkSize)
	n, err := s.file.ReadAt(data, s.at.Offset-int64(len(s.at.Mark)))
	if err != nil && err != io.EOF {
		return nil, err
	}
	data = data[:n]
	if len(data) >= len(s.at.Mark) && slices.Equal(data[:len(s.at.Mark)], s.at.Mark) {
		return data, nil
	}
	s.at = position{File: s.at.File}
	return s.chunk()
}

// take hands on the lines of data, which begins with the mark. It stops before the
// first shout that is too much for now, and reports whether there was none.
func (s *source) take(data []byte, rate hush.Rate, now time.Time, tell func(event)) (all bool, taken int) {
	begin := len(s.at.Mark)
	lines, done, passing := cut(data[begin:], s.at.Passing)
	start := s.at.Offset
	for _, line := range lines {
		if e, ok := parse(s.who, line); ok {
			if e.Kind == shout && !s.shouts.Take(rate, now) {
				return false, 0
			}
			e.File, e.At = s.path, start+int64(line.begin)
			tell(e)
		}
		s.advance(data[:begin+line.end], start+int64(line.end), false)
	}
	s.advance(data[:begin+done], start+int64(done), passing)
	return true, done
}

// advance moves the position to an offset before which read stands.
func (s *source) advance(read []byte, offset int64, passing bool) {
	mark := slices.Clone(read[max(0, len(read)-markSize):])
	s.at = position{s.at.File, offset, mark, passing}
}

// follow is asked when a file was read to its end. It lets it go if it was removed,
// or if another has its name by now, and reports whether there is another to read.
func (s *source) follow() (another bool) {
	info, err := os.Lstat(s.path)
	switch {
	case err == nil && identify(info) != s.at.File:
		another = true
	case err != nil && isRemoved(s.file):
	default:
		return false // all is as it was, or the whole home is out of reach
	}
	s.close()
	s.at = position{}
	return another
}

// close lets the file go, but not the position.
func (s *source) close() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
}
