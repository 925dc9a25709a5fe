//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// A plan says what to measure.
type plan struct {
	subjects   []subject
	transports []string
	measures   []measure
	sizes      sizes
	rounds     int
}

// A trial is one measure of one server over one transport, and what was found.
type trial struct {
	*row
	subject subject
	measure measure
}

// trials are in the order in which they are made: servers that will be compared
// follow one another.
func (p plan) trials() []trial {
	var all []trial
	for _, m := range p.measures {
		for _, t := range p.transports {
			for _, s := range p.subjects {
				if s.has(t, m) {
					all = append(all, trial{&row{Measure: m.name, Transport: t, Server: s.name, main: m.main}, s, m})
				}
			}
		}
	}
	return all
}

// run makes all trials, round by round, and returns their rows. A trial that
// fails has a note.
func (p plan) run(ctx context.Context, progress io.Writer) ([]*row, error) {
	dir, err := os.MkdirTemp("", "roots-load-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	trials := p.trials()
	for round := range p.rounds {
		for _, t := range trials {
			fmt.Fprintf(progress, "round %d of %d: %s, %s, %s\n", round+1, p.rounds, t.Measure, t.Transport, t.Server)
			t.make(ctx, p.sizes, dir)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
	}
	var rows []*row
	for _, t := range trials {
		rows = append(rows, t.row)
	}
	summarize(rows)
	return rows, nil
}

// make adds a round to the row.
func (t trial) make(ctx context.Context, s sizes, dir string) {
	l, err := newLoad(ctx, t.subject, dir)
	if err != nil {
		t.Note = err.Error()
		return
	}
	defer l.close()
	f, err := t.measure.run(l, transports[t.Transport], s)
	if err != nil {
		t.Note, f = err.Error(), figures{} // half of a figure is none
	}
	l.missing()
	f["lost"], f["doubled"] = float64(l.lost), float64(l.doubled)
	t.rounds = append(t.rounds, f)
}

// machine tells where and when the figures were taken.
func machine() string {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	load, _ := os.ReadFile("/proc/loadavg")
	return fmt.Sprintf("%d cores, Linux %s, %s, load before: %s", runtime.NumCPU(), strings.TrimSpace(string(kernel)), runtime.Version(), strings.TrimSpace(string(load)))
}
