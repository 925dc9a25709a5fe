// Package nginx starts an nginx for a test.
package nginx

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rootspush/roots/internal/testenv"
)

// around is what an nginx has to be told in any case so that it writes nowhere but
// into its folder.
const around = `%[1]s
pid %[2]s/pid;
error_log stderr;
events {}
http {
	access_log off;
	client_body_temp_path %[2]s/body;
	proxy_temp_path %[2]s/proxy;
	fastcgi_temp_path %[2]s/fastcgi;
	uwsgi_temp_path %[2]s/uwsgi;
	scgi_temp_path %[2]s/scgi;
	%[3]s
}
`

// Start runs an nginx with these lines in its http block until the test ends, and
// returns when it listens at addr, which is HOST:PORT or the path of a socket. All
// that the lines do not say is as nginx comes. What it says is logged if the test
// fails. Where there is no nginx the test is skipped as by [testenv.Need].
func Start(t testing.TB, addr, lines string) {
	t.Helper()
	program := testenv.Need(t, "nginx", "nginx")
	dir, user := t.TempDir(), ""
	if os.Geteuid() == 0 {
		user = "user root;" // its workers could not use dir otherwise
	}
	config := filepath.Join(dir, "conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, around, user, dir, lines), 0o600); err != nil {
		t.Fatal(err)
	}
	var says bytes.Buffer
	nginx := exec.Command(program, "-e", "stderr", "-c", config, "-g", "daemon off;")
	nginx.Stderr = &says
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = nginx.Process.Signal(syscall.SIGTERM) // it may have ended
		if err := nginx.Wait(); err != nil || t.Failed() {
			t.Logf("nginx ended with %v and said:\n%s", err, &says)
		}
	})
	wait(t, addr)
}

// wait waits for a process that does not say when it is ready.
func wait(t testing.TB, addr string) {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	testenv.Eventually(t, "nginx listens at "+addr, func() bool {
		conn, err := net.Dial(network, addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}
