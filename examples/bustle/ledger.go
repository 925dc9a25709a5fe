package bustle

import (
	"io"
	"os"
	"strings"

	"github.com/rootspush/roots/thestral"
)

// A ledger writes the log, so that what is in it and how far the spools were read
// always agree. As a Thestral it notes lines, and does not wait; settle writes them:
//
//  1. One state is saved, under one name: the positions of the spools behind the
//     lines, the lines themselves, and which file they go to at what size.
//  2. The lines are appended there.
//
// A kill before 1 is complete leaves the state before: the lines are read again.
// After it, the lines are owed: what of them is in the file beyond that size is
// compared with what should be, and the rest is appended. That can be done any number
// of times, and is done at the start and after each failure.
//
// Where somebody else made the log shorter, or wrote into it at that very moment, all
// that is owed is appended at its end.
type ledger struct {
	log       logfile
	statePath string

	noted outbox // lines
	owed  *state // what was begun and did not succeed yet
}

var _ thestral.Prompt = (*ledger)(nil)

// Update notes a line. What comes between two settles is bounded by those who send:
// see [Town].
func (l *ledger) Update(_ thestral.Thestral, _, line string) { l.noted.add(line + "\n") }

// Next returns nil: nobody is called.
func (l *ledger) Next() []thestral.Thestral { return nil }

// isEmpty says whether there is nothing to write.
func (l *ledger) isEmpty() bool { return l.owed == nil && l.noted.text() == "" }

// resume pays what a process owed that was killed, and returns how far the spools
// were read.
func (l *ledger) resume() (spools map[string]position, err error) {
	s, err := loadState(l.statePath)
	if err != nil {
		return nil, err
	}
	file, err := l.log.find(s.Log)
	if err != nil {
		return nil, err
	}
	if file != nil {
		defer file.Close()
		if paid, err := s.pay(file); paid || err != nil {
			return s.Spools, err
		}
	}
	if err := l.aim(&s); err != nil {
		return nil, err
	}
	l.owed = &s
	return s.Spools, l.put()
}

// settle writes what was noted, together with how far the spools have been read by
// then, and returns the lines. If it fails, nothing is lost, and it must be called
// again before more is read.
func (l *ledger) settle(spools map[string]position) (lines []string, err error) {
	if l.owed == nil {
		s := &state{Spools: spools, Lines: l.noted.text()}
		if err := l.aim(s); err != nil {
			return nil, err
		}
		l.noted.forget(len(s.Lines))
		l.owed = s
	}
	text := l.owed.Lines
	if err := l.put(); err != nil {
		return nil, err
	}
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines, nil
}

// put saves what is owed and pays it. If somebody has changed the log meanwhile, it
// begins anew at its end.
func (l *ledger) put() error {
	for {
		if err := l.owed.save(l.statePath); err != nil {
			return err
		}
		paid, err := l.owed.pay(l.log.file)
		if err != nil {
			return err
		}
		if paid {
			l.owed = nil
			return nil
		}
		if err := l.aim(l.owed); err != nil {
			return err
		}
	}
}

// aim says where the lines of a state are to be written.
func (l *ledger) aim(s *state) error {
	size, err := l.log.ready(len(s.Lines))
	if err != nil {
		return err
	}
	info, err := l.log.file.Stat()
	if err != nil {
		return err
	}
	s.Log, s.Size = identify(info), size
	return nil
}

// pay appends those lines to the log that are not there yet. It does nothing and
// reports false if the log is shorter than it was, or has something else there.
func (s *state) pay(log *os.File) (paid bool, err error) {
	info, err := log.Stat()
	if err != nil || info.Size() < s.Size {
		return false, err
	}
	tail := make([]byte, len(s.Lines))
	n, err := log.ReadAt(tail, s.Size)
	if err != nil && err != io.EOF {
		return false, err
	}
	missing, ok := strings.CutPrefix(s.Lines, string(tail[:n]))
	if !ok {
		return false, nil
	}
	if _, err := log.WriteString(missing); err != nil {
		return false, err
	}
	return true, log.Sync()
}

// close writes what is left. The state says then that nothing is owed: a log that is
// removed while no daemon runs stays removed.
func (l *ledger) close(spools map[string]position) error {
	defer l.log.close()
	_, err := l.settle(spools)
	return err
}
