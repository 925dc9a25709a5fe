package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/testenv"
)

// checked runs roots check, and returns its exit status and what it found.
func checked(t *testing.T, args ...string) (status int, found []finding) {
	t.Helper()
	status, out, errs := ran(append([]string{"check", "--json"}, args...)...)
	wrong := 0
	for lines := json.NewDecoder(strings.NewReader(out)); lines.More(); {
		var f finding
		if err := lines.Decode(&f); err != nil {
			t.Fatalf("%v in %q", err, out)
		}
		if f.Wrong != "" {
			wrong = 1
		}
		found = append(found, f)
	}
	if errs != "" || status != wrong {
		t.Errorf("roots check %q ended with status %d and said %q, and found %+v", args, status, errs, found)
	}
	return status, found
}

// ran runs a command in this process.
func ran(args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	none := func(string) (string, bool) { return "", false }
	status = run(context.Background(), args, none, &o, &e)
	return status, o.String(), e.String()
}

// writeCertificate writes one that nobody vouches for.
func writeCertificate(t *testing.T, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// roomy stands before the trusted port of p, and tells of so many open files that
// all fit in, whoever runs the test.
func roomy(t *testing.T, p *process) (address string) {
	target, err := url.Parse(p.addresses["dudley"])
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/metrics" {
			io.WriteString(w, "# HELP process_max_fds many\nprocess_max_fds 1e+06\n")
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestCheckOfWhatIsWell(t *testing.T) {
	t.Parallel()
	p := start(t, "--log", "off", "--token", "sesame")
	args := []string{"--public", p.addresses["firenze"], "--url", roomy(t, p), "--token", "sesame", "--imperio", p.addresses["imperio"], "--wait", "0s"}
	status, out, errs := ran(append([]string{"check"}, args...)...)
	want := "ok     trusted port\nok     open files\nok     imperio\nok     public URL\nok     headers\nok     session\nok     long polling\nok     server-sent events\nok     websocket\n"
	if diff := cmp.Diff(want, out); diff != "" || status != 0 || errs != "" {
		t.Errorf("it ended with status %d and said %q; its findings differ (-want +got):\n%s", status, errs, diff)
	}
	if status, _ := checked(t, args...); status != 0 {
		t.Errorf("as JSON, the status is %d", status)
	}
}

func TestCheckOfTheTrustedPort(t *testing.T) {
	p, secret := start(t, "--log", "off"), start(t, "--log", "off", "--token", "sesame")
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	talks, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer talks.Close()
	go func() {
		for conn, err := talks.Accept(); err == nil; conn, err = talks.Accept() {
			io.WriteString(conn, "220 hello\r\n")
			conn.Close()
		}
	}()
	for _, c := range []struct {
		name                 string
		args                 []string
		check, wrong, change string
	}{
		{"nobody there", []string{"--url", "http://" + testenv.FreeAddress(t)}, "trusted port", "nothing answers", "--dudley"},
		{"no socket there", []string{"--url", "unix:" + t.TempDir() + "/none"}, "trusted port", "nothing answers", "--dudley"},
		{"another program", []string{"--url", other.URL}, "trusted port", "not roots", "--url"},
		{"no token", []string{"--url", secret.addresses["dudley"]}, "trusted port", "asks for a token", "ROOTS_TOKEN"},
		{"wrong token", []string{"--url", secret.addresses["dudley"], "--token", "simsim"}, "trusted port", "not that of the server", "--token"},
		{"a token too many", []string{"--url", p.addresses["dudley"], "--token", "sesame"}, "", "", ""},
		{"another server", []string{"--url", secret.addresses["dudley"], "--token", "sesame"}, "session", "another server", "proxy_pass"},
		{"imperio", []string{"--url", p.addresses["dudley"], "--imperio", p.addresses["imperio"]}, "", "", ""},
		{"no imperio", []string{"--url", p.addresses["dudley"], "--imperio", testenv.FreeAddress(t)}, "imperio", "nothing answers", "--imperio"},
		{"imperio is something else", []string{"--url", p.addresses["dudley"], "--imperio", talks.Addr().String()}, "imperio", "not Imperio", "--imperio"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, found := checked(t, append([]string{"--public", p.addresses["firenze"], "--wait", "0s"}, c.args...)...)
			wantFinding(t, found, c.check, c.wrong, c.change)
		})
	}
}

// TestCheckFindsOpenDoor: what others than this machine can reach needs a token.
func TestCheckFindsOpenDoor(t *testing.T) {
	p := start(t, "--log", "off")
	target, _ := url.Parse(p.addresses["dudley"])
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }})
	defer proxy.Close()
	for _, token := range []string{"", "sesame"} {
		i := installation{remote: remote{url: proxy.URL, token: token}}
		if f := i.checkTrusted(t.Context()); f.Wrong != "" {
			t.Errorf("on this machine: %+v", f)
		}
		elsewhere(&i)
		if f := i.checkTrusted(t.Context()); !strings.Contains(f.Wrong, "rule the server") || !strings.Contains(f.Change, "--token") {
			t.Errorf("elsewhere, with token %q: %+v", token, f)
		}
	}
}

