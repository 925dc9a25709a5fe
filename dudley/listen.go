package dudley

import (
	"errors"
	"fmt"
	"net"
	"slices"
)

// Listen listens on a TCP address for a Dudley that has this token. Without a
// token it refuses an address that others than this machine could reach: host
// must then be localhost, a loopback address, or a name that resolves to
// nothing else. It waits for that name to be resolved.
func Listen(addr, token string) (net.Listener, error) {
	if token == "" {
		if err := checkLoopback(addr); err != nil {
			return nil, fmt.Errorf("dudley: refusing to listen on %q without a token, say \"127.0.0.1:8004\" or set one: %w", addr, err)
		}
	}
	return net.Listen("tcp", addr)
}

func checkLoopback(addr string) error {
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
