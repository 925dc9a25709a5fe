package main

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/rs/zerolog"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

// logs is what goes to standard error: every update, and what the pieces have
// to say themselves. Both wait in queues, so that a terminal or a pipe that
// nobody reads holds up no update.
type logs struct {
	updates *thestral.Queue // nil if they are not logged
	lines   *thestral.Queue
	own     *slog.Logger
}

// logQueue is how many lines may wait. A burst should fit; each costs little
// more than two pointers to texts that are there anyway.
const logQueue = 1 << 16

func openLogs(kind logKind, stderr io.Writer) *logs {
	l := &logs{lines: thestral.NewQueue(writer{stderr}, logQueue)}
	l.own = slog.New(slog.NewTextHandler(lineWriter{l.lines}, nil))
	switch kind {
	case logFrames:
		l.updates = thestral.NewQueue(imperio.NewLog(stderr), logQueue)
	case logJSON:
		events := zerolog.New(stderr).With().Timestamp().Logger()
		l.updates = thestral.NewQueue(imperio.NewEvents(events), logQueue)
		l.own = slog.New(zerolog.NewSlogHandler(zerolog.New(lineWriter{l.lines}).With().Timestamp().Logger()))
	}
	return l
}

// flush waits a moment for what is still in the queues.
func (l *logs) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, q := range []*thestral.Queue{l.updates, l.lines} {
		if q != nil {
			_ = q.Flush(ctx) // who does not read the log misses its end
		}
	}
}

// writer writes messages as they are. Standard error takes a line whole.
type writer struct{ to io.Writer }

func (w writer) Update(_ thestral.Thestral, _, message string) { io.WriteString(w.to, message) }

// lineWriter puts lines into a queue.
type lineWriter struct{ queue *thestral.Queue }

func (w lineWriter) Write(line []byte) (int, error) {
	w.queue.Update(nil, "log", string(line))
	return len(line), nil
}
