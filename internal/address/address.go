// Package address is how an address is written: "host:port" for TCP, and
// "unix:" with a path for a Unix socket, wherever one may stand.
//
//	127.0.0.1:8004               listened at, over TCP
//	unix:/run/roots/dudley.sock  listened at, and the address of a server to speak to
//	http://localhost:8004/       the address of a server
//
// A Unix socket is guarded by its file: [Listen] gives it the mode 0660, so that
// it is for its owner and its group alone, and refuses names that have no file.
package address

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"
)

// Socket returns the path of a Unix socket, if addr is one.
func Socket(addr string) (path string, ok bool) { return strings.CutPrefix(addr, "unix:") }

// String writes the address of a listener in the form that [Listen] takes.
func String(addr net.Addr) string {
	if addr.Network() == "unix" {
		return "unix:" + addr.String()
	}
	return addr.String()
}

// HTTP returns what to ask the server at an address with. For a Unix socket base
// is the URL of this machine, and all requests of client go to that socket,
// whatever their host. Any other address is its own base and has the zero
// client. Nothing is opened yet.
func HTTP(addr string) (base string, client http.Client) {
	path, ok := Socket(addr)
	if !ok || path == "" {
		return addr, http.Client{}
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return "http://localhost/", http.Client{Transport: &http.Transport{DialContext: dial, IdleConnTimeout: time.Minute}}
}
