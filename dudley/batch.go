package dudley

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/rootspush/roots/thestral"
)

// The limits of one request. Those of a path and a message are in thestral.
const (
	// MaxBatch is how many updates a batch holds.
	MaxBatch = 1000
	// MaxBody is how many bytes a body holds.
	MaxBody = 1 << 20
)

// readBody returns the body if all of it came and it is text.
func readBody(r *http.Request) ([]byte, *refusal) {
	switch {
	case r.ContentLength < 0:
		return nil, refuse(http.StatusLengthRequired, "the length of the body is unknown, send Content-Length")
	case r.ContentLength > MaxBody:
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is %d bytes long, at most %d are allowed", r.ContentLength, MaxBody)
	}
	// One byte more, to notice a body that some middleware made longer.
	body, err := io.ReadAll(io.LimitReader(r.Body, r.ContentLength+1))
	if err != nil || int64(len(body)) != r.ContentLength {
		return nil, refuse(http.StatusBadRequest, "the body is not as long as its Content-Length of %d", r.ContentLength)
	}
	if !utf8.Valid(body) {
		return nil, refuse(http.StatusBadRequest, "the body is not UTF-8 text")
	}
	return body, nil
}

// parse returns the updates of a body that was posted to urlPath, checked.
func (d *Dudley) parse(urlPath string, body []byte) ([]thestral.Update, *refusal) {
	path := strings.TrimPrefix(urlPath, "/")
	if path == "" {
		return d.parseBatch(body)
	}
	u := thestral.Update{Path: path, Message: string(body)}
	if fault := d.check(u); fault != nil {
		return nil, fault
	}
	return []thestral.Update{u}, nil
}

func (d *Dudley) parseBatch(body []byte) ([]thestral.Update, *refusal) {
	items, fault := splitBatch(body)
	if fault != nil {
		return nil, fault
	}
	batch := make([]thestral.Update, len(items))
	for i := range items {
		fault := parseItem(items[i], &batch[i])
		if fault == nil {
			fault = d.check(batch[i])
		}
		if fault != nil {
			fault.Index = &i
			return nil, fault
		}
	}
	return batch, nil
}

// splitBatch leaves the items undecoded: only when they are decoded one by one
// is it known which is at fault.
func splitBatch(body []byte) ([]json.RawMessage, *refusal) {
	var items []json.RawMessage
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(body, &items); {
	case errors.As(err, &syntax):
		return nil, refuse(http.StatusBadRequest, "the body is no JSON: %v at byte %d", err, syntax.Offset)
	case items == nil: // null, or no array
		return nil, refuse(http.StatusBadRequest, "the body is no JSON array, as in [%s]", example)
	case len(items) > MaxBatch:
		return nil, refuse(http.StatusBadRequest, "the batch has %d items, at most %d are allowed", len(items), MaxBatch)
	}
	return items, nil
}

const example = `{"path":"my/data","message":"text"}`

func parseItem(raw json.RawMessage, u *thestral.Update) *refusal {
	var item struct {
		Path    string
		Message json.RawMessage
	}
	if err := json.Unmarshal(raw, &item); err != nil {
		return refuse(http.StatusBadRequest, "an item is an object with a path that is text, as in %s", example)
	}
	if item.Message == nil {
		return refuse(http.StatusBadRequest, "the message is missing, as in %s", example)
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

// check looks at what was decoded, not at what was on the wire: there keys may
// come twice or in capitals, and paths with %XX or \u in them.
func (d *Dudley) check(u thestral.Update) *refusal {
	if err := thestral.CheckUpdate(u.Path, u.Message); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	if d.opt.RefuseControl && thestral.IsControl(u.Path) {
		return refuse(http.StatusForbidden, "control path %q is not allowed here, only paths without \"::\" in front are", u.Path)
	}
	return nil
}
