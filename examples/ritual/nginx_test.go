package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"image"
	"image/png"
	"io"
	"math/big"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/internal/nginx"
	"github.com/rootspush/roots/internal/testenv"
)

// certify writes a certificate for this machine, which signs itself, and returns
// who believes it.
func certify(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	check(t, err)
	private, err := x509.MarshalECPrivateKey(key)
	check(t, err)
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	check(t, os.WriteFile(certFile, cert, 0o600))
	check(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}), 0o600))
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return certFile, keyFile, pool
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// startNginx runs the configuration of README.md before a server, and returns its
// address and a browser that believes its certificate.
func startNginx(t *testing.T, base string) (https string, browser func() *http.Client) {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	check(t, err)
	config := regexp.MustCompile("(?s)```nginx\n(.*?)```").FindSubmatch(readme)
	if config == nil {
		t.Fatal("README.md has no configuration of nginx")
	}
	certFile, keyFile, pool := certify(t)
	addr := testenv.FreeAddress(t)
	u, err := url.Parse(base)
	check(t, err)
	lines := string(config[1])
	for from, to := range map[string]string{
		"server 127.0.0.1:8080;": "server " + u.Host + ";",
		"listen 443 ssl;":        "listen " + addr + " ssl;",
		"/etc/letsencrypt/live/ritual.example.org/fullchain.pem": certFile,
		"/etc/letsencrypt/live/ritual.example.org/privkey.pem":   keyFile,
	} {
		if strings.Count(lines, from) != 1 {
			t.Fatalf("%q is not once in the configuration", from)
		}
		lines = strings.Replace(lines, from, to, 1)
	}
	nginx.Start(t, addr, lines)
	return "https://" + addr + "/", func() *http.Client {
		jar, err := cookiejar.New(nil)
		check(t, err)
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Jar: jar, Transport: transport}
	}
}

// TestNginx: behind the nginx of README.md somebody logs in with a photo, waits,
// and is told of the next page; posts of other sites are refused.
func TestNginx(t *testing.T) {
	base, browser := startNginx(t, start(t))
	ann, leader := browser(), browser()
	_, err := leader.PostForm(base+"mkRitual", url.Values{"name": {"night"}, "script": {"everything"}})
	check(t, err)
	status, page := logIn(t, ann, base+"night/partake")
	id := regexp.MustCompile(`"Client":"([^"]{43})"`).FindStringSubmatch(page)
	if status != 200 || id == nil {
		t.Fatalf("Ann is answered %d %s", status, page)
	}
	post(t, ann, base+"night/welcomed/"+id[1], http.StatusNoContent)
	target := base + "night/status?subhave=null&clientId=" + id[1]
	first := decode(t, ann, target+"&have=0")
	if first["page"] != "1" || !strings.Contains(first["svg"].(string), "<svg") {
		t.Fatalf("first she is told %v", first)
	}
	told := make(chan map[string]any)
	go func() { told <- decode(t, ann, target+"&have=1") }()
	for page := "1"; page != "2" && !t.Failed(); { // she may be told of somebody else first
		post(t, leader, base+"night/nextPage?page=1", http.StatusNoContent)
		news := <-told
		if p, is := news["page"].(string); is {
			page = p
			continue
		}
		go func() { told <- decode(t, ann, target+"&have=1") }()
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"night/nextPage", nil)
	check(t, err)
	req.Header.Set("Origin", "https://evil.example")
	resp, err := leader.Do(req)
	check(t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("another site's post is answered %d", resp.StatusCode)
	}
}

func post(t *testing.T, client *http.Client, target string, want int) {
	t.Helper()
	resp, err := client.PostForm(target, nil)
	check(t, err)
	resp.Body.Close()
	if resp.StatusCode != want {
		t.Errorf("%s is answered %d", target, resp.StatusCode)
	}
}

// logIn posts the form of the login page, with a photo of some megabytes, and
// returns where that leads.
func logIn(t *testing.T, client *http.Client, target string) (status int, page string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"email": "ann@example.org", "name": "Ann", "photosource": "file"} {
		check(t, form.WriteField(name, value))
	}
	part, err := form.CreateFormFile("photofile", "photo.png")
	check(t, err)
	_, _ = part.Write(noise(t)) // a Buffer takes everything
	check(t, form.Close())
	resp, err := client.Post(target, form.FormDataContentType(), &body)
	check(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	check(t, err)
	return resp.StatusCode, string(text)
}

// decode asks for JSON. It is used from other goroutines too.
func decode(t *testing.T, client *http.Client, target string) (fields map[string]any) {
	resp, err := client.Get(target)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&fields); err != nil {
		t.Error(err)
	}
	return fields
}

// noise is a photo that no format makes small.
func noise(t *testing.T) []byte {
	t.Helper()
	const side = 1000
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	_, _ = rand.Read(picture.Pix) // never fails
	var out bytes.Buffer
	check(t, png.Encode(&out, picture))
	return out.Bytes()
}
