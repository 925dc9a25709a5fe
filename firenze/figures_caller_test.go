package firenze_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rootspush/roots/thestral"
)

// The ways to hear a session.
const (
	byPoll   = "poll"
	byEvents = "events"
	bySocket = "socket"
)

var ways = []string{byPoll, byEvents, bySocket}

// A caller is a client on one connection, down to the bytes, so that it can stop
// in the middle of anything.
type caller struct {
	net.Conn
	way    string
	prefix string // of the target, "/" or as in "/comet/"
	origin string // as a browser sends it; empty for none
	// reconnectWith is the newest one; empty before the first answer.
	reconnectWith string
	header        http.Header // of the newest answer

	in     *bufio.Reader // the connection
	stream *bufio.Reader // of events or frames, once it has begun
	asked  bool          // the answer has not come, or has no end
}

func newCaller(conn net.Conn, way string) *caller {
	return &caller{Conn: conn, way: way, prefix: "/", in: bufio.NewReader(conn)}
}

// call connects to a port or to a Unix socket.
func call(addr, way string) (*caller, error) {
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	conn, err := net.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	return newCaller(conn, way), nil
}

// hurry gives up what is done next when it takes longer than patience.
func (c *caller) hurry() {
	if c.Conn != nil {
		_ = c.SetDeadline(time.Now().Add(patience)) // should it fail, so does what is done next
	}
}

// patience is far more than anything takes that is not broken.
const patience = 30 * time.Second

// extraHeaders are what a way adds to a request.
var extraHeaders = map[string]string{
	byEvents: "Accept: text/event-stream\r\n",
	bySocket: "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
}

// ask sends the request for the session, or for a new one.
func (c *caller) ask() error {
	c.hurry()
	c.asked, c.stream = true, nil
	headers := extraHeaders[c.way]
	if c.origin != "" {
		headers += "Origin: " + c.origin + "\r\n"
	}
	_, err := fmt.Fprintf(c, "GET %s%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", c.prefix, c.reconnectWith, headers)
	return err
}

// next returns the updates of the next answer, event or frame, which may be none.
// It asks if that is to be done before.
func (c *caller) next() (updates []thestral.Update, err error) {
	c.hurry()
	if !c.asked {
		err = c.ask()
	}
	if err == nil && c.stream == nil {
		err = c.readHead()
	}
	switch {
	case err != nil:
		return nil, err
	case c.way == byEvents:
		return c.readEvent()
	case c.way == bySocket:
		return c.readFrame()
	}
	c.asked = false
	text, err := io.ReadAll(c.stream)
	c.stream = nil
	if err != nil {
		return nil, err
	}
	return c.readAnswer(text)
}

func (c *caller) readHead() error {
	head, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	c.header = head.Header
	want := http.StatusOK
	if c.stream = bufio.NewReader(head.Body); c.way == bySocket {
		c.stream, want = c.in, http.StatusSwitchingProtocols
	}
	if head.StatusCode != want {
		text, _ := io.ReadAll(head.Body)
		return fmt.Errorf("answered %s: %s", head.Status, text)
	}
	return nil
}

func (c *caller) readAnswer(text []byte) ([]thestral.Update, error) {
	var a reply
	if err := json.Unmarshal(text, &a); err != nil || a.ReconnectWith == "" {
		return nil, fmt.Errorf("the answer is %q: %v", text, err)
	}
	c.reconnectWith = a.ReconnectWith
	return a.Updates, nil
}

func (c *caller) readEvent() (updates []thestral.Update, err error) {
	for {
		line, err := c.stream.ReadString('\n')
		if err != nil {
			return nil, err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			c.reconnectWith = value
		case "data":
			var event struct {
				thestral.Update
				ReconnectWith string // of the first one
			}
			if err := json.Unmarshal([]byte(value), &event); err != nil {
				return nil, fmt.Errorf("the event is %q: %v", value, err)
			}
			if event.ReconnectWith == "" {
				updates = append(updates, event.Update)
			}
		case "":
			return updates, nil
		}
	}
}

// A closing is the code of a WebSocket's close frame, as an error.
type closing int

func (c closing) Error() string { return fmt.Sprintf("closed with code %d", int(c)) }

// readFrame reads a frame as a server sends it: whole, and not masked.
func (c *caller) readFrame() ([]thestral.Update, error) {
	head := make([]byte, 2, 10)
	if _, err := io.ReadFull(c.stream, head); err != nil {
		return nil, err
	}
	size := uint64(head[1])
	if longer := map[uint64]int{126: 2, 127: 8}[size]; longer > 0 {
		length := make([]byte, 8)
		if _, err := io.ReadFull(c.stream, length[8-longer:]); err != nil {
			return nil, err
		}
		size = binary.BigEndian.Uint64(length)
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(c.stream, payload); err != nil {
		return nil, err
	}
	switch head[0] {
	case 0x81: // text
		return c.readAnswer(payload)
	case 0x88: // close
		return nil, closing(binary.BigEndian.Uint16(payload))
	case 0x89: // ping
		return nil, nil
	}
	return nil, fmt.Errorf("a frame begins with %x", head)
}
