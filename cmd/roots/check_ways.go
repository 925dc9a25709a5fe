package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"
)

// A way is a transport, and what a proxy may do to it.
type way struct {
	name string
	// hear gives every message of the visitor's path to take, until ctx ends, and
	// returns why there is no more.
	hear   func(ctx context.Context, v *visitor, take func(context.Context, string)) error
	change string // what to change if a proxy keeps updates
}

var transportWays = []way{
	{"long polling", hearPolls, "see the log of the proxy"},
	{"server-sent events", hearEvents, "set proxy_buffering off, and take out proxy_ignore_headers X-Accel-Buffering"},
	{"websocket", hearSocket, "have it pass on frames as they come"},
}

// The settings that a WebSocket needs.
const (
	setVersion    = "set proxy_http_version 1.1"
	setUpgrade    = "set proxy_set_header Upgrade $http_upgrade"
	setConnection = `set proxy_set_header Connection "upgrade"`
	setHost       = "set proxy_set_header Host $http_host, or the --origin of the server"
)

// explain says what is wrong if a transport failed with err, and what to change.
func (w way) explain(err error) (wrong, change string) {
	var idle *cut
	var status *errStatus
	switch {
	case errors.Is(err, errLate):
		return fmt.Sprintf("the proxy keeps back what the server says: %v", err), w.change
	case errors.As(err, &idle):
		return idle.Error(), "set proxy_read_timeout 75s"
	case errors.Is(err, errOther):
		return err.Error(), "set one server behind proxy_pass, or ip_hash, and take out rewrite"
	case errors.Is(err, errNoEvents):
		return err.Error(), "take out proxy_set_header Accept"
	case errors.As(err, &status):
		return explainRefusal(status)
	}
	return "it broke: " + err.Error(), "see the log of the proxy"
}

// explainRefusal says why a WebSocket or a request of a session was refused. What
// Firenze says tells what did not reach it.
func explainRefusal(e *errStatus) (wrong, change string) {
	wrong = e.Error()
	switch e.status {
	case http.StatusOK:
		return "the request to upgrade does not reach the server", strings.Join([]string{setUpgrade, setConnection, setVersion}, ", ")
	case http.StatusBadRequest:
		return wrong + ", the header Connection does not reach the server", setConnection
	case http.StatusUpgradeRequired:
		return wrong + ", the header Upgrade reaches the server changed", setUpgrade
	case http.StatusHTTPVersionNotSupported:
		return wrong + ", the request reaches the server as HTTP/1.0", setVersion
	case http.StatusForbidden:
		return wrong + ", the server takes the page for one of another site", setHost
	}
	return wrong, "see the log of the proxy"
}

// hearPolls polls.
func hearPolls(ctx context.Context, v *visitor, take func(context.Context, string)) error {
	for where := v.reconnectWith; ; {
		o, _, err := v.poll(ctx, where)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(o.ReconnectWith, v.id+"/") {
			return errOther
		}
		v.hand(ctx, o, take)
		where = o.ReconnectWith
	}
}

// hand gives the messages of the path to take.
func (v *visitor) hand(ctx context.Context, o offer, take func(context.Context, string)) {
	for _, u := range o.Updates {
		if u.Path == v.path {
			take(ctx, u.Message)
		}
	}
}

// errNoEvents is an answer that is no event stream.
var errNoEvents = errors.New("the wish for an event stream does not reach the server")

// hearEvents hears by Server-Sent Events: the first says where to resume, and
// each that follows is an update.
func hearEvents(ctx context.Context, v *visitor, take func(context.Context, string)) error {
	answer, err := v.ask(ctx, http.MethodGet, v.reconnectWith, http.Header{"Accept": {"text/event-stream"}})
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return refusal(answer)
	}
	defer answer.Body.Close()
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind != "text/event-stream" {
		return errNoEvents
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, maxSaid)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if err := v.takeEvent(ctx, data, take); err != nil {
				return err
			}
		}
	}
	if lines.Err() != nil {
		return lines.Err()
	}
	return io.ErrUnexpectedEOF
}

func (v *visitor) takeEvent(ctx context.Context, data string, take func(context.Context, string)) error {
	var event struct{ Path, Message, ReconnectWith string }
	if err := json.Unmarshal([]byte(data), &event); err != nil {
		return fmt.Errorf("an event is no JSON: %w", err)
	}
	switch {
	case event.ReconnectWith != "" && !strings.HasPrefix(event.ReconnectWith, v.id+"/"):
		return errOther
	case event.Path == v.path:
		take(ctx, event.Message)
	}
	return nil
}

// hearSocket hears by WebSocket, with the origin of a page of the same site. Each
// frame is like the answer to a poll.
func hearSocket(ctx context.Context, v *visitor, take func(context.Context, string)) error {
	u, err := url.Parse(v.public)
	if err != nil {
		return err
	}
	socket, answer, err := websocket.Dial(ctx, v.public+v.reconnectWith, &websocket.DialOptions{
		HTTPClient: v.http,
		HTTPHeader: http.Header{"Origin": {u.Scheme + "://" + u.Host}},
	})
	switch {
	case err != nil && answer != nil:
		return refusal(answer)
	case err != nil:
		return keyless(err)
	}
	defer socket.CloseNow()
	socket.SetReadLimit(maxSaid)
	for {
		_, frame, err := socket.Read(ctx)
		if err != nil {
			return err
		}
		var o offer
		if err := json.Unmarshal(frame, &o); err != nil {
			return fmt.Errorf("a frame is no JSON: %w", err)
		}
		if !strings.HasPrefix(o.ReconnectWith, v.id+"/") {
			return errOther
		}
		v.hand(ctx, o, take)
	}
}
