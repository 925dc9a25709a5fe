package websocket

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// An Opcode says what a message is.
type Opcode byte

// What a message can be. A ping is answered by a pong with the same payload.
const (
	Text   Opcode = 1
	Binary Opcode = 2
	Ping   Opcode = 9
	Pong   Opcode = 10

	continuation Opcode = 0
	closing      Opcode = 8
)

func (op Opcode) isControl() bool  { return op >= closing }
func (op Opcode) isReserved() bool { return op > Binary && op < closing || op > Pong }

const (
	finBit     = 0x80
	rsvBits    = 0x70
	maskBit    = 0x80
	maxControl = 125       // bytes of payload in a control frame
	maxHeader  = 2 + 8 + 4 // bytes: opcode and length, a longer length, the key
)

// Append appends a message, in one frame, to dst and returns that. Text must be
// UTF-8. It panics if a ping or pong holds more than 125 bytes.
func Append[P string | []byte](dst []byte, op Opcode, payload P) []byte {
	return append(AppendHeader(dst, op, len(payload)), payload...)
}

// AppendHeader appends what stands before a payload of that length in bytes, so
// that one payload can be shared by many connections. It panics as [Append].
func AppendHeader(dst []byte, op Opcode, length int) []byte {
	dst = append(dst, finBit|byte(op))
	switch {
	case length <= maxControl:
		return append(dst, byte(length))
	case op.isControl():
		panic("websocket: a ping or pong holds at most 125 bytes")
	case length <= 0xffff:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(dst, 127), uint64(length))
	}
}

// A header is what stands before the payload of a frame from a client.
type header struct {
	opcode Opcode
	fin    bool
	length uint64
	key    uint32 // little endian, the next byte's part lowest
}

// parseHeader reads the header at the beginning of b, which is n bytes long, or
// 0 if there are too few of them to tell.
func parseHeader(b []byte) (h header, n int, bad *Closing) {
	if len(b) < 2 {
		return h, 0, nil
	}
	h = header{opcode: Opcode(b[0] &^ (finBit | rsvBits)), fin: b[0]&finBit != 0, length: uint64(b[1] &^ maskBit)}
	if bad := h.checkStart(b[0]&rsvBits != 0, b[1]&maskBit != 0); bad != nil {
		return h, 0, bad
	}
	n, least := 2+4, uint64(0)
	switch h.length {
	case 126:
		n, least = 2+2+4, 126
	case 127:
		n, least = 2+8+4, 0x10000
	}
	if len(b) < n {
		return h, 0, nil
	}
	switch n {
	case 2 + 2 + 4:
		h.length = uint64(binary.BigEndian.Uint16(b[2:]))
	case 2 + 8 + 4:
		h.length = binary.BigEndian.Uint64(b[2:])
	}
	if h.length < least || h.length > math.MaxInt64 {
		return h, 0, broken("a length is not in its shortest form, or has 64 bits")
	}
	h.key = binary.LittleEndian.Uint32(b[n-4:])
	return h, n, nil
}

// checkStart checks what the first two bytes tell.
func (h header) checkStart(reserved, masked bool) *Closing {
	switch {
	case reserved:
		return broken("a reserved bit is set, but there are no extensions")
	case h.opcode.isReserved():
		return broken("a reserved opcode")
	case !masked:
		return broken("a frame of a client must be masked")
	case h.opcode.isControl() && !h.fin:
		return broken("a control frame must not be fragmented")
	case h.opcode.isControl() && h.length > maxControl:
		return broken("a control frame holds at most 125 bytes")
	}
	return nil
}

// unmask takes the mask off b, eight bytes at a time, and returns the key turned
// so that it fits what comes after b.
func unmask(b []byte, key uint32) uint32 {
	key64 := uint64(key)<<32 | uint64(key)
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^key64)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= byte(key)
		key = bits.RotateLeft32(key, -8)
	}
	return key
}
