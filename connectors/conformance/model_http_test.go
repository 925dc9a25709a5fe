package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// ask posts a body over a connection of its own or a kept one.
func (m *model) ask(body []byte) (status int, answer []byte, err error) {
	deadline := time.Now().Add(m.timeout)
	conn, err := m.connection(deadline)
	if err != nil && m.breaks == "nobody" && !strings.Contains(err.Error(), "certificate") {
		return 503, nil, nil
	}
	if err != nil {
		return none, nil, err
	}
	conn.SetDeadline(deadline)
	fmt.Fprintf(conn, "%s\r\n\r\n%s", m.head(len(body)), body)
	limited := &io.LimitedReader{R: m.reader(conn), N: 64 << 10}
	if m.breaks == "endless" {
		limited.N = 1 << 40
	}
	from := bufio.NewReader(limited)
	if _, err := from.Peek(1); err == io.EOF && m.breaks == "cut" {
		conn.Close()
		return m.ask(body)
	}
	answered, err := m.read(from)
	if err == nil && limited.N == 0 {
		err = errors.New("the answer is too long")
	}
	if err != nil {
		return m.failed(conn, err)
	}
	if m.breaks == "redirect" && answered.status/100 == 3 {
		conn.Close()
		return m.ask(body)
	}
	if answered.keep && m.breaks != "keep-alive" {
		m.kept = conn
	} else {
		conn.Close()
	}
	return answered.status, answered.body, nil
}

// failed ends a connection whose answer can't be read.
func (m *model) failed(conn net.Conn, err error) (int, []byte, error) {
	if m.breaks == "late" && unanswered(err).timeout {
		m.kept, m.sure = conn, true
		return none, nil, err
	}
	conn.Close()
	if m.breaks == "garbage" && strings.Contains(err.Error(), "SSH") {
		return 200, []byte(success), nil
	}
	return none, nil, err
}

// reader returns what reads a connection.
func (m *model) reader(conn net.Conn) io.Reader {
	if m.breaks == "slow" {
		return patient{conn, m.timeout}
	}
	return conn
}

// patient gives each step the time of the whole.
type patient struct {
	net.Conn
	timeout time.Duration
}

func (p patient) Read(b []byte) (int, error) {
	p.SetDeadline(time.Now().Add(p.timeout))
	return p.Conn.Read(b)
}

func (m *model) connection(deadline time.Time) (net.Conn, error) {
	if conn := m.kept; conn != nil {
		m.kept = nil
		if m.sure || m.breaks == "kept-closed" || idle(conn) {
			return conn, nil
		}
		conn.Close()
	}
	dialer := net.Dialer{Deadline: deadline}
	if m.url.Scheme == "unix" {
		return dialer.Dial("unix", m.url.Path)
	}
	addr := m.url.Host
	if proxy := m.env["http_proxy"]; m.breaks == "proxy" && proxy != "" {
		addr = strings.TrimPrefix(proxy, "http://")
	}
	if m.url.Scheme == "https" {
		return tls.DialWithDialer(&dialer, "tcp", addr, m.trusted())
	}
	return dialer.Dial("tcp", addr)
}

// idle says whether nothing came on a connection, not even its end. A read that
// begins after its deadline looks at nothing, so it is tried more than once.
func idle(conn net.Conn) bool {
	if _, ok := conn.(*tls.Conn); ok {
		return false // a time-out would break it
	}
	for range 3 {
		conn.SetDeadline(time.Now().Add(time.Millisecond))
		if _, err := conn.Read(make([]byte, 1)); err == nil || !unanswered(err).timeout {
			return false
		}
	}
	return true
}

func (m *model) head(size int) string {
	target, host, accept, kind, scheme := m.url.Path, m.url.Host, "application/json", "application/json", "Bearer"
	if m.url.Scheme == "unix" {
		target, host = "/", "localhost"
	}
	switch {
	case m.breaks == "request-line":
		target = "/"
	case m.breaks == "host":
		host = "localhost"
	case m.breaks == "unix" && m.url.Scheme == "unix":
		host = "dudley.sock"
	case m.breaks == "accept":
		accept = "*/*"
	case m.breaks == "content-type":
		kind = "text/plain"
	case m.breaks == "token":
		scheme = "Token"
	case m.breaks == "length":
		kind += "\r\nExpect: 100-continue"
	}
	if m.token != "" {
		kind += "\r\nAuthorization: " + scheme + " " + m.token
	}
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nAccept: %s\r\nContent-Type: %s", target, host, size, accept, kind)
}

// answered is an answer that was read.
type answered struct {
	status int
	body   []byte
	keep   bool
}

func (m *model) read(from *bufio.Reader) (a answered, err error) {
	resp, err := http.ReadResponse(from, nil)
	for err == nil && resp.StatusCode/100 == 1 && m.breaks != "interim" {
		resp, err = http.ReadResponse(from, nil)
	}
	if err != nil {
		return a, err
	}
	a.status, a.keep = resp.StatusCode, !resp.Close || m.breaks == "close-header"
	switch {
	case m.breaks == "chunked" && len(resp.TransferEncoding) > 0,
		m.breaks == "until-close" && len(resp.TransferEncoding) == 0 && resp.ContentLength < 0:
		return a, errors.New("the answer has no length")
	case m.breaks == "pieces" && resp.ContentLength > 0 && resp.ContentLength < 100:
		a.body = make([]byte, resp.ContentLength)
		if n, _ := resp.Body.Read(a.body); n < len(a.body) {
			return a, io.ErrUnexpectedEOF
		}
		return a, nil
	}
	a.body, err = io.ReadAll(resp.Body)
	if m.breaks == "cut-answer" && errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return a, err
}
