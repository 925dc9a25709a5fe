package feed

import (
	"hash/fnv"
	"regexp"
)

// The styles. They are of the sixteen colours that everybody has chosen to like, but
// yellow and blue, of which one can't be seen on white and the other not on black.
const (
	faint style = "2"
	loud  style = "1"
	place style = "35"
	spark style = "1;33" // for what is gone in a moment
)

var names = []style{"31", "32", "36", "1;31", "1;32", "1;36", "1;35"}

// coloured are the parts of a message: who, what is shouted, and where.
var coloured = regexp.MustCompile(`^~\S+|^someone\b|'.*'$|\b(?:home directory|public_html|chat room|bbj|ttbp)\b`)

// paint takes a clean message apart, and colours it.
func paint(message string) (row []cell) {
	at := 0
	for _, part := range coloured.FindAllStringIndex(message, -1) {
		row = append(row, cells(message[at:part[0]], "")...)
		row = append(row, cells(message[part[0]:part[1]], styleOf(message[part[0]:part[1]]))...)
		at = part[1]
	}
	return append(row, cells(message[at:], "")...)
}

func styleOf(part string) style {
	switch {
	case part[0] == '~':
		hash := fnv.New32a()
		hash.Write([]byte(part)) // everybody has a colour of their own, always the same
		return names[hash.Sum32()%uint32(len(names))]
	case part[0] == '\'':
		return loud
	case part == "someone":
		return faint
	}
	return place
}
