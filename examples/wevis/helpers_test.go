package wevis_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
	"github.com/rootspush/roots/internal/testenv"
)

// must returns v, and fails the test if there is an error.
func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// serve serves at pipes until the test ends or stop is called.
func serve(t testing.TB, server *wevis.Server) (p *testenv.Pipes, stop func()) {
	t.Helper()
	p = testenv.NewPipes()
	return p, serveAt(t, server, p)
}

func serveAt(t testing.TB, server *wevis.Server, listener net.Listener) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(ctx, listener); err != nil {
			t.Error(err)
		}
	}()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

// serveTCP serves on a real port until the test ends.
func serveTCP(t testing.TB, server *wevis.Server) (address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String(), serveAt(t, server, listener)
}

// newClient returns a client of the clock.
func newClient(address string) *wevis.Client {
	return &wevis.Client{Protocol: clock.Protocol(), Address: address, User: clock.User, Password: clock.Password, Version: "1.0.0"}
}

// start starts a client on a connection, and stops it when the test ends.
func start(t testing.TB, c *wevis.Client, conn net.Conn) *wevis.Client {
	t.Helper()
	if err := c.StartOn(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Stop(context.Background()) })
	return c
}

// A raw peer speaks in bytes.
type raw struct {
	t testing.TB
	net.Conn
}

// send writes bytes that are given in hexadecimal digits, with blanks between.
func (r raw) send(digits string) {
	r.t.Helper()
	if _, err := r.Write(unhex(r.t, digits)); err != nil {
		r.t.Fatal(err)
	}
}

func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	return must(t, b, err)
}

// next reads a frame.
func (r raw) next() []byte {
	r.t.Helper()
	frame, err := readFrame(r)
	if err != nil {
		r.t.Fatal(err)
	}
	return frame
}

func readFrame(from io.Reader) ([]byte, error) {
	prefix := make([]byte, 4)
	if _, err := io.ReadFull(from, prefix); err != nil {
		return nil, err
	}
	body := make([]byte, binary.LittleEndian.Uint32(prefix))
	_, err := io.ReadFull(from, body)
	return append(prefix, body...), err
}

// wants reads a frame and compares it with hexadecimal digits.
func (r raw) wants(digits string) {
	r.t.Helper()
	if got, want := r.next(), unhex(r.t, digits); !bytes.Equal(got, want) {
		r.t.Fatalf("got  %x\nwant %x", got, want)
	}
}

// wantsReject reads a rejection, and then the end.
func (r raw) wantsReject(reason string) {
	r.t.Helper()
	got := r.next()
	if string(got[12:]) != reason || got[4] != 5 {
		r.t.Errorf("got %q, want the rejection %q", got, reason)
	}
	r.wantsEnd()
}

// wantsEnd waits until the peer has closed.
func (r raw) wantsEnd() {
	r.t.Helper()
	if frame, err := readFrame(r); !errors.Is(err, io.EOF) {
		r.t.Errorf("got %x, %v, want the end", frame, err)
	}
}

// welcome reads the welcome and returns its salt.
func (r raw) welcome() (salt string) {
	r.t.Helper()
	frame := r.next()
	if !bytes.Equal(frame[:12], unhex(r.t, "88000000 03000000 80000000")) || len(frame) != 140 {
		r.t.Fatalf("the welcome is %x", frame)
	}
	return string(frame[12:])
}

// login answers a welcome.
func (r raw) login(user, password, salt string) {
	r.t.Helper()
	m, err := wevis.NewProtocol().New("_login", wevis.Values{"username": user, "password": wevis.Encrypt(password, salt), "version": "1.0.0"})
	if err == nil {
		_, err = r.Write(m.Frame())
	}
	must(r.t, m, err)
}

// enter logs in, and reads ServerReady of the clock.
func (r raw) enter() {
	r.t.Helper()
	r.login(clock.User, clock.Password, r.welcome())
	r.wants("04000000 06000000")
	r.wants("04000000 07000000")
}
