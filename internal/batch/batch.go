// Package batch is the form in which updates come in from outside: a JSON
// array that is taken whole or not at all.
//
// Back-ends post it to Dudley, browsers post it to Firenze or send it within a
// WebSocket frame. Each item is {"path":…,"message":…}:
//
//	a message that is no string    passed on as its compact JSON text
//	other keys                     ignored
//	equal keys                     the last counts; capitals make no difference
//	half of a surrogate pair       U+FFFD, as JSON decoders do
//	null for the path              no path, which is refused
//	null for the message           the text null
//
// # The rules
//
//  1. What [Parse] returns has been checked: each path and message is one that
//     the pieces take.
//  2. A [Refusal] says what is wrong, in words and as an HTTP status, and which
//     item is at fault. It comes without any updates.
//  3. What was decoded is checked, not what was on the wire: there keys may come
//     twice or in capitals, and paths with \u in them.
//
// The common form, a path, then a message, both strings, is read some six times
// faster than the others (BenchmarkParse).
//
// It hands nothing on, and asks nothing of who sent it: that is for the pieces.
package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"unicode/utf8"

	"github.com/rootspush/roots/thestral"
)

// MaxUpdates is how many updates a batch holds. The limits of a path and of a
// message are in thestral, that of a body is [MaxBody].
const MaxUpdates = 1000

// Parse returns the updates of a JSON array, in order, or why none is taken.
// With refuseControl, control paths are refused. It keeps nothing of body, and
// may be called from many goroutines at once.
func Parse(body []byte, refuseControl bool) ([]thestral.Update, *Refusal) {
	if !utf8.Valid(body) {
		return nil, Refuse(http.StatusBadRequest, "the body is not UTF-8 text")
	}
	updates, ok := quick(body)
	if !ok || len(updates) > MaxUpdates {
		return thorough(body, refuseControl)
	}
	for i, u := range updates {
		if fault := Check(u, refuseControl); fault != nil {
			return nil, fault.at(i)
		}
	}
	return updates, nil
}

// thorough takes a batch in any form.
func thorough(body []byte, refuseControl bool) ([]thestral.Update, *Refusal) {
	items, fault := split(body)
	if fault != nil {
		return nil, fault
	}
	updates := make([]thestral.Update, len(items))
	for i := range items {
		fault := parseItem(items[i], &updates[i])
		if fault == nil {
			fault = Check(updates[i], refuseControl)
		}
		if fault != nil {
			return nil, fault.at(i)
		}
	}
	return updates, nil
}

// Check says why a single update is not taken, or nil.
func Check(u thestral.Update, refuseControl bool) *Refusal {
	if err := thestral.CheckUpdate(u.Path, u.Message); err != nil {
		return Refuse(http.StatusBadRequest, "%v", err)
	}
	if refuseControl && thestral.IsControl(u.Path) {
		return Refuse(http.StatusForbidden, "control path %q is not allowed here, only paths without \"::\" in front are", u.Path)
	}
	return nil
}

// split leaves the items undecoded: only when they are decoded one by one is it
// known which is at fault.
func split(body []byte) ([]json.RawMessage, *Refusal) {
	var items []json.RawMessage
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(body, &items); {
	case errors.As(err, &syntax):
		return nil, Refuse(http.StatusBadRequest, "the body is no JSON: %v at byte %d", err, syntax.Offset)
	case items == nil: // null, or no array
		return nil, Refuse(http.StatusBadRequest, "the body is no JSON array, as in [%s]", example)
	case len(items) > MaxUpdates:
		return nil, Refuse(http.StatusBadRequest, "the batch has %d items, at most %d are allowed", len(items), MaxUpdates)
	}
	return items, nil
}

const example = `{"path":"my/data","message":"text"}`

func parseItem(raw json.RawMessage, u *thestral.Update) *Refusal {
	var item struct {
		Path    string
		Message json.RawMessage
	}
	if err := json.Unmarshal(raw, &item); err != nil {
		return Refuse(http.StatusBadRequest, "an item is an object with a path that is text, as in %s", example)
	}
	if item.Message == nil {
		return Refuse(http.StatusBadRequest, "the message is missing, as in %s", example)
	}
	*u = thestral.Update{Path: item.Path, Message: text(item.Message)}
	return nil
}

// text returns what a valid JSON value says: a string itself, anything else as
// its compact JSON text.
func text(value json.RawMessage) string {
	if value[0] == '"' {
		var s string
		json.Unmarshal(value, &s) // fails only for invalid JSON, as Compact does
		return s
	}
	var compact bytes.Buffer
	json.Compact(&compact, value)
	return compact.String()
}
