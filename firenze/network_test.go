package firenze_test

import (
	"net"
	"net/http"
	"testing"

	"github.com/rootspush/roots/internal/testenv"
)

// A network is a listener whose connections are pipes.
type network struct{ *testenv.Pipes }

// serve lets a real server answer on a network until the test ends.
func serve(t testing.TB, handler http.Handler) *network {
	n := &network{testenv.NewPipes()}
	server := &http.Server{Handler: handler}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		server.Serve(n)
	}()
	t.Cleanup(func() {
		server.Close()
		<-ended
	})
	return n
}

// connect returns the client's end of a connection, which is closed when the
// test ends.
func (n *network) connect(t testing.TB) net.Conn {
	conn, err := n.DialContext(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
