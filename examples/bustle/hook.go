package bustle

import (
	"strings"

	"github.com/rootspush/roots/examples/bustle/spool"
	"github.com/rootspush/roots/filch"
	"github.com/rootspush/roots/thestral"
)

// hookName stands in the audit log where the name of a file does.
const hookName = "hook"

// Hook returns the door for programs that have no spool, for a Dudley to hand
// updates to:
//
//	spool/NAME  a line as in a spool: NAME shouts it
//	place/NAME  something happens in the place NAME; the message is for the audit log
//
// Who gets there can speak for everybody. A shout is kept in memory until it is
// written, a moment later, so unlike one in a spool it can be lost. The door takes
// updates from many goroutines at once, and does not wait: when too many come they
// are dropped, logged and counted. All others are dropped by a Filch.
func (t *Town) Hook() thestral.Thestral { return filch.Guard(t.hook, mayPost) }

func mayPost(_ thestral.Thestral, path, _ string) bool {
	if name, ok := strings.CutPrefix(path, spoolPath); ok {
		return personName.MatchString(name)
	}
	name, ok := strings.CutPrefix(path, placePath)
	_, err := spool.Noise(name)
	return ok && err == nil
}

// take hands an update of the hook to the goroutine of the town.
func (t *Town) take(_ thestral.Thestral, path, message string) {
	if e, ok := readPost(path, message); ok {
		select {
		case t.posted <- e:
		case <-t.ended:
		}
	}
}

func readPost(path, message string) (e event, ok bool) {
	if who, ok := strings.CutPrefix(path, spoolPath); ok {
		line := rawLine{text: message}
		if len(message) >= spool.MaxLine {
			line = rawLine{text: clip([]byte(message)), long: true}
		}
		e, ok := parse(who, line)
		e.File = hookName
		return e, ok
	}
	place := strings.TrimPrefix(path, placePath)
	return event{Path: path, Kind: noise, Who: place, File: hookName, Text: printable(message)}, true
}
