// Package loopback tells what is on this machine alone from what others can
// reach. Pieces whose callers rule the server ask it before they listen, and
// before they believe a request.
package loopback

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/rootspush/roots/internal/address"
)

// Check says why an address to listen on, as package address takes it, could be
// reached from elsewhere, or nil if it can't: the host must be localhost, a
// loopback address, or a name that resolves to nothing else. It waits for that
// name to be resolved. A Unix socket passes, for its file guards it.
func Check(addr string) error {
	if _, ok := address.Socket(addr); ok {
		return nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if host == "" {
		return errors.New("without a host it would be open to all")
	}
	ips, err := net.LookupIP(host)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(ips, func(ip net.IP) bool { return !ip.IsLoopback() }); i >= 0 {
		return fmt.Errorf("%v is no loopback address", ips[i])
	}
	return nil
}

// IsName says whether a name as [Name] returns it means this machine to whoever
// asked for it. It looks nothing up: what a page made its own name resolve to
// is no proof.
func IsName(name string) bool {
	addr, _ := netip.ParseAddr(name)
	return name == "localhost" || addr.IsLoopback()
}

// Name returns the name in a Host header as it is compared: without port,
// brackets and trailing dot, in lower case.
func Name(host string) string {
	u := url.URL{Host: host}
	return strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
}
