package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// sieveSecond is the time for which lines are counted together, and mostAlike is
// how many with the same text go through in it.
const (
	sieveSecond = time.Second
	mostAlike   = 5
)

// A sieve keeps a flood of bad input from being a flood of lines. Of warnings and
// errors with the same text it lets the first few of each second through. How
// many more there were it tells when the second is over, so nothing is dropped
// in silence.
type sieve struct {
	slog.Handler // where the lines go
	level        slog.Level
	*alike
}

// alike are the lines of the second. Loggers that were given attributes share them.
type alike struct {
	to slog.Handler

	mu    sync.Mutex       // guards what is below
	count map[sameLine]int // nil if there is no line yet
}

type sameLine struct {
	level slog.Level
	text  string
}

func newSieve(level slog.Level, to slog.Handler) *sieve {
	return &sieve{to, level, &alike{to: to}}
}

func (s *sieve) Enabled(_ context.Context, level slog.Level) bool { return level >= s.level }

func (s *sieve) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn && !s.passes(sameLine{r.Level, r.Message}) {
		return nil
	}
	return s.Handler.Handle(ctx, r)
}

func (s *sieve) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &sieve{s.Handler.WithAttrs(attrs), s.level, s.alike}
}

func (s *sieve) WithGroup(name string) slog.Handler {
	return &sieve{s.Handler.WithGroup(name), s.level, s.alike}
}

// passes counts a line and says whether it goes through.
func (a *alike) passes(line sameLine) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count == nil {
		a.count = map[sameLine]int{}
		time.AfterFunc(sieveSecond, a.tell)
	}
	a.count[line]++
	return a.count[line] <= mostAlike
}

// tell ends the second, with a line for each text that not all lines went
// through of.
func (a *alike) tell() {
	a.mu.Lock()
	count := a.count
	a.count = nil
	a.mu.Unlock()
	for line, n := range count {
		if more := n - mostAlike; more > 0 {
			r := slog.NewRecord(time.Now(), line.level, fmt.Sprintf("… and %d more", more), 0)
			r.AddAttrs(slog.String("of", line.text))
			_ = a.to.Handle(context.Background(), r) // it goes to a queue, which does not fail
		}
	}
}
