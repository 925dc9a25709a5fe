//go:build !linux

package dudley

import (
	"io"
	"net"
)

func direct(conn net.Conn) io.ReadWriter { return conn }
