package gateway_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/templar/gateway"
	"github.com/rootspush/roots/internal/websocket"
)

// A peer is the other end of a websocket.
type peer struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

// ask sends a request, and returns the answer.
func (s *site) ask(path string, headers ...string) (*peer, *http.Response) {
	s.t.Helper()
	p := &peer{Conn: s.dial(), t: s.t}
	s.t.Cleanup(func() { p.Close() })
	p.in = bufio.NewReader(p)
	p.write([]byte("GET " + path + " HTTP/1.1\r\nHost: h\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n"))
	answer, err := http.ReadResponse(p.in, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return p, answer
}

// upgrade are the headers of a handshake.
var upgrade = []string{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="}

// open opens a websocket.
func (s *site) open() *peer {
	s.t.Helper()
	p, answer := s.ask("/ws/", upgrade...)
	if answer.StatusCode != http.StatusSwitchingProtocols {
		s.t.Fatalf("the handshake is answered %s", answer.Status)
	}
	return p
}

// enter opens a websocket, and reads what is allowed.
func (s *site) enter() *peer {
	s.t.Helper()
	p := s.open()
	if said := p.hear(); !strings.HasPrefix(said, `{"is_authorized": true, `) {
		s.t.Fatalf("the first frame is %s", said)
	}
	return p
}

func (p *peer) write(b []byte) {
	p.t.Helper()
	if _, err := p.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

const closeFrame websocket.Opcode = 8

// masked is a frame of a client, masked with zeros.
func masked(op websocket.Opcode, payload string) []byte {
	b := []byte{0x80 | byte(op)}
	switch n := len(payload); {
	case n <= 125:
		b = append(b, 0x80|byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

func (p *peer) say(text string) {
	p.t.Helper()
	p.write(masked(websocket.Text, text))
}

// frame reads one.
func (p *peer) frame() (op websocket.Opcode, payload string, err error) {
	var head [2]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return 0, "", err
	}
	n := uint64(head[1])
	switch n {
	case 126:
		var length [2]byte
		_, err = io.ReadFull(p.in, length[:])
		n = uint64(binary.BigEndian.Uint16(length[:]))
	case 127:
		var length [8]byte
		_, err = io.ReadFull(p.in, length[:])
		n = binary.BigEndian.Uint64(length[:])
	}
	if err != nil {
		return 0, "", err
	}
	body := make([]byte, n)
	_, err = io.ReadFull(p.in, body)
	return websocket.Opcode(head[0] & 0x0f), string(body), err
}

// hear reads a text.
func (p *peer) hear() string {
	p.t.Helper()
	op, payload, err := p.frame()
	if err != nil || op != websocket.Text {
		p.t.Fatalf("came: %v %q, %v", op, payload, err)
	}
	return payload
}

// wants reads texts, and compares them.
func (p *peer) wants(texts ...string) {
	p.t.Helper()
	for _, want := range texts {
		if diff := cmp.Diff(want, p.hear()); diff != "" {
			p.t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// does says something, and compares the answer.
func (p *peer) does(say, want string) {
	p.t.Helper()
	p.say(say)
	p.wants(want)
}

// wantsClose reads a close frame, answers it, and waits for the end.
func (p *peer) wantsClose(code websocket.Code) {
	p.t.Helper()
	op, payload, err := p.frame()
	if err != nil || op != closeFrame || len(payload) < 2 {
		p.t.Fatalf("came: %v %q, %v, and not a close", op, payload, err)
	}
	if got := websocket.Code(binary.BigEndian.Uint16([]byte(payload))); got != code {
		p.t.Errorf("closed with %d %q, want %d", got, payload[2:], code)
	}
	p.write(masked(closeFrame, payload[:2]))
	p.wantsEnd()
}

func (p *peer) wantsEnd() {
	p.t.Helper()
	if op, payload, err := p.frame(); err != io.EOF {
		p.t.Errorf("came: %v %q, %v, and not the end", op, payload, err)
	}
}

const success = `{"code": "success"}`

func (p *peer) subscribe(room, id string) {
	p.t.Helper()
	p.does(`{"type":"subscribe","room":`+room+`,"requestId":`+id+`}`, success)
}

// publish publishes something, and returns when that was taken.
func (s *site) publish(rooms, data string) {
	s.t.Helper()
	p, err := gateway.ParsePublication([]byte(`{"rooms":` + rooms + `,"data":` + data + `}`))
	if err == nil {
		err = s.gateway.Publish(context.Background(), p)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// published is the frame of a publication.
func published(data, id string) string {
	return `{"type": "publish", "data": ` + data + `, "requestId": ` + id + `}`
}
