//go:build linux

package main

import (
	"bytes"
	"fmt"
)

// events is a client that hears Server-Sent Events.
type events struct {
	client  *client
	open    bool   // the head has come
	chunked bool   // what follows is in chunks
	rest    []byte // what came of an event that isn't complete
}

func (e *events) take(data []byte) (int, error) {
	switch {
	case !e.open:
		return e.begin(data)
	case !e.chunked:
		return len(data), e.read(data)
	}
	chunk, n, err := splitChunk(data)
	if n == 0 || err != nil {
		return 0, err
	}
	return n, e.read(chunk)
}

func (e *events) begin(data []byte) (int, error) {
	h, n := splitHead(data)
	if n == 0 {
		return 0, nil
	}
	if kind := h.header("Content-Type"); !bytes.HasPrefix(kind, []byte("text/event-stream")) {
		return 0, fmt.Errorf("no Server-Sent Events: the server answered %q with %q", h.first(), kind)
	}
	e.open, e.chunked = true, string(h.header("Transfer-Encoding")) == "chunked"
	return n, h.check("200")
}

// read finds the events that are complete.
func (e *events) read(data []byte) error {
	e.rest = append(e.rest, data...)
	end := bytes.LastIndex(e.rest, []byte("\n\n"))
	if end < 0 {
		return nil
	}
	err := e.client.read(nil, e.rest[:end])
	e.rest = append(e.rest[:0], e.rest[end+2:]...)
	return err
}
