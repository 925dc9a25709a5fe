package main

import (
	"bufio"
	"strings"
)

// A message is a line from the server (RFC 1459, section 2.3.1).
type message struct {
	from    string // a nick, or the name of the server
	command string
	params  []string
}

// maxLine is how long a line may be, in bytes. RFC 1459 allows 512, and IRCv3 8191 more.
const maxLine = 16 << 10

// readMessage returns the next message. Lines that say nothing are passed over. The
// reader has a buffer of maxLine, and a line that does not fit is an error.
func readMessage(r *bufio.Reader) (message, error) {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return message{}, err
		}
		if m := parse(strings.TrimRight(string(line), "\r\n")); m.command != "" {
			return m, nil
		}
	}
}

func parse(line string) (m message) {
	if strings.HasPrefix(line, "@") { // tags of IRCv3, which nobody asked for
		_, line, _ = strings.Cut(line, " ")
	}
	if prefix, ok := strings.CutPrefix(line, ":"); ok {
		prefix, line, _ = strings.Cut(prefix, " ")
		m.from, _, _ = strings.Cut(prefix, "!")
	}
	line, trailing, hasTrailing := strings.Cut(" "+line, " :")
	fields := strings.Fields(line)
	if hasTrailing {
		fields = append(fields, trailing)
	}
	if len(fields) > 0 {
		m.command, m.params = strings.ToUpper(fields[0]), fields[1:]
	}
	return m
}

// param returns the nth parameter, or "" if there is none.
func (m message) param(n int) string {
	if n >= len(m.params) {
		return ""
	}
	return m.params[n]
}

// last returns the last parameter, which is the text of most messages.
func (m message) last() string { return m.param(max(0, len(m.params)-1)) }
