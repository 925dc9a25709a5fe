package pomona

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/rootspush/roots/thestral"
)

// maxEvent bounds a line of a stream, and all data of an event, in bytes. An
// event holds one message, of at most 64 KiB.
const maxEvent = 1 << 20

// readEvents hears Firenze by Server-Sent Events: the first one says where to
// resume, and each that follows is a message.
func (c *Client) readEvents(ctx context.Context, h *hearing) error {
	header := http.Header{"Accept": {"text/event-stream"}}
	response, err := c.request(ctx, http.MethodGet, c.newest(), header, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return unwanted(response)
	}
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind != "text/event-stream" {
		return errors.New("the answer is no event stream")
	}
	return scanEvents(pulse{response.Body, h}, h.takeEvent)
}

// event is what a stream says between two blank lines.
type event struct {
	name, id string
	data     []byte
}

// takeEvent gets an answer in the form that it has in an event. Events of a name
// that is not known are passed over.
func (h *hearing) takeEvent(e event) error {
	a := answer{Updates: []thestral.Update{}, ReconnectWith: e.id}
	switch e.name {
	case "session":
		if json.Unmarshal(e.data, &a) != nil {
			return errEvent
		}
	case "":
		var u thestral.Update
		if json.Unmarshal(e.data, &u) != nil {
			return errEvent
		}
		a.Updates = append(a.Updates, u)
	default:
		return nil
	}
	return h.take(a)
}

var errEvent = errors.New(`the event is not of the form {"reconnectWith":"…"} or {"path":"…","message":"…"}`)

// scanEvents reads events, and gives each to take as soon as the blank line
// after it has come. It returns why there are no more: what take returned, the
// error of from, or that it ended. Lines end with LF or CR LF. A comment, and a
// field that is of no use here, is passed over.
func scanEvents(from io.Reader, take func(event) error) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxEvent+len("\r\n"))
	var e event
	for lines.Scan() {
		if line := lines.Text(); line != "" {
			e.add(line)
			if len(e.data) > maxEvent+len("\n") {
				return errLong
			}
			continue
		}
		e.data = bytes.TrimSuffix(e.data, []byte("\n"))
		if len(e.data) > 0 {
			if err := take(e); err != nil {
				return err
			}
		}
		e = event{}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return errLong
	}
	return cmp.Or(lines.Err(), errors.New("the stream ended"))
}

var errLong = fmt.Errorf("the event is longer than %d bytes", maxEvent)

// add adds a line that is not blank.
func (e *event) add(line string) {
	field, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch field {
	case "event":
		e.name = value
	case "id":
		e.id = value
	case "data":
		e.data = append(append(e.data, value...), '\n')
	}
}
