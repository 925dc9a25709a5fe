// Package spool writes what bustle is told: lines at the end of a file that its
// owner alone may write and bustled reads.
//
// Whoever has a home speaks through ~/.bustle.spool, and so do programs. A line is a
// shout as it stands, or a JSON object:
//
//	HI WORLD                                           a shout
//	{"kind":"shout","text":"HI WORLD"}                 the same
//	{"kind":"shout","text":"HI WORLD","anon":true}     a shout of someone
//	{"kind":"noise","place":"bbj"}                     something happens in a place
//
// # Guarantees
//
//   - A line is appended by one write of at most [MaxLine] bytes to a file that is open
//     for appending. So lines that several programs write at the same
//     time stay whole, and whoever reads up to the last line feed reads no half of one.
//   - After a file that does not end with a line feed, a line of its own is begun. When
//     several write at the same moment an empty line may come of that, which says nothing.
//   - What can't be a line is refused and changes nothing: text that is too long, has
//     control characters in it, or is not UTF-8; a place that has no name.
//   - A symbolic link, or anything else that is no regular file, is not written to.
//   - A new spool is readable by all, whatever the umask is: bustled must read it. So
//     nothing secret belongs in it, and no text of a place does.
//
// Its owner may empty or remove the file at any time. Nothing else makes it smaller.
package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Name is how a spool is called in a home.
const Name = ".bustle.spool"

// Default returns the spool of whoever runs this program. It returns an error if it
// is not known where their home is.
func Default() (path string, err error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, Name), nil
}

// Append writes line at the end of the spool at path, and makes that if there is
// none. It returns an error if it can't be written, or is no regular file. It may be
// called by many goroutines and programs at once.
func Append(path string, line Line) error {
	f, err := open(path)
	if err != nil {
		return err
	}
	_, err = f.WriteString(lead(f) + line.text + "\n")
	return errors.Join(err, f.Close())
}

// lead returns the line feed that the last line of f lacks, if so.
func lead(f *os.File) string {
	info, err := f.Stat()
	last := []byte{'\n'}
	if err == nil && info.Size() > 0 {
		_, _ = f.ReadAt(last, info.Size()-1) // else it was emptied just now
	}
	if last[0] == '\n' {
		return ""
	}
	return "\n"
}

func open(path string) (*os.File, error) {
	before, err := os.Lstat(path)
	isNew := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !isNew:
		return nil, err
	case err == nil && !before.Mode().IsRegular():
		return nil, fmt.Errorf("%q is no regular file, so it is not written to", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := settle(f, path, isNew); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// settle sees to it that all may read a new file, and that f is what path names: it
// could have become a link just before it was opened.
func settle(f *os.File, path string, isNew bool) error {
	if isNew {
		if err := f.Chmod(0o644); err != nil {
			return err
		}
	}
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	if named, err := os.Lstat(path); err != nil || !os.SameFile(named, opened) {
		return fmt.Errorf("%q was replaced while it was opened", path)
	}
	return nil
}
