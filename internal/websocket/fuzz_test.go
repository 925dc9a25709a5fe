package websocket_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/websocket"
)

// result is what a Reader must get right; the wording is its own.
type result struct {
	Events []event
	Code   websocket.Code // 0 if the connection goes on
	Reason string         // if the peer gave one
	ByPeer bool
}

// read feeds pieces to a Reader and holds its memory to the limit.
func read(t *testing.T, limit int, pieces [][]byte) (got result) {
	t.Helper()
	reader := websocket.Reader{Limit: limit}
	for _, piece := range pieces {
		over := reader.Feed(bytes.Clone(piece), func(op websocket.Opcode, payload []byte) *websocket.Closing {
			got.Events = append(got.Events, event{op, string(payload)})
			return nil
		})
		if held := reader.Held(); held > limit+128 {
			t.Fatalf("a Reader with limit %d holds %d bytes", limit, held)
		}
		if over == nil {
			continue
		}
		got.Code, got.ByPeer = over.Code, over.ByPeer
		if over.ByPeer {
			got.Reason = over.Reason
		}
	}
	return got
}

// twin reads all the bytes at once, in the most obvious way.
func twin(b []byte, limit int) (got result) {
	var body string
	var kind byte
	end := func(code websocket.Code) result { got.Code = code; return got }
	for len(b) >= 2 {
		op, fin, length, size := b[0]&15, b[0] >= 0x80, uint64(b[1]&127), 0
		control := op >= 8
		if b[0]&0x70 != 0 || strings.IndexByte("\x00\x01\x02\x08\x09\x0a", op) < 0 || b[1] < 0x80 || control && (!fin || length > 125) {
			return end(1002)
		}
		if length == 126 {
			size = 2
		} else if length == 127 {
			size = 8
		}
		if len(b) < 2+size+4 {
			return got
		}
		if size > 0 {
			length = binary.BigEndian.Uint64(append(make([]byte, 8-size), b[2:2+size]...))
			if length < 126 || size == 8 && length < 65536 || length >= 1<<63 {
				return end(1002)
			}
		}
		key, rest := b[2+size:2+size+4], b[2+size+4:]
		if !control && (op == 0) != (kind != 0) {
			return end(1002)
		}
		if !control && uint64(len(body))+length > uint64(limit) {
			return end(1009)
		}
		whole := uint64(len(rest)) >= length
		if whole {
			b, rest = rest[length:], rest[:length]
		}
		payload := string(mask(nil, key, string(rest)))
		if !control {
			if op != 0 {
				kind = op
			}
			body += payload
			if kind == 1 && !mayBecomeText(body, whole && fin) {
				return end(1007)
			}
		}
		switch {
		case !whole:
			return got
		case op == 8:
			return twinClose(got, payload)
		case control:
			got.Events = append(got.Events, event{websocket.Opcode(op), payload})
		case fin:
			got.Events = append(got.Events, event{websocket.Opcode(kind), body})
			body, kind = "", 0
		}
	}
	return got
}

func twinClose(got result, payload string) result {
	got.Code, got.ByPeer = 1005, true
	if payload == "" {
		return got
	}
	code := 0
	if len(payload) >= 2 {
		code = int(payload[0])<<8 | int(payload[1])
	}
	switch {
	case code < 1000, code >= 1004 && code <= 1006, code >= 1015 && code < 3000, code > 4999:
		got.Code, got.ByPeer = 1002, false
	case !utf8.ValidString(payload[2:]):
		got.Code, got.ByPeer = 1007, false
	default:
		got.Code, got.Reason = websocket.Code(code), payload[2:]
	}
	return got
}

// mayBecomeText tries whether some bytes would complete s: every character that
// has begun can be ended by bytes that are all lowest or all highest.
func mayBecomeText(s string, complete bool) bool {
	for n := range 4 {
		if utf8.ValidString(s+strings.Repeat("\x80", n)) || utf8.ValidString(s+strings.Repeat("\xbf", n)) {
			return true
		}
		if complete {
			break
		}
	}
	return false
}

