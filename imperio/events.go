package imperio

import (
	"github.com/rs/zerolog"

	"github.com/rootspush/roots/thestral"
)

// NewEvents returns a Thestral that makes each update an event of logger, at
// level info, with the fields "path" and "text" and no message: zerolog's
// console prints a message raw, and these texts come from outside. It may be
// used by as many goroutines as the writer of logger, and waits as long as that
// does: pieces put a [thestral.Queue] before it by themselves.
func NewEvents(logger zerolog.Logger) thestral.Func {
	return func(_ thestral.Thestral, path, message string) {
		logger.Info().Str("path", path).Str("text", message).Send()
	}
}
