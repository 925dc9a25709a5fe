//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A subject is a server that can be measured.
type subject struct {
	name       string
	transports []string
	dialect    dialect
	bare       bool // it knows no paths: a client's own is its id, and it hears all
	batches    bool // it takes many messages in one post
	start      func(ctx context.Context, dir string) (*server, error)
}

var allTransports = []string{"poll", "sse", "websocket"}

// subjects returns all that there are. Roots is a program that has been built
// already, or empty.
func subjects(roots string) []subject {
	return []subject{
		{name: "roots", transports: allTransports, dialect: firenze{}, batches: true, start: built("./cmd/roots", roots,
			"--firenze", "127.0.0.1:0", "--dudley", "127.0.0.1:0", "--imperio", "", "--log", "off")},
		{name: "nethttp", transports: []string{"poll", "sse"}, dialect: firenze{}, start: built("./internal/load/nethttp", "")},
		{name: "epoll", transports: allTransports, dialect: firenze{}, bare: true, start: built("./internal/load/epoll", "")},
		{name: "nchan", transports: allTransports, dialect: nchan{}, start: startNchan},
	}
}

func (s subject) has(t string, m measure) bool {
	return slices.Contains(s.transports, t) && (m.name != "batch" || s.batches)
}

// built starts a program of this module. It is built once, into dir, if it is
// not there already.
func built(source, program string, args ...string) func(context.Context, string) (*server, error) {
	return func(ctx context.Context, dir string) (*server, error) {
		if program == "" {
			path := filepath.Join(dir, filepath.Base(source))
			if err := build(ctx, source, path); err != nil {
				return nil, err
			}
			program = path
		}
		return startGo(ctx, program, args...)
	}
}

func build(ctx context.Context, source, path string) error {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	dir := strings.TrimSpace(string(root))
	if err != nil || dir == "" {
		return errors.New("it can't be built outside its module")
	}
	b := exec.CommandContext(ctx, "go", "build", "-o", path, source)
	b.Dir = dir
	if out, err := b.CombinedOutput(); err != nil {
		return fmt.Errorf("it does not build: %s", out)
	}
	return nil
}
