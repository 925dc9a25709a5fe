package firenze_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rootspush/roots/internal/websocket"
	"github.com/rootspush/roots/thestral"
)

// A transport is a way to hear a session. What is tested of all transports knows
// no more of them than this, so another one is tested by adding it to the list.
type transport struct {
	name   string
	header string // of the request, in lines
	status int    // of the answer
	next   func(*ear) (heard, error)
}

var (
	longPoll  = transport{"long-poll", "", http.StatusOK, (*ear).nextAnswer}
	events    = transport{"events", "Accept: text/event-stream\r\n", http.StatusOK, (*ear).nextEvent}
	webSocket = transport{"WebSocket", upgrade, http.StatusSwitchingProtocols, (*ear).nextFrame}

	transports = []transport{longPoll, events, webSocket}
)

const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// heard is what comes at a time.
type heard struct {
	reply
	Received *uint64
	Error    string
	Index    *int
}

// An ear hears a session on one connection.
type ear struct {
	net.Conn
	transport
	session string // to go on with
	asked   bool   // and not answered yet
	r       *bufio.Reader
	stream  *bufio.Reader // what follows the head of the answer, once that came
}

// listen asks for a session on a connection, or for a new one if it is "".
func (t transport) listen(conn net.Conn, session string) *ear {
	e := &ear{Conn: conn, transport: t, session: session, r: bufio.NewReader(conn)}
	e.ask()
	return e
}

// ask sends the request, unless that was done.
func (e *ear) ask() {
	if !e.asked && e.stream == nil {
		fmt.Fprint(e, e.request())
		e.asked = true
	}
}

func (e *ear) request() string {
	return fmt.Sprintf("GET /%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", e.session, e.header)
}

// hear waits for what comes next. It asks for that if it has to.
func (e *ear) hear() (heard, error) {
	e.ask()
	h, err := e.next(e)
	if err == nil {
		e.session = h.ReconnectWith
	}
	return h, err
}

// head reads the head of the answer, and has the body in e.stream.
func (e *ear) head() (*http.Response, error) {
	response, err := http.ReadResponse(e.r, nil)
	if err != nil {
		return nil, err
	}
	if e.asked = false; response.StatusCode != e.status {
		text, _ := io.ReadAll(response.Body)
		return nil, fmt.Errorf("answered %d %s", response.StatusCode, text)
	}
	return response, nil
}

func (e *ear) nextAnswer() (h heard, err error) {
	response, err := e.head()
	if err != nil {
		return h, err
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return h, err
	}
	return h, h.decode(text)
}

// decode is strict.
func (h *heard) decode(text []byte) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(h); err != nil || d.More() || h.Updates == nil || h.ReconnectWith == "" {
		return fmt.Errorf("%q came (%v)", text, err)
	}
	return nil
}

func (e *ear) nextEvent() (h heard, err error) {
	if e.stream == nil {
		response, err := e.head()
		if err != nil {
			return h, err
		}
		if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
			return h, fmt.Errorf("the type is %q", kind)
		}
		e.stream = bufio.NewReader(response.Body)
	}
	for {
		event, err := e.nextLines()
		if err != nil {
			return h, err
		}
		if event[""] == "" { // it is no comment
			return h, h.ofEvent(event)
		}
	}
}

// nextLines reads an event, whose fields may come once each. That of a comment is
// "".
func (e *ear) nextLines() (fields map[string]string, err error) {
	fields = map[string]string{}
	for {
		line, err := e.stream.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if line == "\n" {
			return fields, nil
		}
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		if _, twice := fields[name]; twice || !ok {
			return nil, fmt.Errorf("the line %q came after %q", line, fields)
		}
		if fields[name] = strings.TrimPrefix(value, " "); name == "" {
			fields[name] = ":"
		}
	}
}

func (h *heard) ofEvent(event map[string]string) error {
	h.Updates, h.ReconnectWith = []thestral.Update{}, event["id"]
	var session reply
	switch kind, named := event["event"]; {
	case named && (kind != "session" || json.Unmarshal([]byte(event["data"]), &session) != nil || session.ReconnectWith != event["id"]):
		return fmt.Errorf("the event %q came", event)
	case !named:
		h.Updates = make([]thestral.Update, 1)
		return json.Unmarshal([]byte(event["data"]), &h.Updates[0])
	}
	return nil
}

// closed is the close frame of a server.
type closed struct {
	code   websocket.Code
	reason string
}

func (c closed) Error() string { return fmt.Sprintf("closed with %d %s", c.code, c.reason) }

func (e *ear) nextFrame() (h heard, err error) {
	for {
		op, payload, err := e.readFrame()
		switch {
		case err != nil:
			return h, err
		case op == websocket.Text:
			return h, h.decode(payload)
		case op == websocket.Ping:
			e.send(websocket.Pong, string(payload))
		case op != websocket.Pong:
			return h, fmt.Errorf("the frame %d %q came", op, payload)
		}
	}
}

const closeFrame websocket.Opcode = 8

// readFrame reads any frame, and the head of the answer before the first.
func (e *ear) readFrame() (op websocket.Opcode, payload []byte, err error) {
	if e.stream == nil {
		if _, err := e.head(); err != nil {
			return 0, nil, err
		}
		e.stream = e.r
	}
	var start [2]byte
	if _, err := io.ReadFull(e.stream, start[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(start[1])
	switch start[1] {
	case 126:
		var long uint16
		err = binary.Read(e.stream, binary.BigEndian, &long)
		size = uint64(long)
	case 127:
		err = binary.Read(e.stream, binary.BigEndian, &size)
	}
	if op = websocket.Opcode(start[0] &^ 0x80); err != nil || start[0]&0xf0 != 0x80 || start[1] > 127 {
		return op, nil, fmt.Errorf("a frame began with %x (%v)", start, err)
	}
	payload = make([]byte, size)
	if _, err = io.ReadFull(e.stream, payload); err != nil || op != closeFrame {
		return op, payload, err
	}
	if len(payload) < 2 {
		return op, payload, errors.New("closed without a code")
	}
	return op, payload, closed{websocket.Code(binary.BigEndian.Uint16(payload)), string(payload[2:])}
}

// send sends a frame, masked as that of a client must be.
func (e *ear) send(op websocket.Opcode, payload string) {
	e.Write(masked(op, payload))
}

func masked(op websocket.Opcode, payload string) []byte {
	plain := websocket.AppendHeader(nil, websocket.Text, len(payload)) // that of a control frame is the same
	plain[0], plain[1] = 0x80|byte(op), plain[1]|0x80
	key := []byte{0x37, 0xfa, 0x21, 0x3d}
	frame := append(plain, key...)
	for i := range len(payload) {
		frame = append(frame, payload[i]^key[i%4])
	}
	return frame
}

// How long a stream that has nothing to say is silent.
const (
	comment = 15 * time.Second
	ping    = 25 * time.Second
)
