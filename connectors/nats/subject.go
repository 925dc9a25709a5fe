package nats

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rootspush/roots/pig"
)

// The subjects. A name or a path becomes one or more tokens.
//
//	roots.path.SEGMENT.SEGMENT…     an update of a path
//	roots.id.NAME.REST.VERB         for the id NAME-REST: what VERB says
//	roots.mark                      where a node stands in what it sends
//	roots.again.NAME                asks a node to send something again
//	roots.ask.NAME.KIND             a question of [Node.Ask]
const (
	pathSubjects  = "roots.path."
	idSubjects    = "roots.id."
	markSubject   = "roots.mark"
	againSubjects = "roots.again."
	askSubjects   = "roots.ask."
)

// The verbs of what is sent to an id.
const (
	obeyVerb = "obey" // the body is "path\nmessage" of a connection, for the Pig there
	tellVerb = "tell" // the body is "path\nmessage", for the Thestral with the id
)

// pathSubject returns the subject of a path. Each path has one of its own, and
// [pathOf] leads back.
func pathSubject(path string) string {
	return string(appendPath(append(make([]byte, 0, 2*len(path)+32), pathSubjects...), path, false))
}

// patternSubject returns the subject with NATS' wildcards that stands for a
// pattern. It matches the subject of every path that the pattern matches.
func patternSubject(pattern string) string {
	return string(appendPath([]byte(pathSubjects), pattern, true))
}

// appendPath appends a token for each segment. What follows the last segment that
// a pattern can name is one token together, so that no path is a deep tree in a
// NATS server. A pattern whose last star is there thus lets more through than it
// should, and Pig has the last word.
func appendPath(to []byte, path string, pattern bool) []byte {
	for n := 1; ; n++ {
		segment, rest, more := path, "", false
		if n < pig.MaxSegments {
			segment, rest, more = strings.Cut(path, "/")
		}
		switch {
		case pattern && segment == "*":
			to = append(to, '*')
		case pattern && segment == "**":
			to = append(to, '>')
		default:
			to = appendToken(to, segment)
		}
		if !more {
			return to
		}
		to, path = append(to, '.'), rest
	}
}

const hexDigits = "0123456789ABCDEF"

// appendToken writes text so that NATS takes it for one token: what means
// something there, or is no ASCII, becomes "%" and two digits, and nothing at all
// becomes "%".
func appendToken(to []byte, text string) []byte {
	if text == "" {
		return append(to, '%')
	}
	for i := range len(text) {
		if c := text[i]; isPlain(c) {
			to = append(to, c)
		} else {
			to = append(to, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return to
}

func isPlain(c byte) bool {
	switch c {
	case '.', '*', '>', '%', '/':
		return false
	}
	return '!' <= c && c <= '~'
}

var errSubject = errors.New("the subject is not one that a path has")

// pathOf returns the path of a subject that [pathSubject] made.
func pathOf(subject string) (string, error) {
	tokens, ok := strings.CutPrefix(subject, pathSubjects)
	if !ok || tokens == "" {
		return "", errSubject
	}
	path := make([]byte, 0, len(tokens))
	for i := 0; i < len(tokens); i++ {
		switch c := tokens[i]; {
		case c == '.':
			path = append(path, '/')
		case c != '%':
			path = append(path, c)
		case i+1 == len(tokens) || tokens[i+1] == '.': // an empty segment
		case i+2 < len(tokens):
			high, low := strings.IndexByte(hexDigits, tokens[i+1]), strings.IndexByte(hexDigits, tokens[i+2])
			if high < 0 || low < 0 {
				return "", errSubject
			}
			path = append(path, byte(high<<4|low))
			i += 2
		default:
			return "", errSubject
		}
	}
	return string(path), nil
}

// NodeOf returns the name that an id begins with, which is that of the node that
// gave it. It reports false for what is no id.
func NodeOf(id string) (name string, ok bool) {
	name, _, ok = splitID(id)
	return name, ok
}

// splitID takes an id apart, which is NAME-LETTERS-NUMBER. There may be a "-" in
// the name, but not behind it.
func splitID(id string) (name, rest string, ok bool) {
	number := strings.LastIndexByte(id, '-')
	if number < 0 {
		return "", "", false
	}
	letters := strings.LastIndexByte(id[:number], '-')
	if letters <= 0 || letters+1 == number || number+1 == len(id) || len(id) > maxID {
		return "", "", false
	}
	return id[:letters], id[letters+1:], true
}

// maxID is more than any id has that Dolores gives.
const maxID = 128

// idSubject returns the subject of a verb for an id. It is what [Node] listens at
// for an id that another node gave, with "*" for the verb.
func idSubject(id, verb string) (string, error) {
	name, rest, ok := splitID(id)
	if !ok {
		return "", fmt.Errorf("%.120q is no id", id)
	}
	return ownSubject(idSubjects, name) + "." + string(appendToken(nil, rest)) + "." + verb, nil
}

// ownSubject is a subject that belongs to the node of a name.
func ownSubject(subjects, name string) string { return subjects + string(appendToken(nil, name)) }
