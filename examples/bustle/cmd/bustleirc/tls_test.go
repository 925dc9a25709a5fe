package main

import (
	"bufio"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestTLS: the bot speaks to a server whose certificate it can check, and to no other.
func TestTLS(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(nil) // which has a certificate for 127.0.0.1
	defer web.Close()
	trusted := filepath.Join(t.TempDir(), "ca.pem")
	ok(t, os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}), 0o600))
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: web.TLS.Certificates})
	ok(t, err)
	defer listener.Close()

	startTLSBot(t, listener.Addr().String(), "SSL_CERT_FILE="+trusted)
	conn := accept(t, listener)
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != "NICK bustle\r\n" {
		t.Errorf("the bot says %q, %v", line, err)
	}
	startTLSBot(t, listener.Addr().String(), "SSL_CERT_FILE="+os.DevNull)
	if line, err := bufio.NewReader(accept(t, listener)).ReadString('\n'); line != "" || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("to a stranger the bot says %q, %v", line, err)
	}
}

// startTLSBot runs the bot as a process, which alone can be told whom to trust, until the test ends.
func startTLSBot(t *testing.T, address, trust string) {
	t.Helper()
	bot := exec.Command(os.Args[0], "--tls", "--server", address, "--channel", "#town")
	bot.Env = append(os.Environ(), "BE_BUSTLEIRC=1", "HOME="+t.TempDir(), trust)
	ok(t, bot.Start())
	t.Cleanup(func() {
		_ = bot.Process.Kill()
		_ = bot.Wait()
	})
}

func accept(t *testing.T, listener net.Listener) net.Conn {
	t.Helper()
	conn, err := listener.Accept()
	ok(t, err)
	t.Cleanup(func() { conn.Close() })
	ok(t, conn.SetReadDeadline(time.Now().Add(waitAtMost)))
	return conn
}
