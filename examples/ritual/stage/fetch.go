package stage

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// newFetcher returns a client that reaches only addresses that are allowed. They
// are checked when the connection is made, after names were resolved, and again
// for each redirect; no proxy is asked to go elsewhere.
func newFetcher(allowed func(netip.Addr) bool) http.Client {
	dialer := net.Dialer{Timeout: fetchTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if !allowed(to.Addr().Unmap()) {
			return errPrivate
		}
		return nil
	}}
	return http.Client{
		Timeout:       fetchTimeout,
		Transport:     &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, ResponseHeaderTimeout: fetchTimeout, TLSHandshakeTimeout: 5 * time.Second},
		CheckRedirect: checkRedirect,
	}
}

var errPrivate = refuse(http.StatusBadRequest, "that address is not on the public Internet")

func checkRedirect(_ *http.Request, via []*http.Request) error {
	if len(via) > 3 {
		return errors.New("it leads on and on")
	}
	return nil
}

func checkPhotoURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return refuse(http.StatusBadRequest, "the photo's address must begin with https:// or http://")
	}
	return nil
}

// global is the part of IPv6 that is given to anybody, and reserved are ranges that
// no server for all is in, beside those that netip knows (the IANA registries of
// special-purpose addresses).
var global = netip.MustParsePrefix("2000::/3")

var reserved = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// isPublic says whether an address is one of the public Internet: not of this
// machine, its network, or its provider's.
func isPublic(addr netip.Addr) bool {
	return addr.IsGlobalUnicast() && !addr.IsPrivate() && (addr.Is4() || global.Contains(addr)) && !within(addr, reserved)
}

func within(addr netip.Addr, ranges []netip.Prefix) bool {
	for _, p := range ranges {
		if p.Contains(addr.WithZone("")) {
			return true
		}
	}
	return false
}

// fetchPhoto gets a photo from an address that somebody typed. What went wrong is
// told in general only: it is nobody's business what answers where.
func (s *Stage) fetchPhoto(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the photo's address must begin with https:// or http://")
	}
	if err := checkPhotoURL(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errNoPhoto
	}
	resp, err := s.fetch.Do(req)
	if errors.Is(err, errPrivate) {
		return nil, errPrivate
	} else if err != nil {
		return nil, errNoPhoto
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil || resp.StatusCode != http.StatusOK || len(data) > maxBody {
		return nil, errNoPhoto
	}
	return data, nil
}

var errNoPhoto = refuse(http.StatusBadRequest, "no photo could be had from that address")
