//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// A server is a process that was started, with all that it started itself.
type server struct {
	clients, backends netip.AddrPort // where they connect to
	command           *exec.Cmd
	stdout            io.Reader
	stderr            bytes.Buffer // to be read when it is dead
}

// startProcess starts a program whose processes die with this one.
func startProcess(ctx context.Context, program string, args ...string) (*server, error) {
	s := &server{command: exec.CommandContext(ctx, program, args...)}
	s.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	s.command.Stderr = &s.stderr
	var err error
	if s.stdout, err = s.command.StdoutPipe(); err != nil {
		return nil, err
	}
	return s, s.command.Start()
}

// kill ends all processes of the server at once: there is nothing to save.
func (s *server) kill() {
	_ = syscall.Kill(-s.command.Process.Pid, syscall.SIGKILL)
	_ = s.command.Wait() // that it was killed is no news
}

// startGo starts a server that prints its addresses as cmd/roots does.
func startGo(ctx context.Context, program string, args ...string) (*server, error) {
	s, err := startProcess(ctx, program, args...)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(s.stdout)
	for !(s.clients.IsValid() && s.backends.IsValid()) && lines.Scan() {
		switch name, address, _ := strings.Cut(lines.Text(), " "); name {
		case "firenze":
			s.clients = addressOf(address)
		case "dudley":
			s.backends = addressOf(address)
		}
	}
	if !s.clients.IsValid() || !s.backends.IsValid() {
		s.kill()
		return nil, fmt.Errorf("it does not say where it listens: %s", &s.stderr)
	}
	return s, nil
}

// addressOf returns the address in a URL, or an invalid one.
func addressOf(text string) netip.AddrPort {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return netip.AddrPort{}
	}
	address, _ := netip.ParseAddrPort(u.Host)
	return address
}

// listens waits until a server that says nothing listens.
func (s *server) listens() error {
	for range 100 {
		c, err := net.Dial("tcp", s.clients.String())
		if err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.kill()
	return fmt.Errorf("it does not listen: %s", &s.stderr)
}

// freeAddress returns one that nobody listens at.
func freeAddress() (netip.AddrPort, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return netip.AddrPort{}, err
	}
	return l.Addr().(*net.TCPAddr).AddrPort(), l.Close()
}
