package websocket_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/websocket"
)

// The examples of section 5.7, byte by byte.

func TestExamplesOfServerFrames(t *testing.T) {
	for _, c := range []struct {
		op      websocket.Opcode
		payload string
		want    []byte
	}{
		{text, "Hello", unhex("81 05 48 65 6c 6c 6f")},
		{ping, "Hello", unhex("89 05 48 65 6c 6c 6f")},
		{pong, "Hello", unhex("8a 05 48 65 6c 6c 6f")},
		{binaryOp, long(256), append(unhex("82 7e 01 00"), long(256)...)},
		{binaryOp, long(65536), append(unhex("82 7f 00 00 00 00 00 01 00 00"), long(65536)...)},
	} {
		if got := websocket.Append([]byte("before"), c.op, c.payload); !bytes.Equal(got, append([]byte("before"), c.want...)) {
			t.Errorf("Append of %d, %.10q is %.20x", c.op, c.payload, got)
		}
		if got := websocket.Append(nil, c.op, []byte(c.payload)); !bytes.Equal(got, c.want) {
			t.Errorf("Append of bytes of %d, %.10q is %.20x", c.op, c.payload, got)
		}
	}
}

func TestExamplesOfClientFrames(t *testing.T) {
	check(t, 5, unhex("81 85 37 fa 21 3d 7f 9f 4d 51 58"), outcome{Events: events(event{text, "Hello"})})
	check(t, 5, unhex("8a 85 37 fa 21 3d 7f 9f 4d 51 58"), outcome{Events: events(event{pong, "Hello"})})
	if over := feed(5, unhex("01 03 48 65 6c 80 02 6c 6f")).Over; over == nil || over.Code != protocolError {
		t.Errorf("the unmasked fragments of a server end with %v, want code %d", over, protocolError)
	}
}

func TestHeader(t *testing.T) {
	for length, want := range map[int]string{
		0: "81 00", 125: "81 7d", 126: "81 7e 007e", 65535: "81 7e ffff",
		65536: "81 7f 0000000000010000", math.MaxInt32: "81 7f 000000007fffffff",
	} {
		if got := websocket.AppendHeader(nil, text, length); !bytes.Equal(got, unhex(want)) {
			t.Errorf("the header of %d bytes is %x, want %s", length, got, want)
		}
	}
}

func TestControlFramesAreShort(t *testing.T) {
	panics := func(op websocket.Opcode, length int) (panicked bool) {
		defer func() { panicked = recover() != nil }()
		websocket.Append(nil, op, long(length))
		return false
	}
	for _, op := range []websocket.Opcode{ping, pong} {
		if panics(op, 125) || !panics(op, 126) {
			t.Errorf("opcode %d: panic at 125 is %v, at 126 %v", op, panics(op, 125), panics(op, 126))
		}
	}
}

// Sharing: a header and a payload that stand apart are what Append makes.
func TestHeaderThenPayload(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 65535, 65536} {
		apart := append(websocket.AppendHeader(nil, text, n), long(n)...)
		if !bytes.Equal(apart, websocket.Append(nil, text, long(n))) {
			t.Errorf("header and payload of %d bytes differ from the frame", n)
		}
	}
}

// All lengths about the eight bytes that are unmasked at once, beginning at each
// byte of a word, and going on with the turned key.
func TestUnmask(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		plain := strings.Repeat(long(7), 6)[:random.IntN(40)]
		key := []byte{byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32())}
		start := random.IntN(8)
		masked := mask(make([]byte, start, 64), key, plain)[start:]
		turned := uint32(key[0]) | uint32(key[1])<<8 | uint32(key[2])<<16 | uint32(key[3])<<24
		for _, piece := range splitRandomly(masked, random) {
			turned = websocket.Unmask(piece, turned)
		}
		if string(masked) != plain {
			t.Fatalf("key %x, begun at %d: %q, want %q", key, start, masked, plain)
		}
	}
}
