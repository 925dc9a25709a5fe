package batch

import (
	"encoding/json"

	"github.com/rootspush/roots/thestral"
)

// quick reads a batch in the form that nearly all have: each item has a path,
// then a message, both are strings, and there is nothing else. All other forms,
// right or wrong, are not ok and left to encoding/json. BenchmarkParse shows
// what it is good for.
func quick(body []byte) (updates []thestral.Update, ok bool) {
	s := scanner{rest: body}
	s.take("[")
	for more := true; more && !s.odd; more = s.follows(",") {
		var u thestral.Update
		s.take("{", `"path"`, ":")
		u.Path = s.text()
		s.take(",", `"message"`, ":")
		u.Message = s.text()
		s.take("}")
		updates = append(updates, u)
	}
	s.take("]")
	s.skip()
	return updates, !s.odd && len(s.rest) == 0
}

// scanner walks over JSON that is UTF-8 text.
type scanner struct {
	rest []byte
	odd  bool // something else came than was asked for; what was read means nothing
}

// take goes behind tokens, which must come next.
func (s *scanner) take(tokens ...string) {
	for _, token := range tokens {
		s.odd = !s.follows(token) || s.odd
	}
}

// follows reports whether token comes next, and if so goes behind it.
func (s *scanner) follows(token string) bool {
	s.skip()
	if len(s.rest) < len(token) || string(s.rest[:len(token)]) != token {
		return false
	}
	s.rest = s.rest[len(token):]
	return true
}

// skip goes behind blanks.
func (s *scanner) skip() {
	for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\n' || s.rest[0] == '\r' || s.rest[0] == '\t') {
		s.rest = s.rest[1:]
	}
}

// text goes behind a string, which must come next, and returns what it says.
func (s *scanner) text() string {
	s.skip()
	quoted, plain := cutString(s.rest)
	s.rest = s.rest[len(quoted):]
	if plain {
		return string(quoted[1 : len(quoted)-1])
	}
	var said string
	s.odd = json.Unmarshal(quoted, &said) != nil || s.odd
	return said
}

// cutString returns the string in front of rest with its quotes, or nothing,
// and whether each of its characters stands for itself.
func cutString(rest []byte) (quoted []byte, plain bool) {
	plain = true
	for i := 1; i < len(rest) && rest[0] == '"'; i++ {
		switch c := rest[i]; {
		case c == '"':
			return rest[:i+1], plain
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			plain = false
		}
	}
	return nil, false
}
