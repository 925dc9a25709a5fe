package testenv

import (
	"net"
	"testing"
)

// FreeAddress returns one of this machine that nobody listens at, for programs that
// can't say which they picked. Another may take it meanwhile.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
