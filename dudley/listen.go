package dudley

import (
	"fmt"
	"net"

	"github.com/rootspush/roots/internal/loopback"
)

// Listen listens on a TCP address for a Dudley that has this token. Without a
// token it refuses an address that others than this machine could reach: host
// must then be localhost, a loopback address, or a name that resolves to
// nothing else. It waits for that name to be resolved.
func Listen(addr, token string) (net.Listener, error) {
	if token == "" {
		if err := loopback.Check(addr); err != nil {
			return nil, fmt.Errorf("dudley: refusing to listen on %q without a token, say \"127.0.0.1:8004\" or set one: %w", addr, err)
		}
	}
	return net.Listen("tcp", addr)
}
