package bustle

import (
	"log/slog"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

// An audit is a recording, as package imperio makes it, of all that the town is
// told. It is kept in memory until flush writes it, so Update does not wait.
type audit struct {
	*imperio.Log
	noted *outbox
	file  logfile
}

var _ thestral.Prompt = (*audit)(nil)

// newAudit returns one that appends to a file which is for its owner alone.
func newAudit(path string, limit int64) *audit {
	noted := &outbox{}
	return &audit{imperio.NewRecorder(noted), noted, logfile{path: path, mode: 0o600, limit: limit}}
}

// Next returns nil: nobody is called.
func (a *audit) Next() []thestral.Thestral { return nil }

// endTorn ends a line that a kill left without an end.
func (a *audit) endTorn() error {
	size, err := a.file.ready(0)
	if err != nil || size == 0 {
		return err
	}
	last := make([]byte, 1)
	_, err = a.file.file.ReadAt(last, size-1)
	if err == nil && last[0] != '\n' {
		a.noted.add("\n")
	}
	return err
}

// flush writes what there is. What it can't write it keeps for the next time.
func (a *audit) flush() error {
	text := a.noted.text()
	if text == "" {
		return nil
	}
	if _, err := a.file.ready(len(text)); err != nil {
		return err
	}
	n, err := a.file.file.WriteString(text)
	a.noted.forget(n)
	return err
}

func (a *audit) close() {
	if err := a.flush(); err != nil {
		slog.Error("the audit log lacks its end", "error", err)
	}
	a.file.close()
}