// compare holds that the bytes mean the same to the twin, in one piece and in
// many.
func compare(t *testing.T, input []byte, random *rand.Rand) {
	t.Helper()
	limit := 1 + random.IntN(300)
	want := twin(input, limit)
	for _, pieces := range [][][]byte{{input}, split(input, 1), splitRandomly(input, random)} {
		if diff := cmp.Diff(want, read(t, limit, pieces)); diff != "" {
			t.Fatalf("limit %d, %d pieces of %x, twin - Reader +\n%s", limit, len(pieces), input, diff)
		}
	}
}

func FuzzBytes(f *testing.F) {
	for _, c := range cases {
		if len(c.input) < 300 {
			f.Add(c.input, uint64(1))
		}
	}
	f.Fuzz(func(t *testing.T, input []byte, seed uint64) {
		compare(t, input, rand.New(rand.NewPCG(seed, 1)))
	})
}

// FuzzFrames tries frames that are mostly well-formed, so as to come further.
func FuzzFrames(f *testing.F) {
	for seed := range uint64(1000) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 2))
		var input []byte
		for range random.IntN(12) {
			input = append(input, anyFrame(random)...)
		}
		compare(t, input[:len(input)-random.IntN(1+min(len(input), 3))], random)
	})
}

// anyFrame is a frame of random kind and payload, with a fault now and then.
func anyFrame(random *rand.Rand) []byte {
	firsts := []byte{finText, partText, partText, finCont, finCont, partCont, partCont, finBinary, partBinary, pingFrame, pongFrame}
	payloads := []string{"", "a", "é", "𝄞€", "\xf0\x9d", "\x84\x9e", "\xe2", "\x82", "\xac", long(125), long(126), long(random.IntN(300))}
	first, payload := firsts[random.IntN(len(firsts))], payloads[random.IntN(len(payloads))]
	switch random.IntN(40) {
	case 0:
		first ^= 1 << random.IntN(8)
	case 1:
		payload = "\xff" + payload
	case 2:
		first, payload = closeFrame, string(binary.BigEndian.AppendUint16(nil, uint16(990+random.IntN(30))))+payload
	case 3:
		first = closeFrame
	}
	b := frame(first, payload)
	if random.IntN(60) == 0 {
		b[1] ^= 1 << random.IntN(8)
	}
	return b
}

// FuzzRoundTrip sends messages in random fragments with pings between them.
func FuzzRoundTrip(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 3))
		var input []byte
		var want result
		for range random.IntN(6) {
			sent := event{text, strings.Repeat("é𝄞a", random.IntN(1<<random.IntN(13)))}
			if random.IntN(3) == 0 {
				sent = event{binaryOp, long(random.IntN(70_000))}
			}
			bytes, pings := fragments(random, sent)
			input = append(input, bytes...)
			want.Events = append(append(want.Events, pings...), sent)
		}
		for _, pieces := range [][][]byte{{input}, split(input, 1), splitRandomly(input, random)} {
			if diff := cmp.Diff(want, read(t, caseLimit, pieces)); diff != "" {
				t.Fatalf("in %d pieces, want - got +\n%s", len(pieces), diff)
			}
		}
	})
}

// fragments are the frames of a message, and the pings that stand between them.
func fragments(random *rand.Rand, e event) (input []byte, pings []event) {
	first, body := byte(e.Op), e.Payload
	for random.IntN(3) > 0 {
		n := random.IntN(len(body) + 1)
		input = append(input, frame(first, body[:n])...)
		first, body = partCont, body[n:]
		if random.IntN(2) == 0 {
			pings = append(pings, event{ping, long(random.IntN(126))})
			input = append(input, frame(pingFrame, pings[len(pings)-1].Payload)...)
		}
	}
	return append(input, frame(first|0x80, body)...), pings
}
