package stage

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// addressOf is the address that a request came from. X-Forwarded-For is what
// anybody may write, so it is read from its end, and only as far as those who
// wrote it are proxies that are trusted.
func (s *Stage) addressOf(req *http.Request) string {
	at, err := netip.ParseAddrPort(req.RemoteAddr)
	if err != nil {
		at = netip.AddrPortFrom(netip.IPv6Loopback(), 0) // a Unix socket
	}
	from := at.Addr().Unmap()
	hops := strings.Split(strings.Join(req.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil || !s.isProxy(from) {
			break
		}
		from = addr.Unmap()
	}
	return from.String()
}

func (s *Stage) isProxy(addr netip.Addr) bool {
	return addr.IsLoopback() || within(addr, s.options.Proxies)
}
