//go:build !windows

package main

import (
	"context"
	"io"
	"os"

	"github.com/kardianos/service"
)

// managed runs the program. Service managers end it by a signal, as a user does.
func managed(ctx context.Context, program func(context.Context, io.Writer) int) int {
	return program(ctx, os.Stderr)
}

// supervised is what a service has to be where it is more than a process.
type supervised struct{}

func (supervised) Start(service.Service) error { return nil }
func (supervised) Stop(service.Service) error  { return nil }
