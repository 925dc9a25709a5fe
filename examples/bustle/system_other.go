//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package bustle

import (
	"errors"
	"io/fs"
	"os"
)

// A town is a Unix host: elsewhere files have no owner of this kind. lock fails
// first, so that nothing else is ever called.
var errNoTown = errors.New("bustled needs a Unix system")

func openSpool(string) (*os.File, error) { return nil, errNoTown }
func identify(fs.FileInfo) fileID        { return fileID{} }
func ownerOf(fs.FileInfo) int64          { return -1 }
func isRemoved(*os.File) bool            { return false }
func lock(string) (*os.File, error)      { return nil, errNoTown }
func syncFolder(string) error            { return errNoTown }
