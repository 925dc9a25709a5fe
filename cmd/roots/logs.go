package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

// logs is what goes to standard error: every update, and what the pieces have
// to say themselves, a line each. Both wait in queues, so that a terminal or a
// pipe that nobody reads holds up no update.
//
// What comes from outside is only ever the value of a field, or an update. The
// server itself puts the key of a session into neither. What back-ends send is
// shown as it is.
type logs struct {
	updates *thestral.Queue // nil if they are not logged
	lines   *thestral.Queue
	own     *sieve
	running slog.Level // of the lines that say that the server starts and stops
}

// logQueue is how many lines may wait. A burst should fit; each costs little
// more than two pointers to texts that are there anyway.
const logQueue = 1 << 16

// openLogs makes the logs. Updates are lines of level info.
func openLogs(kind logKind, level slog.Level, stderr io.Writer) *logs {
	l := &logs{lines: thestral.NewQueue(writer{stderr}, logQueue), running: slog.LevelDebug} // standard output tells it to people
	out := lineWriter{l.lines}
	var own slog.Handler = slog.NewTextHandler(out, nil)
	var updates thestral.Thestral = imperio.NewLog(stderr)
	if kind == logJSON {
		own = zerolog.NewSlogHandler(zerolog.New(out).With().Timestamp().Logger())
		updates = imperio.NewEvents(zerolog.New(stderr).With().Timestamp().Logger())
		l.running = slog.LevelInfo
	}
	l.own = newSieve(level, own)
	if kind != logOff && level <= slog.LevelInfo {
		l.updates = thestral.NewQueue(updates, logQueue)
	}
	return l
}

// use makes the logs those of the process.
func (l *logs) use() {
	slog.SetDefault(slog.New(l.own))
	log.SetFlags(0)
	log.SetOutput(foreign{})
}

// say logs that something became of the server, with what it listens on.
func (l *logs) say(what string, addresses []string) {
	var fields []any
	for _, line := range addresses {
		words := strings.Fields(line) // a name, an address, and what that is for
		fields = append(fields, words[0], words[1])
	}
	slog.Log(context.Background(), l.running, what, fields...)
}

// flush waits a moment for what is still in the queues.
func (l *logs) flush() {
	l.own.tell()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, q := range []*thestral.Queue{l.updates, l.lines} {
		if q != nil {
			_ = q.Flush(ctx) // who does not read the log misses its end
		}
	}
}

// lost is how many lines were dropped, because nobody read them.
func (l *logs) lost() uint64 {
	lost := l.lines.Dropped()
	if l.updates != nil {
		lost += l.updates.Dropped()
	}
	return lost
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

// foreign takes what net/http writes through package log. Addresses are in that,
// and what handlers panic with.
type foreign struct{}

func (foreign) Write(text []byte) (int, error) {
	slog.Warn("a server of net/http has a complaint", "text", string(bytes.TrimSpace(text)))
	return len(text), nil
}

// logLevel is a flag: which lines are logged.
type logLevel slog.Level

var logLevels = []string{"debug", "info", "warn", "error"} // slog has them 4 apart, from -4 on

func (l *logLevel) String() string { return logLevels[*l/4+1] }

// Set takes one of the levels by its name.
func (l *logLevel) Set(value string) error {
	for i, name := range logLevels {
		if name == value {
			*l = logLevel(4 * (i - 1))
			return nil
		}
	}
	return fmt.Errorf("it must be one of %s", strings.Join(logLevels, ", "))
}
