package firenze_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/nginx"
)

// nginxConfig has what Debian's nginx is told. All else is as it comes.
const nginxConfig = `sendfile on;
	tcp_nopush on;
	gzip on;
	upstream shared {
		server FIRENZE;
		keepalive 16;
	}
	server {
		listen unix:SOCKET;
		location /comet/ {
			LINES
		}
	}`

// startNginx starts one before a site, with these lines in its location, and
// returns its socket. It ends with the test.
func startNginx(t *testing.T, s *site, lines ...string) (addr string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "nginx") // the path of a socket must not be long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	addr = filepath.Join(dir, "socket")
	config := strings.ReplaceAll(nginxConfig, "LINES", strings.Join(lines, "\n\t\t\t"))
	nginx.Start(t, addr, strings.NewReplacer("FIRENZE", s.addr, "SOCKET", addr).Replace(config))
	return addr
}

// What a location may say.
const (
	passOn     = "proxy_pass http://FIRENZE;"
	passShared = "proxy_pass http://shared;"
	keepAlive  = "proxy_http_version 1.1;"
	noClose    = `proxy_set_header Connection "";`
	sameHost   = "proxy_set_header Host $http_host;"
	upgradeIt  = "proxy_set_header Upgrade $http_upgrade;"
	connection = "proxy_set_header Connection $http_connection;"
)

// TestNginx: what each way to hear needs of an nginx. A WebSocket that does not
// get through is refused at once, so that the client takes another way.
func TestNginx(t *testing.T) {
	for _, c := range []struct {
		name   string
		lines  []string
		socket string // what a WebSocket is answered if it does not get through
	}{
		{"least", []string{passOn}, fallBack},
		{"kept alive", []string{passOn, keepAlive, noClose}, fallBack},
		{"another host", []string{passOn, keepAlive, upgradeIt, connection}, "answered 403 Forbidden: "},
		{"all", []string{passOn, keepAlive, sameHost, upgradeIt, connection}, ""},
		{"all, shared", []string{passShared, keepAlive, sameHost, upgradeIt, connection}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, firenze.Options{Hold: time.Second, RepeatsSkipMiddleware: true}, below("/comet"))
			addr := startNginx(t, s, c.lines...)
			for _, way := range ways {
				if way == bySocket && c.socket != "" {
					refused(t, addr, c.socket)
				} else {
					proxied(t, s, addr, way)
				}
			}
		})
	}
}

func below(prefix string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler { return http.StripPrefix(prefix, next) }
}

// fallBack is what a client takes for a WebSocket that is not to be had.
const fallBack = `answered 200 OK: {"updates":[]`

// callThrough begins a session through a proxy, as a page would.
func callThrough(t *testing.T, addr, way string) (*caller, error) {
	t.Helper()
	c, err := call(addr, way)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.prefix, c.origin = "/comet/", "http://localhost"
	_, err = c.next()
	return c, err
}

func refused(t *testing.T, addr, want string) {
	t.Helper()
	if _, err := callThrough(t, addr, bySocket); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("a WebSocket is %v", err)
	}
}

// proxied has a client hear of three messages, each before the next is sent.
func proxied(t *testing.T, s *site, addr, way string) {
	t.Helper()
	c, err := callThrough(t, addr, way)
	if err != nil {
		t.Fatalf("by %s: %v", way, err)
	}
	if way == byPoll {
		start := time.Now()
		if got, err := c.next(); err != nil || len(got) > 0 || time.Since(start) < time.Second {
			t.Errorf("a poll that is held is answered %v, %v after %v", got, err, time.Since(start))
		}
	}
	for i := range 3 {
		want := strconv.Itoa(i)
		s.tell(c.reconnectWith, want)
		got, err := c.next()
		if diff := cmp.Diff(updates("p", want), got); err != nil || diff != "" {
			t.Fatalf("by %s (-want +got): %v\n%s", way, err, diff)
		}
	}
}

// TestNginxShares: a few connections carry the polls of many clients in turn, and
// nobody loses anything or gets what is another's.
func TestNginxShares(t *testing.T) {
	const clients, messages = 40, 30
	var mu sync.Mutex
	requests, from := 0, map[string]bool{}
	count := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			requests++
			from[r.RemoteAddr] = true
			mu.Unlock()
			next.ServeHTTP(w, r)
		})
	}
	s := newSite(t, firenze.Options{}, below("/comet"), count)
	addr := startNginx(t, s, passShared, keepAlive, noClose)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() { share(t, s, addr, i, messages) })
	}
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	if len(from) > requests/2 {
		t.Errorf("%d connections carried %d requests, so hardly any was shared", len(from), requests)
	}
}

// share is a client that polls on a new connection to nginx each time.
func share(t *testing.T, s *site, addr string, number, messages int) {
	session := ""
	for next := -1; next < messages; {
		c, err := call(addr, byPoll)
		if err != nil {
			t.Error(err)
			return
		}
		c.prefix, c.reconnectWith = "/comet/", session
		got, err := c.next()
		c.Close()
		if err != nil {
			t.Error(err)
			return
		}
		for _, u := range got {
			if want := fmt.Sprint(number, " ", next); u.Message != want {
				t.Errorf("%q came where %q should", u.Message, want)
				return
			}
			next++
		}
		if session = c.reconnectWith; next < 0 {
			next = 0
		}
		if to, ok := s.dolores.Lookup(idOf(session)); ok && next < messages {
			to.Update(nil, "p", fmt.Sprint(number, " ", next))
		}
	}
}
