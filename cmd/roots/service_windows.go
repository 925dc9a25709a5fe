package main

import (
	"context"
	"io"
	"os"

	"github.com/kardianos/service"
)

// managed runs the program until ctx ends, or, if it was started as a service,
// until the service manager says so. A service has no standard error: what is
// written there goes to the log of events.
func managed(ctx context.Context, program func(context.Context, io.Writer) int) int {
	if service.Interactive() {
		return program(ctx, os.Stderr)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := supervised{run: program, ctx: ctx, cancel: cancel, ended: make(chan int, 1)}
	manager, err := service.New(s, serviceConfig())
	if err == nil {
		err = manager.Run()
	}
	if err != nil {
		return 1 // there is nobody to be told why
	}
	return <-s.ended
}

// supervised is a program as the service manager has it.
type supervised struct {
	run    func(context.Context, io.Writer) int
	ctx    context.Context // ends when the service is to stop
	cancel func()
	ended  chan int // gets the exit status
}

// Start starts the program and does not wait for it. One that ends by itself has
// failed, and ends the process, so that the service manager notices.
func (s supervised) Start(manager service.Service) error {
	log, err := manager.SystemLogger(nil)
	if err != nil {
		return err
	}
	go func() {
		status := s.run(s.ctx, events{log})
		if s.ctx.Err() == nil {
			os.Exit(status)
		}
		s.ended <- status
	}()
	return nil
}

// Stop waits for the program to end, so that those who wait get their answers.
func (s supervised) Stop(service.Service) error {
	s.cancel()
	s.ended <- <-s.ended
	return nil
}

// events is the log of events of Windows. Each write is an event.
type events struct{ log service.Logger }

func (e events) Write(line []byte) (int, error) {
	if err := e.log.Info(string(line)); err != nil {
		return 0, err
	}
	return len(line), nil
}
