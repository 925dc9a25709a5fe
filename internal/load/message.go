//go:build linux

package main

import (
	"bytes"
	"fmt"
	"strconv"
)

// A message is messageSize bytes long: a mark that stands nowhere else in an
// answer, the number of the message, the time of its posting, and padding. So
// it is found in JSON, in an event and in a frame alike.
const messageSize = 100

const (
	mark      = "~load~"
	numberEnd = len(mark) + 10
	timeEnd   = numberEnd + 19
)

func appendMessage(b []byte, number int, posted int64) []byte {
	b = fmt.Appendf(b, "%s%010d%019d", mark, number, posted)
	return append(b, bytes.Repeat([]byte{'x'}, messageSize-timeEnd)...)
}

// messages hands each message in data to heard.
func messages(data []byte, heard func(number int, posted int64)) error {
	for {
		i := bytes.Index(data, []byte(mark))
		if i < 0 {
			return nil
		}
		data = data[i:]
		if len(data) < messageSize {
			return fmt.Errorf("a message is cut short: %q", data)
		}
		number, err := strconv.Atoi(string(data[len(mark):numberEnd]))
		if err != nil {
			return err
		}
		posted, err := strconv.ParseInt(string(data[numberEnd:timeEnd]), 10, 64)
		if err != nil {
			return err
		}
		heard(number, posted)
		data = data[messageSize:]
	}
}
