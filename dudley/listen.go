package dudley

import (
	"fmt"
	"net"

	"github.com/rootspush/roots/internal/address"
	"github.com/rootspush/roots/internal/loopback"
)

// Listen listens on an address for a Dudley that has this token: "host:port", or
// "unix:/path" for a Unix socket, whose file lets in its owner and group alone.
// Without a token it refuses an address that others than this machine could
// reach: host must then be localhost, a loopback address, or a name that
// resolves to nothing else. It waits for that name to be resolved.
func Listen(addr, token string) (net.Listener, error) {
	if err := MayListen(addr, token); err != nil {
		return nil, err
	}
	return address.Listen(addr)
}

// MayListen says why [Listen] would refuse an address, or nil. It is for listeners
// that were opened in another way, and waits for a name to be resolved.
func MayListen(addr, token string) error {
	if token != "" {
		return nil
	}
	if err := loopback.Check(addr); err != nil {
		return fmt.Errorf("dudley: refusing to listen on %q without a token, say \"127.0.0.1:8004\" or set one: %w", addr, err)
	}
	return nil
}
