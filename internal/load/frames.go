//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
)

// handshake asks for a WebSocket. A browser would make up a new key each time.
const handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// frames is a client that hears WebSocket messages, and answers pings.
type frames struct {
	client *client
	open   bool // the handshake is done
}

func (f *frames) take(data []byte) (int, error) {
	if !f.open {
		return f.begin(data)
	}
	start, end := payload(data)
	if end == 0 || len(data) < end {
		return 0, nil
	}
	switch text := data[start:end]; data[0] {
	case 0x80 | 1:
		return end, f.client.read(nil, text)
	case 0x80 | 9:
		return end, f.client.socket.send(pong(text))
	default:
		return 0, fmt.Errorf("the server sent a frame %#x with %q", data[0], text)
	}
}

func (f *frames) begin(data []byte) (int, error) {
	h, n := splitHead(data)
	if n == 0 {
		return 0, nil
	}
	f.open = true
	if err := h.check("101"); err != nil {
		return 0, fmt.Errorf("no WebSocket: %w", err)
	}
	return n, nil
}

// payload tells where the payload of a frame starts and ends; 0 if more must
// come to tell.
func payload(data []byte) (start, end int) {
	if len(data) < 10 && (len(data) < 2 || len(data) < 2+int(data[1])) {
		return 0, 0
	}
	switch data[1] {
	case 126:
		return 4, 4 + int(binary.BigEndian.Uint16(data[2:]))
	case 127:
		return 10, 10 + int(binary.BigEndian.Uint64(data[2:]))
	}
	return 2, 2 + int(data[1])
}

// pong answers a ping. Its mask is zero, so that the payload stays as it is.
func pong(payload []byte) []byte {
	return append([]byte{0x80 | 10, 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...)
}
