package firenze

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/rootspush/roots/firenze/parking"
	"github.com/rootspush/roots/internal/batch"
	"github.com/rootspush/roots/internal/websocket"
)

// pings is the time between two pings. A client that sent nothing in between, no
// pong either, is given up.
const pings = 25 * time.Second

// maxFrame bounds what a client sends at once, in bytes. Longer batches of
// updates go by POST.
const maxFrame = 128 << 10

// serveSocket serves a WebSocket to a session, or to a new one. It reports false,
// having done nothing, if the session moved.
func (f *Firenze) serveSocket(w http.ResponseWriter, r *http.Request, c *client, number uint64) bool {
	if !websocket.SameOrigin(r, f.options.Origins) {
		f.fail(w, http.StatusForbidden, "pages from this origin may not open a WebSocket here")
		return true
	}
	response, refusal := websocket.Accept(r)
	if refusal != nil {
		for key, values := range refusal.Header {
			w.Header()[key] = values
		}
		f.fail(w, refusal.Status, refusal.Reason)
		return true
	}
	s := &socket{stream: stream{waiter: waiter{kind: WebSocket}}, reader: websocket.Reader{Limit: maxFrame}}
	switch err := f.open(&s.stream, r, c, number); err {
	case nil:
	case errMoved:
		return false
	default:
		f.refuse(w, err)
		return true
	}
	s.head = f.rawHead(string(response[:len(response)-len("\r\n")]), w.Header())
	if !f.park(w, r, s.client, &s.waiter, s) {
		f.holdSocket(w, s)
	}
	return true
}

// A socket is a WebSocket. It takes two cache lines, whole ones, so that its stream
// has the first to itself.
type socket struct {
	stream
	reader websocket.Reader
	_      [40]byte
}

// Read is told what came from a parked client.
func (s *socket) Read(conn *parking.Conn, data, b []byte) []byte {
	reply, open := s.read(data)
	if !open {
		conn.Close()
	}
	return append(b, reply...)
}

// read does what the client says, and returns what is to be answered. It reports
// false if the client ended the connection.
func (s *socket) read(data []byte) (reply []byte, open bool) {
	if s.parted { // the client's own good-bye is the last that is of interest
		bye := s.reader.Feed(data, func(websocket.Opcode, []byte) *websocket.Closing { return nil })
		return nil, bye == nil || !bye.ByPeer
	}
	s.silent = false
	reply = s.start(nil)
	bye := s.reader.Feed(data, func(op websocket.Opcode, payload []byte) *websocket.Closing {
		switch op {
		case websocket.Ping:
			reply = websocket.Append(reply, websocket.Pong, payload)
		case websocket.Text:
			reply = s.hear(reply, payload)
		case websocket.Binary:
			return &websocket.Closing{Code: websocket.UnsupportedData, Reason: "a client sends text"}
		}
		return nil
	})
	if bye == nil {
		return reply, true
	}
	s.client.leave(&s.waiter)
	reply, open = s.part(reply, websocket.AppendClose(nil, bye.Code, bye.Reason))
	return reply, open && !bye.ByPeer
}

// A said is what a client sends in one frame.
type said struct {
	Updates json.RawMessage `json:"updates"`
	Confirm string          `json:"confirm"`
	Number  *uint64         `json:"number"`
}

// hear takes a message of the client, and appends what is to be answered.
func (s *socket) hear(reply, payload []byte) []byte {
	var m said
	if err := json.Unmarshal(payload, &m); err != nil {
		return s.acknowledge(reply, nil, batch.Refuse(http.StatusBadRequest, "a frame is an object as in %s, not %.80q", saidExample, payload))
	}
	if number, ok := s.client.number([]byte(m.Confirm)); ok {
		s.confirm(number)
	}
	if m.Updates == nil {
		return reply
	}
	s.client.firenze.counters.receivedBytes.Add(uint64(len(payload)))
	updates, fault := batch.Parse(m.Updates, true)
	if fault == nil {
		fault = s.client.post(m.Number, updates)
	}
	if fault == errElsewhere {
		return reply // the connection is about to end, and the client sends it again
	}
	return s.acknowledge(reply, m.Number, fault)
}

const saidExample = `{"updates":[{"path":"my/data","message":"text"}],"confirm":"ID/TOKEN","number":1}`

func (s *socket) confirm(number uint64) {
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	s.client.confirm(number)
}

// acknowledge answers updates of the client, in the form of an answer to a poll.
func (s *socket) acknowledge(reply []byte, number *uint64, fault *batch.Refusal) []byte {
	if fault != nil {
		s.client.firenze.refuses(fault.Status)
	}
	token := string(s.client.appendToken(nil, s.told))
	text, _ := json.Marshal(struct { // of this nothing can fail
		Updates       []int   `json:"updates"`
		ReconnectWith string  `json:"reconnectWith"`
		Received      *uint64 `json:"received,omitempty"`
		*batch.Refusal
	}{[]int{}, token, number, fault})
	return websocket.Append(reply, websocket.Text, text)
}

type socketForm struct{}

func (socketForm) say(b []byte, c *client, items []item, number uint64, _ bool) []byte {
	b = websocket.AppendHeader(b, websocket.Text, c.answerSize(items, number))
	return c.appendAnswer(b, items, number)
}

func (socketForm) beat(b []byte) []byte { return websocket.Append(b, websocket.Ping, "") }

func (socketForm) pause() (time.Duration, bool) { return pings, true }

func (socketForm) end(b []byte, why parting) []byte {
	if why == goingDown {
		return websocket.AppendClose(b, websocket.GoingAway, "the server goes down")
	}
	return websocket.AppendClose(b, websocket.NormalClosure, "the session goes on elsewhere, or is over")
}
