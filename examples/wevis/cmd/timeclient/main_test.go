package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/rootspush/roots/examples/wevis/clock"
)

// TestMain keeps the log out of the output.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	m.Run()
}

func TestRun(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- clock.NewServer().Serve(ctx, listener) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-address", listener.Addr().String()}, &out); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^It is \d\d:\d\d.\nYou are michael.\nSome floats: \[0 0.5 1 1.5\] and \[1.5 2.5 3.5\].\n$`).Match(out.Bytes()) {
		t.Errorf("it says %q", out.String())
	}
	err = run(t.Context(), []string{"-address", listener.Addr().String(), "-password", "x"}, io.Discard)
	if err == nil || !strings.HasSuffix(err.Error(), "login rejected: Invalid credentials.") {
		t.Errorf("with a wrong password: %v", err)
	}
}
