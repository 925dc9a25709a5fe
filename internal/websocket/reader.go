package websocket

import (
	"fmt"
	"slices"
)

// DefaultLimit is the longest message in bytes that a [Reader] takes if it is
// not told otherwise.
const DefaultLimit = 64 << 10

// A Reader makes messages of the bytes that come from a client. The zero value
// is ready. It is for one goroutine at a time.
type Reader struct {
	Limit int // of a message, in bytes; DefaultLimit if it is not above zero

	kept *state // nil unless something is incomplete
	over *Closing
}

// Feed takes the next bytes of a connection, of any number, and calls handle for
// each message, ping and pong that is complete with them. It returns nil to go
// on. Otherwise the connection is over: the client closed it or broke a rule,
// or handle returned the Closing. From then on nothing is read, and Feed
// returns the same.
//
// Feed changes data. The payload is handle's to read and change, but only
// during the call. Feed does not wait, except for handle, which must not call
// Feed on the same Reader. If handle panics, the Reader is of no more use.
func (r *Reader) Feed(data []byte, handle func(op Opcode, payload []byte) *Closing) *Closing {
	var s state // on the stack, so that what is whole allocates nothing
	if r.kept != nil {
		s = *r.kept
	}
	for len(data) > 0 && r.over == nil {
		data, r.over = s.read(data, r.limit(), handle)
	}
	r.keep(s)
	return r.over
}

func (r *Reader) limit() int {
	if r.Limit > 0 {
		return r.Limit
	}
	return DefaultLimit
}

// keep puts by what is incomplete until the next Feed.
func (r *Reader) keep(s state) {
	switch {
	case r.over != nil || s.isIdle():
		r.kept = nil
	case r.kept != nil:
		*r.kept = s
	default:
		kept := s // its own variable, so that s can stay on the stack
		r.kept = &kept
	}
}

// A state is how far the reading has come.
type state struct {
	head    [maxHeader]byte // the beginning of a header
	headLen uint8

	inFrame bool // the header was read, and the payload not yet
	frame   header
	left    int    // bytes of the payload to come
	control []byte // what came of the payload of a control frame

	message message
}

// A message is what came of a text or binary message.
type message struct {
	opcode Opcode // 0 if there is none
	body   []byte
	valid  int // bytes of the body that are known to be whole characters
}

func (s *state) isIdle() bool { return s.headLen == 0 && !s.inFrame && s.message.opcode == 0 }

// read reads a header, or some payload, and the payload right after a header
// even if it is empty. It returns what it did not need.
func (s *state) read(data []byte, limit int, handle func(Opcode, []byte) *Closing) ([]byte, *Closing) {
	if !s.inFrame {
		var bad *Closing
		if data, bad = s.readHeader(data, limit); bad != nil || !s.inFrame {
			return nil, bad
		}
	}
	n := min(len(data), s.left)
	payload, rest := data[:n:n], data[n:]
	s.frame.key = unmask(payload, s.frame.key)
	s.left -= n
	s.inFrame = s.left > 0
	if s.frame.opcode.isControl() {
		return rest, s.addControl(payload, handle)
	}
	return rest, s.addData(payload, limit, handle)
}

// readHeader reads a header, whose beginning may have come before.
func (s *state) readHeader(data []byte, limit int) ([]byte, *Closing) {
	head, before := data, int(s.headLen)
	if before > 0 {
		head = s.head[:before+copy(s.head[before:], data)]
	}
	h, n, bad := parseHeader(head)
	if bad != nil {
		return nil, bad
	}
	if n == 0 {
		s.headLen = uint8(copy(s.head[:], head))
		return nil, nil
	}
	s.frame, s.headLen, s.inFrame = h, 0, true
	return data[n-before:], s.begin(limit)
}

// begin checks that the frame may come now, and that it is not too long.
func (s *state) begin(limit int) *Closing {
	op, length := s.frame.opcode, s.frame.length
	switch {
	case op.isControl():
	case op == continuation && s.message.opcode == 0:
		return broken("a continuation without a message")
	case op != continuation && s.message.opcode != 0:
		return broken("a new message inside a fragmented one")
	case uint64(len(s.message.body))+length > uint64(limit):
		return &Closing{Code: TooBig, Reason: fmt.Sprintf("a message over %d bytes", limit)}
	case op != continuation:
		s.message.opcode = op
	}
	s.left = int(length)
	return nil
}

func (s *state) addControl(payload []byte, handle func(Opcode, []byte) *Closing) *Closing {
	if s.inFrame || len(s.control) > 0 {
		s.control = append(slices.Grow(s.control, len(payload)+s.left), payload...)
		payload = s.control
	}
	if s.inFrame {
		return nil
	}
	s.control = nil
	if s.frame.opcode == closing {
		return parseClose(payload)
	}
	return handle(s.frame.opcode, payload)
}

func (s *state) addData(payload []byte, limit int, handle func(Opcode, []byte) *Closing) *Closing {
	complete := s.frame.fin && !s.inFrame
	m := &s.message
	if !complete || len(m.body) > 0 {
		m.grow(payload, limit)
		payload = m.body
	}
	if bad := m.check(payload, complete); bad != nil || !complete {
		return bad
	}
	op := m.opcode
	*m = message{}
	return handle(op, payload)
}

// grow adds to the body. Its room is doubled, so that what a client makes the
// server hold it must first have sent half of.
func (m *message) grow(payload []byte, limit int) {
	if need := len(m.body) + len(payload); need > cap(m.body) {
		room := make([]byte, len(m.body), max(need, min(2*cap(m.body), limit)))
		copy(room, m.body)
		m.body = room
	}
	m.body = append(m.body, payload...)
}

// check checks what is new in a text.
func (m *message) check(body []byte, complete bool) *Closing {
	if m.opcode != Text {
		return nil
	}
	whole, ok := validText(body[m.valid:])
	m.valid += whole
	if !ok || complete && m.valid < len(body) {
		return notText("a text is not UTF-8")
	}
	return nil
}
