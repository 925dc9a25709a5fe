// Package rooms knows what a room is, which permission lets somebody enter it, and
// which rooms a message for one reaches.
//
// A room is a flat JSON object, and so is a permission:
//
//	{"customer": 1, "kind": "invoice"}
//	{"customer": 1, "kind": "*"}
//
// Both are a [Room] here. The text "*", as the whole of a value, is a star.
//
// # The rules
//
//  1. Rooms are the same if their keys and values are, in whatever order they were
//     written. Numbers are the same if they have the same value, as 1, 1.0 and 10e-1,
//     however many digits they have. 1, "1" and true are three values.
//  2. A room is covered by another with the same keys, each of whose values is the
//     same or a star. So a star covers everything, and only a star covers a star.
//  3. Two rooms meet if they have the same keys, and for each of them the same value
//     or a star on either side.
//
// # What it costs
//
// A [Tree] holds many rooms. It sorts them by their keys, then by which of the values
// are stars, and then by the other values. So [Tree.Covers] takes one look-up for each
// way in which stars stand in rooms with those keys, which is mostly one or two,
// however many rooms there are; and [Tree.Meeting] takes as much, and what it finds.
//
// A room has at most [MaxKeys] keys. How long it is, is for whoever reads it.
package rooms

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rootspush/roots/thestral"
)

// MaxKeys is how many keys a room has at most.
const MaxKeys = 32

// star is the JSON text of a star.
const star = `"*"`

// A Room is a room, or a permission. It does not change, and may be used from many
// goroutines at once. [Parse] makes one.
type Room struct {
	names  []string // as JSON, in order
	values []string // as canonical JSON, one for each name
	stars  mask     // which of the values are stars
	text   string
	path   string
}

// A mask is a set of values of a room, by their index.
type mask uint32

func (m mask) has(i int) bool { return m>>i&1 == 1 }

// Parse reads a room from its JSON text. Of two equal keys the last counts. It
// returns an error if raw is no JSON object, or has more than [MaxKeys] keys.
func Parse(raw []byte) (Room, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil || !utf8.Valid(raw) {
		return Room{}, fmt.Errorf("%.80q is no room, which is a JSON object as in {\"customer\": 1}", raw)
	}
	if len(fields) > MaxKeys {
		return Room{}, fmt.Errorf("a room has %d keys, at most %d are allowed", len(fields), MaxKeys)
	}
	var r Room
	for i, name := range slices.Sorted(maps.Keys(fields)) {
		quoted, _ := json.Marshal(name) // text never fails
		value := Canonical(fields[name])
		if value == star {
			r.stars |= 1 << i
		}
		r.names, r.values = append(r.names, string(quoted)), append(r.values, value)
	}
	r.text = r.with(r.stars)
	r.path = path(r.text)
	return r, nil
}

// path is the text if that is a path, as it is unless it is long or has odd
// characters in it. Otherwise it is a digest of that, which no text looks like.
func path(text string) string {
	if thestral.CheckHeard(text) == nil {
		return text
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
}

// Path returns where the messages of the room go. Two rooms have the same path if,
// and only if, they are the same.
func (r Room) Path() string { return r.path }

// String returns the room as JSON, in a form that is the same for rooms that are.
func (r Room) String() string { return r.text }

// keys returns what rooms with the same keys have in common.
func (r Room) keys() string { return strings.Join(r.names, ",") }

// with returns the text of the room that has stars there, beside its own.
func (r Room) with(stars mask) string {
	var b strings.Builder
	for i, name := range r.names {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(name)
		b.WriteByte(':')
		if stars.has(i) {
			b.WriteString(star)
		} else {
			b.WriteString(r.values[i])
		}
	}
	if len(r.names) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.String()
}

// all is the set of all values.
func (r Room) all() mask { return 1<<len(r.names) - 1 }

// only returns some of the values, in a form that is the same if they are.
func (r Room) only(some mask) string {
	var values []string
	for i, value := range r.values {
		if some.has(i) {
			values = append(values, value)
		}
	}
	return strings.Join(values, ",")
}
