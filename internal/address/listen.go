package address

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

// socketMode lets the owner and the group of a socket connect.
const socketMode = 0o660

// Listen listens at an address. The file of a Unix socket goes when the listener
// is closed. One that a dead process left behind is replaced; it is an error if
// somebody listens there, or if the file is anything else.
func Listen(addr string) (net.Listener, error) {
	path, ok := Socket(addr)
	if !ok {
		return net.Listen("tcp", addr)
	}
	l, err := listenSocket(path)
	if err != nil {
		return nil, fmt.Errorf("listening at %q: %w", addr, err)
	}
	return l, nil
}

func listenSocket(path string) (net.Listener, error) {
	// Linux has sockets without a file, which no mode would guard.
	if path == "" || strings.HasPrefix(path, "@") || strings.Contains(path, "\x00") {
		return nil, errors.New("it must name a file, as in \"unix:/run/roots/dudley.sock\"")
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EINVAL) {
		return nil, fmt.Errorf("its path has %d bytes, but systems allow only about 100: %w", len(path), err)
	} else if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, socketMode); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// removeStale removes a socket at which nobody listens any more. It returns an
// error if the place is taken.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("there is a file of another kind, which is left alone")
	}
	conn, err := net.Dial("unix", path)
	switch {
	case err == nil:
		conn.Close()
		return errors.New("another process listens there")
	case errors.Is(err, syscall.ECONNREFUSED):
		return os.Remove(path)
	}
	return fmt.Errorf("it can't be told whether somebody still uses it: %w", err)
}
