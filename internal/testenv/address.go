package testenv

import (
	"net"
	"strconv"
	"testing"
)

// FreeAddress returns one of this machine that nobody listens at, for programs that
// can't say which they picked, or that are started there again. Where the system lets
// it, the port is held until the test ends: who asks for it by its number can listen
// there, and nobody else is given it.
func FreeAddress(t testing.TB) string {
	t.Helper()
	if port, ok := hold(t); ok {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
