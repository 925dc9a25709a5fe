package address_test

import (
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/address"
)

// socket returns an address in a folder of its own, and its path.
func socket(t testing.TB) (addr, path string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "roots") // the path of a socket must not be long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path = filepath.Join(dir, "socket")
	return "unix:" + path, path
}

func listen(t testing.TB, addr string) net.Listener {
	t.Helper()
	l, err := address.Listen(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func wantRefused(t *testing.T, addr, reason string) {
	t.Helper()
	l, err := address.Listen(addr)
	if err == nil {
		l.Close()
	}
	if err == nil || !strings.Contains(err.Error(), reason) {
		t.Errorf("listening at %q gives %v, want an error with %q", addr, err, reason)
	}
}

func TestTCP(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	if got := address.String(l.Addr()); got != l.Addr().String() || !strings.HasPrefix(got, "127.0.0.1:") {
		t.Errorf("it is written %q", got)
	}
	wantRefused(t, "nonsense", "missing port")
}

func TestSocket(t *testing.T) {
	addr, path := socket(t)
	l := listen(t, addr)
	if got := address.String(l.Addr()); got != addr {
		t.Errorf("it is written %q, want %q", got, addr)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o660 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	wantRefused(t, addr, "another process listens there")
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatalf("after another tried to listen, nobody can connect: %v", err)
	}
	conn.Close()
	l.Close()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("after the end the file is still there: %v", err)
	}
}

// TestStaleSocket: what a process that was killed left behind is replaced.
func TestStaleSocket(t *testing.T) {
	addr, path := socket(t)
	left := listen(t, addr)
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	left.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Fatal(err)
	}
	l := listen(t, addr)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			conn.Close()
		}
	}()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestSocketsThatAreRefused(t *testing.T) {
	addr, path := socket(t)
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, addr, "file of another kind")
	if text, err := os.ReadFile(path); string(text) != "precious" {
		t.Errorf("the file in its place is now %q, %v", text, err)
	}
	link := path + "-link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, "unix:"+link, "file of another kind")
	for addr, reason := range map[string]string{
		"unix:":                           "must name a file",
		"unix:@no-mode-guards-this":       "must name a file",
		"unix:\x00nor-this":               "must name a file",
		"unix:" + filepath.Dir(path):      "file of another kind",
		addr + "/none":                    "not a directory",
		addr + strings.Repeat("x", 200):   "its path has",
		"unix:/no/such/folder/of/sockets": "no such file",
	} {
		wantRefused(t, addr, reason)
	}
}

func TestHTTP(t *testing.T) {
	if base, client := address.HTTP("http://example.org:1/x"); base != "http://example.org:1/x" || client.Transport != nil {
		t.Errorf("an address of HTTP became %q with %v", base, client.Transport)
	}
	base, client := address.HTTP("unix:/no/such/socket")
	if _, err := client.Get(base); err == nil || !strings.Contains(err.Error(), "/no/such/socket") {
		t.Errorf("where nobody listens the error is %v", err)
	}
}

func Example() {
	dir, _ := os.MkdirTemp("", "roots")
	defer os.RemoveAll(dir)
	addr := "unix:" + filepath.Join(dir, "socket")

	listener, err := address.Listen(addr)
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello to ", r.Host) })}
	go server.Serve(listener)
	defer server.Close()

	base, client := address.HTTP(addr)
	answer, err := client.Get(base)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	fmt.Println(string(text))
	// Output: hello to localhost
}
