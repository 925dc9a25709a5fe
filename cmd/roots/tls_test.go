package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// An authority makes certificates for this machine.
type authority struct {
	dir string
	n   int64
}

func (a authority) cert() string { return filepath.Join(a.dir, "cert.pem") }
func (a authority) key() string  { return filepath.Join(a.dir, "key.pem") }

// issue replaces the files by a certificate with the next number.
func (a *authority) issue(t *testing.T) {
	t.Helper()
	a.n++
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(a.n), NotAfter: time.Now().AddDate(50, 0, 0), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, a.cert(), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	a.write(t, a.key(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// write writes a file that is a second newer than the last, as if time had passed.
func (a *authority) write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	a.n++
	modified := time.Unix(1e9+a.n, 0)
	if err := os.Chtimes(path, modified, modified); err != nil {
		t.Fatal(err)
	}
}

// serial makes a handshake with a pair, and returns the number of its certificate.
func serial(t *testing.T, keys *keyPair) int64 {
	t.Helper()
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	go tls.Server(far, keys.config()).Handshake()
	client := tls.Client(near, &tls.Config{InsecureSkipVerify: true})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	return client.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// TestCertificateThatChanges: a new pair is used within a second, a broken one
// never, and each trouble is logged once.
func TestCertificateThatChanges(t *testing.T) {
	said := new(buffer)
	slog.SetDefault(slog.New(slog.NewTextHandler(said, nil)))
	a := &authority{dir: t.TempDir()}
	a.issue(t)
	first := a.n - 2
	synctest.Test(t, func(t *testing.T) {
		keys, err := openKeyPair(a.cert(), a.key())
		if err != nil {
			t.Fatal(err)
		}
		want := func(number int64, troubles int, when string) {
			t.Helper()
			if got := serial(t, keys); got != number {
				t.Errorf("%s certificate %d is used, want %d", when, got, number)
			}
			if got := strings.Count(said.String(), "\n"); got != troubles {
				t.Errorf("%s %d troubles are logged, want %d: %s", when, got, troubles, said)
			}
		}
		want(first, 0, "at first")
		a.issue(t)
		second := a.n - 2
		time.Sleep(checkInterval - time.Nanosecond)
		want(first, 0, "just before it is looked at")
		time.Sleep(time.Nanosecond)
		want(second, 0, "after a second")

		good, err := os.ReadFile(a.cert())
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string][]byte{"an empty file": nil, "half a file": good[:len(good)/2], "nonsense": []byte("nonsense")} {
			before := strings.Count(said.String(), "\n")
			a.write(t, a.cert(), text)
			time.Sleep(checkInterval)
			want(second, before+1, "with "+name)
			time.Sleep(checkInterval)
			want(second, before+1, "again with "+name)
			a.write(t, a.cert(), good)
			time.Sleep(checkInterval)
			want(second, before+1, "after "+name)
		}
		os.Remove(a.key())
		time.Sleep(checkInterval)
		want(second, 4, "without its key")
		a.issue(t)
		time.Sleep(checkInterval)
		want(a.n-2, 4, "in the end")
	})
}

// over speaks TLS to the program, and one of these protocols, and trusts its
// certificate alone.
func over(t *testing.T, a *authority, protocols ...string) *http.Client {
	t.Helper()
	text, err := os.ReadFile(a.cert())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, NextProtos: protocols}, ForceAttemptHTTP2: len(protocols) == 0}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestTLS: Firenze speaks HTTP/2, holds polls there, and takes a new certificate
// while it runs; Dudley is encrypted where others reach it, and only there.
func TestTLS(t *testing.T) {
	a := &authority{dir: t.TempDir()}
	a.issue(t)
	p := start(t, "--tls-cert", a.cert(), "--tls-key", a.key(), "--dudley", "0.0.0.0:0", "--token", "sesame")
	if scheme, _, _ := strings.Cut(p.addresses["firenze"], ":"); scheme != "https" {
		t.Fatalf("firenze is at %s", p.addresses["firenze"])
	}
	client := over(t, a)
	resp, err := client.Get(p.addresses["firenze"])
	session := decode(t, body(t, resp, err))
	if resp.ProtoMajor != 2 {
		t.Errorf("it speaks %s, want HTTP/2", resp.Proto)
	}
	heard := make(chan string)
	go func() {
		resp, err := client.Get(p.addresses["firenze"] + session.ReconnectWith)
		heard <- body(t, resp, err)
	}()
	_, port, _ := net.SplitHostPort(p.host("dudley"))
	dudley := "https://127.0.0.1:" + port
	roots := command(t, "connect", session.id(), "a", "--url", dudley, "--token", "sesame")
	roots.Env = append(roots.Env, "SSL_CERT_FILE="+a.cert())
	if out, err := roots.CombinedOutput(); err != nil {
		t.Errorf("roots connect says %s", out)
	}
	if got := <-heard; !strings.Contains(got, `"path":"a"`) {
		t.Errorf("a poll over HTTP/2 gets %s", got)
	}
	socket, _, err := websocket.Dial(t.Context(), p.addresses["firenze"]+session.ReconnectWith, &websocket.DialOptions{HTTPClient: over(t, a, "http/1.1")})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow()
	if _, text, err := socket.Read(t.Context()); err != nil || decode(t, string(text)).id() != session.id() {
		t.Errorf("a WebSocket begins with %s, %v", text, err)
	}
	if conn, err := net.Dial("tcp", p.host("firenze")); err == nil {
		defer conn.Close()
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if got, _ := io.ReadAll(conn); !bytes.HasPrefix(got, []byte("HTTP/1.0 400")) {
			t.Errorf("without TLS it answers %q", got)
		}
	}
	a.issue(t)
	time.Sleep(checkInterval)
	resp, err = over(t, a).Get(p.addresses["firenze"])
	decode(t, body(t, resp, err))
}

// TestTLSOnThisMachine: on loopback Dudley is not encrypted, and without keys
// elsewhere he says so.
func TestTLSOnThisMachine(t *testing.T) {
	a := &authority{dir: t.TempDir()}
	a.issue(t)
	p := start(t, "--tls-cert", a.cert(), "--tls-key", a.key())
	if got := p.post("a", "b"); got != `{"success":true}` {
		t.Errorf("dudley answers %s", got)
	}
	if got := p.get(p.addresses["page"]); !strings.Contains(got, ` data-scheme="https"`) {
		t.Errorf("the page does not know that firenze speaks TLS: %.200s", got)
	}
	p = start(t, "--dudley", "0.0.0.0:0", "--token", "sesame")
	p.terminate()
	p.status() // the log is written by then
	if !strings.Contains(p.stderr.String(), "clear text") {
		t.Errorf("a token in clear text is not warned of: %s", p.stderr)
	}
}
