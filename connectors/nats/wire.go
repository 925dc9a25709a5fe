package nats

import (
	"fmt"
	"strconv"
	"strings"
)

// A letter is what goes through NATS, with its place in all that its node sends.
// It is written as
//
//	ORIGIN MARK NUMBER SENDER
//	BODY
//
// and SENDER is an id, or "-".
type letter struct {
	origin string // which run of which node sent it: see [newOrigin]
	mark   uint64 // the mark after which it was sent
	number uint64 // 1 for the first that the node ever sent, then 2 and so on
	sender string // empty for nobody
	body   string
}

const nobody = "-"

// appendHead writes all of a letter that stands before its body.
func appendHead(to []byte, origin string, mark, number uint64, sender string) []byte {
	if sender == "" {
		sender = nobody
	}
	to = append(append(to, origin...), ' ')
	to = append(strconv.AppendUint(to, mark, 10), ' ')
	to = append(strconv.AppendUint(to, number, 10), ' ')
	return append(append(to, sender...), '\n')
}

func parseLetter(text string) (l letter, err error) {
	head, body, _ := strings.Cut(text, "\n")
	l.body = body
	if l.origin, l.mark, l.number, l.sender, err = parseHead(head); l.sender == nobody {
		l.sender = ""
	}
	return l, err
}

// A sign is a mark that a node sets: it tells all others where it stands. It is
// written as "ORIGIN MARK NUMBER WORD".
type sign struct {
	origin string
	mark   uint64
	number uint64 // the letter after this one comes next
	word   string
}

// The words of signs.
const (
	goesOn = "on"
	isLost = "lost" // what was before number, and has not come, can't be had any more
	leaves = "bye"  // nothing follows: the node has ended
)

func (s sign) String() string { return fmt.Sprint(s.origin, " ", s.mark, " ", s.number, " ", s.word) }

func parseSign(text string) (s sign, err error) {
	s.origin, s.mark, s.number, s.word, err = parseHead(text)
	return s, err
}

// parseHead reads the four words that both begin with.
func parseHead(head string) (origin string, mark, number uint64, last string, err error) {
	words := [4]string{}
	for i := range words {
		var more bool
		if words[i], head, more = strings.Cut(head, " "); more != (i < 3) || words[i] == "" {
			return "", 0, 0, "", fmt.Errorf("what came through NATS begins with %.80q, it must be four words", strings.Join(words[:], " "))
		}
	}
	mark, wrongMark := strconv.ParseUint(words[1], 10, 64)
	number, wrongNumber := strconv.ParseUint(words[2], 10, 64)
	if wrongMark != nil || wrongNumber != nil || nameOf(words[0]) == "" {
		return "", 0, 0, "", fmt.Errorf("what came through NATS begins with %.80q, it must be an origin and two numbers", strings.Join(words[:], " "))
	}
	return words[0], mark, number, words[3], nil
}

// nameOf returns the name of the node whose run an origin is.
func nameOf(origin string) string {
	name, _, _ := strings.Cut(origin, "/")
	return name
}
