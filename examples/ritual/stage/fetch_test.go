package stage

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// TestIsPublic: addresses that a photo may come from.
func TestIsPublic(t *testing.T) {
	for _, text := range []string{
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "fec0::1",
		"::127.0.0.1", "::ffff:0:127.0.0.1",
	} {
		if isPublic(netip.MustParseAddr(text).Unmap()) {
			t.Errorf("%s is taken for public", text)
		}
	}
	for _, text := range []string{"1.1.1.1", "8.8.8.8", "172.32.0.1", "193.0.0.1", "2606:4700::1111", "2a00:1450::1"} {
		if !isPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s is taken for private", text)
		}
	}
}

// photos serves what a photo's address may lead to.
func photos(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/photo", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("a photo")) })
	mux.HandleFunc("/missing", http.NotFound)
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(make([]byte, maxBody+1)) })
	mux.HandleFunc("/inside", func(w http.ResponseWriter, r *http.Request) {
		_, port, _ := net.SplitHostPort(r.Host)
		http.Redirect(w, r, "http://127.0.0.2:"+port+"/photo", http.StatusFound)
	})
	rounds := 0
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) {
		if rounds++; rounds > 4 {
			t.Error("it goes round and round")
		}
		http.Redirect(w, r, "/round", http.StatusFound)
	})
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	mux.HandleFunc("/once", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/photo", http.StatusFound) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// TestFetchPhoto: redirects are followed, but not into the inside.
func TestFetchPhoto(t *testing.T) {
	server := photos(t)
	here := netip.MustParseAddr("127.0.0.1") // is the public Internet of this test
	s := &Stage{fetch: newFetcher(func(a netip.Addr) bool { return a == here })}
	for path, want := range map[string]string{
		"/photo": "", "/once": "", "/missing": errNoPhoto.Error(), "/large": errNoPhoto.Error(), "/round": errNoPhoto.Error(),
		"/inside": errPrivate.Error(), "/file": errNoPhoto.Error(),
	} {
		data, err := s.fetchPhoto(t.Context(), server.URL+path)
		if got := textOf(err); got != want || (err == nil) != (string(data) == "a photo") {
			t.Errorf("%s: %q, %q, want %q", path, data, got, want)
		}
	}
	s.fetch = newFetcher(isPublic)
	local := strings.Replace(server.URL, "127.0.0.1", "localhost", 1) // a name that leads inside
	for _, address := range []string{server.URL + "/photo", local + "/photo"} {
		if _, err := s.fetchPhoto(t.Context(), address); textOf(err) != errPrivate.Error() {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
