package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/internal/address"
	"github.com/rootspush/roots/internal/loopback"
)

// A secured listener is that of a server that speaks TLS.
type secured struct {
	net.Listener
	keys *keyPair
}

// listen opens the listener of a flag, or none if the flag is empty. One that
// systemd has opened takes its place, and must be allowed as well.
func (s *server) listen(name, addr string, open func(addr string, given net.Listener) (net.Listener, error)) (net.Listener, error) {
	given, err := inherited(name)
	if given != nil {
		addr = address.String(given.Addr())
	}
	if addr == "" || err != nil {
		return nil, err
	}
	l, err := open(addr, given)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", name, err)
	}
	s.opened = append(s.opened, l)
	return l, nil
}

// openAt listens at an address, unless that was done.
func openAt(addr string, given net.Listener) (net.Listener, error) {
	if given != nil {
		return given, nil
	}
	return address.Listen(addr)
}

// listenPublic is for Firenze, which speaks TLS with keys unless a proxy does so
// before a Unix socket.
func listenPublic(addr string, given net.Listener, keys *keyPair) (net.Listener, error) {
	l, err := openAt(addr, given)
	if _, socket := address.Socket(addr); err != nil || socket || keys == nil {
		return l, err
	}
	return &secured{l, keys}, nil
}

// listenTrusted is for Dudley, which speaks TLS where its token would cross a
// network.
func listenTrusted(addr, token string, given net.Listener, keys *keyPair) (net.Listener, error) {
	if err := dudley.MayListen(addr, token); err != nil {
		return nil, err
	}
	l, err := openAt(addr, given)
	if err != nil || loopback.Check(addr) == nil {
		return l, err
	}
	if keys == nil {
		slog.Warn("dudley's token crosses the network as clear text, --tls-cert and --tls-key would encrypt it", "address", addr)
		return l, nil
	}
	return &secured{l, keys}, nil
}

// listenLoopback is for Imperio, which has no token to ask for.
func listenLoopback(addr string, given net.Listener) (net.Listener, error) {
	if err := loopback.Check(addr); err != nil {
		return nil, fmt.Errorf("refusing to listen on %q, because whoever reaches it rules the server: %w", addr, err)
	}
	return openAt(addr, given)
}

// urlOf is how a listener is reached over HTTP: by the URL of a path, or by a Unix
// socket.
func urlOf(l net.Listener, path string) string {
	if l.Addr().Network() == "unix" {
		return address.String(l.Addr())
	}
	return fmt.Sprintf("%s://%v%s", schemeOf(l), l.Addr(), path)
}

func schemeOf(l net.Listener) string {
	if _, ok := l.(*secured); ok {
		return "https"
	}
	return "http"
}

// serveHTTP serves l until h is shut down.
func serveHTTP(h *http.Server, l net.Listener) error {
	if s, ok := l.(*secured); ok {
		h.TLSConfig = s.keys.config()
		return h.ServeTLS(l, "", "")
	}
	return h.Serve(l)
}