// elsewhere writes the address of this machine so that it could be another's.
func elsewhere(i *installation) { i.url = strings.Replace(i.url, "127.0.0.1", "0.0.0.0", 1) }

func TestCheckOfFiles(t *testing.T) {
	for _, c := range []struct {
		metrics string
		wrong   bool
	}{
		{fmt.Sprintf("process_max_fds %d\n", firenze.DefaultMaxSessions), false},
		{fmt.Sprintf("process_max_fds %d\n", firenze.DefaultMaxSessions-1), true},
		{"# TYPE process_max_fds gauge\nprocess_max_fds 1.048576e+06\n", false},
		{"process_max_fds 1024\n", true},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, c.metrics) }))
		i := installation{remote: remote{url: s.URL}}
		if f := i.checkFiles(t.Context()); (f.Wrong != "") != c.wrong {
			t.Errorf("of %q it is found %+v", c.metrics, f)
		}
		s.Close()
	}
	i := installation{remote: remote{url: "http://" + testenv.FreeAddress(t)}}
	own, ok := ownMaxFiles()
	if f := i.checkFiles(t.Context()); ok && (f.Wrong != "") != (own < firenze.DefaultMaxSessions) {
		t.Errorf("this process may open %.0f files, and it is found %+v", own, f)
	}
}

func TestCheckMisused(t *testing.T) {
	for _, args := range [][]string{{"more"}, {"--public", "example.org"}, {"--public", "ftp://example.org"}, {"--wait", "-1s"}, {"--wait", "soon"}, {"--loud"}} {
		if status, out, errs := ran(append([]string{"check"}, args...)...); status != 2 || out != "" || errs == "" {
			t.Errorf("roots check %q ended with status %d and said %q, %q", args, status, out, errs)
		}
	}
}

// TestCheckShowsNoKey: whatever breaks, the key of a session is in no line.
func TestCheckShowsNoKey(t *testing.T) {
	const key = "k7sesame"
	p := start(t, "--log", "off")
	for name, breaks := range map[string]http.HandlerFunc{
		"cut off": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"redirects": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again"+r.URL.Path, http.StatusFound)
		},
		"echoes":   func(w http.ResponseWriter, r *http.Request) { http.Error(w, r.URL.Path, http.StatusBadRequest) },
		"nonsense": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) },
		"no token": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"updates":[],"reconnectWith":"a-b-2/`+key+`"}`)
		},
	} {
		sessions := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				breaks(w, r)
				return
			}
			sessions++
			fmt.Fprintf(w, `{"updates":[],"reconnectWith":"a-b-%d/%s"}`, sessions, key)
		}))
		for _, form := range [][]string{nil, {"--json"}} {
			args := append([]string{"check", "--public", s.URL, "--url", p.addresses["dudley"]}, form...)
			status, out, errs := ran(args...)
			if status != 1 || strings.Contains(out+errs, key) {
				t.Errorf("%s: status %d, %q, %q", name, status, out, errs)
			}
		}
		// What the session needs is not there, so each transport is asked alone.
		u := installation{remote: remote{url: p.addresses["dudley"]}, public: s.URL + "/", http: s.Client()}
		for _, w := range transportWays {
			if f := u.checkWay(t.Context(), w); f.Wrong == "" || strings.Contains(f.Wrong+f.Change, key) {
				t.Errorf("%s: %+v", name, f)
			}
		}
		s.Close()
	}
}

func TestCheckBrokenOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	none := func(string) (string, bool) { return "", false }
	if status := run(ctx, []string{"check"}, none, &out, &errs); status != 1 || out.Len() > 0 || !strings.Contains(errs.String(), "canceled") {
		t.Errorf("it ended with status %d and said %q, %q", status, &out, &errs)
	}
}

func TestFindingIsOneLine(t *testing.T) {
	var out bytes.Buffer
	program{stdout: &out}.showFinding(finding{"a", "b\nc\x1b[2J", "d"}, false)
	if got, want := out.String(), "wrong  a: b\ufffdc\ufffd[2J; d\n"; got != want {
		t.Errorf("it is printed as %q, want %q", got, want)
	}
}
