package spool

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLine is how many bytes a line may have, its line feed included. Every system
// keeps so little together when it is written at once.
const MaxLine = 512

// A Line is text that can be a line of a spool. [Shout] and [Noise] make one.
type Line struct{ text string }

// String returns the text of the line, without a line feed.
func (l Line) String() string { return l.text }

// entry is a line in the form for programs.
type entry struct {
	Kind  string `json:"kind"`
	Place string `json:"place,omitempty"`
	Text  string `json:"text,omitempty"`
	Anon  bool   `json:"anon,omitempty"`
}

// Shout returns the line with which its writer says text, or someone does if it is
// anonymous. It returns an error if there is nothing to say, if text is not printable
// UTF-8, or if the line would have more than [MaxLine] bytes.
func Shout(text string, anonymous bool) (Line, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return Line{}, errors.New("there is no text to shout")
	case !utf8.ValidString(text):
		return Line{}, fmt.Errorf("the text %.80q is not UTF-8", text)
	case strings.ContainsFunc(text, unicode.IsControl):
		return Line{}, fmt.Errorf("the text %.80q has a control character in it, only printable text is allowed", text)
	case anonymous || strings.HasPrefix(text, "{"):
		text = entry{Kind: "shout", Text: text, Anon: anonymous}.json()
	}
	if len(text) >= MaxLine {
		return Line{}, fmt.Errorf("the text is too long: its line would have %d bytes, at most %d are allowed", len(text)+1, MaxLine)
	}
	return Line{text}, nil
}

var placeName = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// Noise returns the line which says that something happens in a place, such as "bbj".
// It returns an error if that is no name of 1 to 32 small letters, digits, "-" and "_".
func Noise(place string) (Line, error) {
	if !placeName.MatchString(place) {
		return Line{}, fmt.Errorf("%.80q is no place, which has a name of 1 to 32 of a-z, 0-9, \"-\" and \"_\"", place)
	}
	return Line{entry{Kind: "noise", Place: place}.json()}, nil
}

// json leaves characters as they are that only HTML would need escaped.
func (e entry) json() string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(e) // strings and a bool can always be encoded
	return strings.TrimSuffix(text.String(), "\n")
}
