//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package parking

import (
	"errors"
	"net"
)

// A queue can't be opened here, so nothing is ever parked.
type queue struct{}

func (*queue) open() error               { return errors.ErrUnsupported }
func (*queue) close()                    {}
func (*queue) add(int, bool, bool) error { return errors.ErrUnsupported }
func (*queue) watch(int, bool, bool)     {}
func (*queue) remove(int)                {}
func (*queue) wait() ([]int, bool)       { return nil, false }

func takeOver(net.Conn) (int, net.Conn, []byte, error) { return -1, nil, nil, errors.ErrUnsupported }
func adopt(int) (net.Conn, error)                      { return nil, errors.ErrUnsupported }
func send(int, [][]byte) (int, error)                  { return 0, errors.ErrUnsupported }
func receive(int, []byte) (int, error)                 { return 0, errors.ErrUnsupported }
func limit(int)                                        {}
func shutdown(int)                                     {}
func closeSocket(int, []byte)                          {}
func dropSocket(int, []byte)                           {}
