package websocket_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/websocket"
)

// event is what a Reader handed out.
type event struct {
	Op      websocket.Opcode
	Payload string
}

// outcome is all that comes of some bytes.
type outcome struct {
	Events []event
	Over   *websocket.Closing
}

// feed feeds pieces to a new Reader.
func feed(limit int, pieces ...[]byte) outcome {
	var got outcome
	reader := websocket.Reader{Limit: limit}
	for _, piece := range pieces {
		got.Over = reader.Feed(bytes.Clone(piece), func(op websocket.Opcode, payload []byte) *websocket.Closing {
			got.Events = append(got.Events, event{op, string(payload)})
			return nil
		})
	}
	return got
}

// check holds that the bytes give what is wanted however they are split: whole,
// byte by byte, and in two at every place, of long ones near the ends alone.
func check(t *testing.T, limit int, input []byte, want outcome) {
	t.Helper()
	same := func(how string, pieces ...[]byte) {
		t.Helper()
		if diff := cmp.Diff(want, feed(limit, pieces...)); diff != "" {
			t.Fatalf("%s, want - got +\n%s", how, diff)
		}
	}
	same("whole", input)
	same("byte by byte", split(input, 1)...)
	same("in threes", split(input, 3)...)
	for i := range input {
		if i < 200 || i > len(input)-200 {
			same(fmt.Sprintf("split at %d", i), input[:i], input[i:])
		}
	}
}

func split(b []byte, size int) (pieces [][]byte) {
	for len(b) > 0 {
		n := min(size, len(b))
		pieces, b = append(pieces, b[:n]), b[n:]
	}
	return pieces
}

func splitRandomly(b []byte, random *rand.Rand) (pieces [][]byte) {
	most := 1 + random.IntN(1+min(len(b), 1<<random.IntN(12)))
	for len(b) > 0 {
		n := 1 + random.IntN(min(most, len(b)))
		pieces, b = append(pieces, b[:n]), b[n:]
	}
	return pieces
}

// frame is a frame as a client sends it, masked, with its first byte given.
func frame(first byte, payload string) []byte {
	var b []byte
	switch n := len(payload); {
	case n <= 125:
		b = []byte{first, 0x80 | byte(n)}
	case n <= 65535:
		b = binary.BigEndian.AppendUint16([]byte{first, 0xfe}, uint16(n))
	default:
		b = binary.BigEndian.AppendUint64([]byte{first, 0xff}, uint64(n))
	}
	key := []byte{0x37, 0xfa, 0x21, byte(len(payload))}
	return mask(append(b, key...), key, payload)
}

func mask(dst, key []byte, payload string) []byte {
	for i := range len(payload) {
		dst = append(dst, payload[i]^key[i%4])
	}
	return dst
}

func join(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

// unhex reads hexadecimal digits, with blanks between them.
func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}
