package bustle

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keptFiles is how many full ones are kept of a log: LOG.1 is the newest.
const keptFiles = 5

// A logfile is a file that lines are appended to, and that makes room for a new one
// before it gets too large. Somebody else may move it away as well. One goroutine
// uses it at a time.
type logfile struct {
	path  string
	mode  fs.FileMode
	limit int64    // in bytes; what is appended at once may be longer
	file  *os.File // nil until it is needed
}

// ready opens the file for n bytes more, and returns its size.
func (l *logfile) ready(n int) (size int64, err error) {
	if err := l.open(); err != nil {
		return 0, err
	}
	info, err := l.file.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() == 0 || info.Size()+int64(n) <= l.limit {
		return info.Size(), nil
	}
	if err := l.shift(); err != nil {
		return 0, err
	}
	return 0, l.open()
}

// open opens the file that is at the path, and makes one if there is none.
func (l *logfile) open() error {
	if l.file != nil && l.isAt(l.path) {
		return nil
	}
	l.close()
	folder := filepath.Dir(l.path)
	if err := makeFolder(folder); err != nil {
		return err
	}
	file, err := os.OpenFile(l.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, l.mode)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Chmod(l.mode), syncFolder(folder)); err != nil { // the umask may have taken something
		return errors.Join(err, file.Close())
	}
	l.file = file
	return nil
}

// isAt says whether the open file is the one at path.
func (l *logfile) isAt(path string) bool {
	opened, err := l.file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(opened, there)
}

// makeFolder makes a folder that all may read, if there is none.
func makeFolder(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return errors.Join(os.MkdirAll(path, 0o755), os.Chmod(path, 0o755))
}

// shift gives each file the next number, the last one first, so that a kill in
// between leaves no more than a gap.
func (l *logfile) shift() error {
	for i := keptFiles; i > 0; i-- {
		if err := os.Rename(l.name(i-1), l.name(i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (l *logfile) name(number int) string {
	if number == 0 {
		return l.path
	}
	return fmt.Sprintf("%s.%d", l.path, number)
}

// find opens the file with this id, under whatever number, or returns nil if it is
// no longer there.
func (l *logfile) find(id fileID) (*os.File, error) {
	for i := range keptFiles + 1 {
		info, err := os.Stat(l.name(i))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case identify(info) == id:
			return os.OpenFile(l.name(i), os.O_RDWR|os.O_APPEND, 0)
		}
	}
	return nil, nil
}

// close lets the file go.
func (l *logfile) close() {
	if l.file != nil {
		l.file.Close() // what was written is synced
		l.file = nil
	}
}
