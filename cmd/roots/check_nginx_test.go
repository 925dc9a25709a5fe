package main

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/nginx"
	"github.com/rootspush/roots/internal/testenv"
)

// proxyConfig is what the test is about: a location, before which all is as it
// comes.
const proxyConfig = `proxy_cache_path DIR/cache keys_zone=answers:1m;
	server {
		listen LISTEN;
		ssl_certificate DIR/cert.pem;
		ssl_certificate_key DIR/key.pem;
		location /comet/ {
			LOCATION
		}
	}`

// A proxied is what a location says. The words FIRENZE, DUDLEY and NOBODY in it
// stand for addresses.
type proxied struct {
	location string
	tls      bool
}

// The lines of a location that is right.
const (
	linePass       = "proxy_pass http://FIRENZE;\n"
	lineVersion    = "proxy_http_version 1.1;\n"
	lineHost       = "proxy_set_header Host $http_host;\n"
	lineUpgrade    = "proxy_set_header Upgrade $http_upgrade;\n"
	lineConnection = "proxy_set_header Connection $http_connection;\n"
	linesRight     = linePass + lineVersion + lineHost + lineUpgrade + lineConnection
)

// startProxy starts an nginx before p and returns its address. It ends with the
// test.
func startProxy(t *testing.T, p *process, c proxied) (addr string) {
	t.Helper()
	dir, addr := t.TempDir(), testenv.FreeAddress(t)
	writeCertificate(t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	listen := addr
	if c.tls {
		listen += " ssl"
	}
	config := strings.ReplaceAll(proxyConfig, "LOCATION", c.location)
	nginx.Start(t, addr, strings.NewReplacer("LISTEN", listen, "DIR", dir, "FIRENZE", hostOf(p.addresses["firenze"]),
		"DUDLEY", hostOf(p.addresses["dudley"]), "NOBODY", testenv.FreeAddress(t)).Replace(config))
	return addr
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u.Host
}

// TestCheckThroughNginx: whatever a proxy does wrong is found, named, and nothing
// else is.
func TestCheckThroughNginx(t *testing.T) {
	testenv.Need(t, "nginx", "nginx")
	p := start(t, "--log", "off")
	for _, c := range []struct {
		name   string
		proxy  proxied
		check  string // what is wrong
		wrong  string
		change string
		args   []string
	}{
		{name: "right", proxy: proxied{location: linesRight}},
		{name: "right, and idle", proxy: proxied{location: linesRight + "proxy_read_timeout 50s;"}, args: []string{"--wait", "3s"}},
		{"buffers", proxied{location: linesRight + "proxy_ignore_headers X-Accel-Buffering;"},
			"server-sent events", "did not come within 20s", "proxy_buffering off", nil},
		{"no upgrade", proxied{location: linePass + lineVersion + lineHost},
			"websocket", "upgrade does not reach", "proxy_set_header Upgrade $http_upgrade", nil},
		{"old version", proxied{location: linePass + lineHost + lineUpgrade + lineConnection},
			"websocket", "HTTP/1.0", "proxy_http_version 1.1", nil},
		{"connection closed", proxied{location: linePass + lineVersion + lineHost + lineUpgrade},
			"websocket", "Connection does not reach", `proxy_set_header Connection "upgrade"`, nil},
		{"another host", proxied{location: linePass + lineVersion + lineUpgrade + lineConnection},
			"websocket", "another site", "proxy_set_header Host $http_host", nil},
		{"another version of websocket", proxied{location: linesRight + "proxy_set_header Sec-WebSocket-Version 12;"},
			"websocket", "426", "Upgrade", nil},
		{"no wish for events", proxied{location: linesRight + "proxy_set_header Accept */*;"},
			"server-sent events", "event stream does not reach", "proxy_set_header Accept", nil},
		{"redirects", proxied{location: "return 301 https://example.org$request_uri;"},
			"public URL", "https://example.org/comet/", "return", nil},
		{"nothing there", proxied{location: "return 404;"},
			"public URL", "no Firenze", "proxy_pass", nil},
		{"asks for a password", proxied{location: linesRight + "deny all;"},
			"public URL", "403", "allow all", nil},
		{"does not reach it", proxied{location: "proxy_pass http://NOBODY;"},
			"public URL", "502", "proxy_pass", nil},
		{"full", proxied{location: "return 503;"},
			"public URL", "no more sessions", "another server", nil},
		{"something else", proxied{location: "default_type application/json; return 200 '{}';"},
			"public URL", "not answer as Firenze", "proxy_pass", nil},
		{"leads to the trusted port", proxied{location: "proxy_pass http://DUDLEY;"},
			"public URL", "everybody rules the server", "not of --dudley", nil},
		{"leads to its page", proxied{location: "proxy_pass http://DUDLEY/;"},
			"public URL", "everybody rules the server", "not of --dudley", nil},
		{"keeps answers", proxied{location: linesRight + "proxy_cache answers; proxy_cache_valid 1h; proxy_ignore_headers Cache-Control X-Accel-Buffering;"},
			"public URL", "same session", "proxy_cache off", nil},
		{"hides headers", proxied{location: linesRight + "proxy_hide_header Cache-Control;"},
			"headers", "Cache-Control", "proxy_hide_header", nil},
		{"adds headers", proxied{location: linesRight + "expires 1h;"},
			"headers", "max-age=3600", "expires", nil},
		{"loses the session", proxied{location: linesRight + "rewrite ^ /comet/ break;"},
			"session", "not known", "rewrite", nil},
		{"bad certificate", proxied{location: linesRight, tls: true},
			"public URL", "certificate", "ssl_certificate", []string{"--public", "https://PROXY/comet/"}},
		{"TLS without saying so", proxied{location: linesRight, tls: true},
			"public URL", "speaks TLS", "https://", []string{"--public", "http://PROXY/comet/"}},
		{"no TLS", proxied{location: linesRight},
			"public URL", "without TLS", "listen 443 ssl", []string{"--public", "https://PROXY/comet/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			addr := startProxy(t, p, c.proxy)
			args := append([]string{"--public", "http://" + addr + "/comet", "--url", p.addresses["dudley"], "--wait", "100ms"}, c.args...)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "PROXY", addr)
			}
			_, found := checked(t, args...)
			wantFinding(t, found, c.check, c.wrong, c.change)
		})
	}
}

