//go:build linux

package main

import (
	"bytes"
	"fmt"
	"strconv"
)

// A head is the status line and the headers of an answer.
type head []byte

// splitHead returns the head at the beginning of data, and how long it is with
// the empty line; 0 if more must come.
func splitHead(data []byte) (head, int) {
	i := bytes.Index(data, []byte("\r\n\r\n"))
	if i < 0 {
		return nil, 0
	}
	return data[:i+2], i + 4
}

// header returns a header of an answer, nil if it is not there.
func (h head) header(name string) []byte {
	for line := range bytes.Lines(h) {
		if len(line) > len(name) && line[len(name)] == ':' && bytes.EqualFold(line[:len(name)], []byte(name)) {
			return bytes.TrimSpace(line[len(name)+1:])
		}
	}
	return nil
}

// check wants a status.
func (h head) check(status string) error {
	if len(h) > 12 && string(h[9:9+len(status)]) == status {
		return nil
	}
	return fmt.Errorf("the server answered %q, %s is wanted", h.first(), status)
}

func (h head) first() []byte {
	line, _, _ := bytes.Cut(h, []byte("\r\n"))
	return line
}

// splitAnswer returns an answer whose length is told in its head, and how long
// it is altogether; 0 if more must come. Its status must be 2xx.
func splitAnswer(data []byte) (head, []byte, int, error) {
	h, start := splitHead(data)
	if start == 0 {
		return nil, nil, 0, nil
	}
	if err := h.check("2"); err != nil {
		return nil, nil, 0, err
	}
	length, err := strconv.Atoi(string(h.header("Content-Length")))
	if err != nil {
		return nil, nil, 0, fmt.Errorf("the length of %q is not told", h.first())
	}
	if len(data) < start+length {
		return nil, nil, 0, nil
	}
	return h, data[start : start+length], start + length, nil
}

// splitChunk returns what is in the chunk at the beginning of data, and how long
// the chunk is; 0 if more must come.
func splitChunk(data []byte) ([]byte, int, error) {
	i := bytes.Index(data, []byte("\r\n"))
	if i < 0 {
		return nil, 0, nil
	}
	size, err := strconv.ParseUint(string(data[:i]), 16, 31)
	if err != nil {
		return nil, 0, fmt.Errorf("%q is not the size of a chunk", data[:i])
	}
	start, end := i+2, i+2+int(size)
	if len(data) < end+2 {
		return nil, 0, nil
	}
	return data[start:end], end + 2, nil
}
