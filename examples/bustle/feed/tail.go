package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

const (
	// blockSize is how much of a log is held at once. Nothing longer is a line.
	blockSize = 64 << 10
	// maxLine is how much of a line is shown, in bytes. bustled writes less.
	maxLine = 4 << 10
)

// A Tail reads the lines of a file while others append to it. It waits for nothing:
// what has no line feed yet is not a line, and a file that is missing has none.
//
//	the file is                         then
//	renamed, and another takes its      what is left in it is read, its last line even
//	name                                without a line feed, and then the other from its start
//	removed                             it is read on until another has its name
//	emptied, so that it is shorter      it is read from its start
//	than what was read
//
// What nobody can know who only looks now and then: that a file was emptied and has
// grown beyond what was read, and what was in a file that came and went meanwhile.
//
// A Tail is for one goroutine.
type Tail struct {
	path   string
	file   *os.File // nil while there is none
	offset int64    // how far file was read
	unread []byte   // of what was read: not returned yet; it is a part of block
	block  []byte
	inside bool // of a line that was too long: its rest is left out
}

// Open begins to read the file at path where its last lines begin, as many of them as
// last says. It returns an error if the file can't be read or is no regular file, but
// none if it does not exist.
func Open(path string, last int) (*Tail, error) {
	t := &Tail{path: path, block: make([]byte, blockSize)}
	if err := t.open(); err != nil || t.file == nil {
		return t, err
	}
	if err := t.back(last); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// Close closes the file.
func (t *Tail) Close() error {
	if t.file == nil {
		return nil
	}
	return t.file.Close()
}

// Next returns the next line, without its line feed. ok is false if there is none by
// now. A line of more than 4 KiB is cut off.
func (t *Tail) Next() (line string, ok bool, err error) {
	for {
		if line, ok = t.cut(); ok {
			return line, true, nil
		}
		if more, err := t.more(); err != nil || !more {
			return "", false, err
		}
	}
}

// Waiting returns how many lines can be read by now, up to those of 64 KiB.
func (t *Tail) Waiting() int {
	_, _ = t.fill() // an error comes back at the next line
	return bytes.Count(t.unread, []byte{'\n'})
}

// Exists says whether there is a file.
func (t *Tail) Exists() bool { return t.file != nil }

// cut takes a line off what was read.
func (t *Tail) cut() (string, bool) {
	for {
		line, rest, whole := bytes.Cut(t.unread, []byte{'\n'})
		if !whole && len(line) < blockSize {
			return "", false
		}
		isRest := t.inside
		t.unread, t.inside = rest, !whole
		if !isRest {
			return clip(line), true
		}
	}
}

func clip(line []byte) string {
	if len(line) > maxLine {
		return string(line[:maxLine]) + "…"
	}
	return string(line)
}

// more reads on: in the same file, or in that which took its place. It says whether
// there was anything.
func (t *Tail) more() (bool, error) {
	if t.file == nil {
		if err := t.open(); err != nil || t.file == nil {
			return false, err
		}
	}
	if n, err := t.fill(); n > 0 || err != nil {
		return n > 0, err
	}
	now, err := t.file.Stat()
	if err != nil {
		return false, err
	}
	if now.Size() < t.offset {
		t.begin(t.file)
		return true, nil
	}
	named, err := os.Stat(t.path)
	if err != nil || os.SameFile(named, now) {
		return false, nil
	}
	return true, t.follow()
}

// follow goes over to the file that has taken the place of the one that was read. Before
// it appeared something may have been written to the old one.
func (t *Tail) follow() error {
	if n, err := t.fill(); n > 0 || err != nil {
		return err
	}
	if len(t.unread) > 0 {
		t.unread = append(t.unread, '\n') // nobody ends this line any more
		return nil
	}
	if err := t.file.Close(); err != nil {
		return err
	}
	t.file = nil
	return t.open()
}

func (t *Tail) open() error {
	info, err := os.Stat(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if !info.Mode().IsRegular() { // to open a pipe could take forever
		return fmt.Errorf("%q is no regular file, so it is no log", t.path)
	}
	file, err := os.Open(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	t.begin(file)
	return nil
}

// begin reads file from its start.
func (t *Tail) begin(file *os.File) {
	t.file, t.offset, t.unread, t.inside = file, 0, nil, false
}

// fill reads as much as there is room for.
func (t *Tail) fill() (int, error) {
	if t.file == nil {
		return 0, nil
	}
	kept := copy(t.block, t.unread)
	n, err := t.file.ReadAt(t.block[kept:], t.offset)
	t.offset += int64(n)
	t.unread = t.block[:kept+n]
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// back goes to where the last n lines begin, if they are all within a block.
func (t *Tail) back(n int) error {
	info, err := t.file.Stat()
	if err != nil {
		return err
	}
	t.offset = max(0, info.Size()-blockSize)
	if _, err := t.fill(); err != nil {
		return err
	}
	at := bytes.LastIndexByte(t.unread, '\n')
	for ; n > 0 && at >= 0; n-- {
		at = bytes.LastIndexByte(t.unread[:at], '\n')
	}
	t.unread = t.unread[at+1:]
	return nil
}