// wantFinding holds that one thing is wrong, or none if check is empty. How many
// files may be open depends on who runs the test.
func wantFinding(t *testing.T, found []finding, check, wrong, change string) {
	t.Helper()
	var got []string
	for _, f := range found {
		if f.Wrong != "" && f.Check != "open files" {
			got = append(got, f.Check)
		}
		if f.Check == check && !(strings.Contains(f.Wrong, wrong) && strings.Contains(f.Change, change)) {
			t.Errorf("%s: %q; %q, want something with %q and %q", f.Check, f.Wrong, f.Change, wrong, change)
		}
	}
	var want []string
	if check != "" {
		want = []string{check}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is wrong differs (-want +got):\n%s\n%+v", diff, found)
	}
}

// TestCheckFindsCuts: a proxy that cuts idle connections is found if the wait is
// longer, and each transport is told of. Firenze gives a sign of life only later.
func TestCheckFindsCuts(t *testing.T) {
	t.Parallel()
	testenv.Need(t, "nginx", "nginx")
	p := start(t, "--log", "off")
	addr := startProxy(t, p, proxied{location: linesRight + "proxy_read_timeout 6s;"})
	_, found := checked(t, "--public", "http://"+addr+"/comet/", "--url", p.addresses["dudley"], "--wait", "40s")
	cuts := 0
	for _, f := range found {
		if strings.Contains(f.Wrong, "cut off after") && strings.Contains(f.Change, "proxy_read_timeout") {
			cuts++
		}
	}
	if cuts != len(transportWays) {
		t.Errorf("%d transports are found to be cut, want all: %+v", cuts, found)
	}
}
