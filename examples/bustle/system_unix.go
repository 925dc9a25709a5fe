//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openSpool opens a file that belongs to somebody else. It follows no link, and
// nothing that it could open, such as a pipe without a writer, makes it wait.
func openSpool(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

// identify returns what file this is, whatever its name.
func identify(info fs.FileInfo) fileID {
	stat := info.Sys().(*syscall.Stat_t)
	return fileID{uint64(stat.Dev), uint64(stat.Ino)}
}

// ownerOf returns the user id of the owner of a file.
func ownerOf(info fs.FileInfo) int64 { return int64(info.Sys().(*syscall.Stat_t).Uid) }

// isRemoved says whether an open file has no name any more.
func isRemoved(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Sys().(*syscall.Stat_t).Nlink == 0
}

// lock makes sure that no other process has locked the file at path, until the
// returned one is closed or the process ends, in whatever way.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another daemon seems to use %q: %w", path, err)
	}
	return f, nil
}

// syncFolder sees to it that what was renamed in a folder stays so if the power
// fails.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
