package bustle

import (
	"errors"
	"io/fs"
	"log/slog"
)

// A complaint is trouble that is logged once, until it is over or is another.
type complaint struct {
	what string
	text string // of the error that was logged
}

// say is told again and again how it is, with nil if all is well. The field is for
// the log.
func (c *complaint) say(err error, field string, value any) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != c.text {
		slog.Warn(c.what, field, value, "error", text)
	}
	c.text = text
}

// unlessMissing returns err, but nil if something is not there: that is no trouble.
func unlessMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
