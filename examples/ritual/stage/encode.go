package stage

import (
	"bytes"
	"encoding/json"
)

// encode returns v as JSON, in which "<" stays one byte: a page is an SVG.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// fields returns what stands between the braces of an object. What can't be
// encoded has none.
func fields(object any) ([]byte, error) {
	text, err := encode(object)
	if err != nil || len(text) < 2 {
		return nil, err
	}
	return text[1 : len(text)-1], nil
}

// object puts fields together, as pieces that are written one after the other, so
// that those which many share are not copied.
func object(parts ...[]byte) [][]byte {
	pieces := [][]byte{[]byte("{")}
	for _, part := range parts {
		if len(part) == 0 {
			continue
		}
		if len(pieces) > 1 {
			pieces = append(pieces, []byte(","))
		}
		pieces = append(pieces, part)
	}
	return append(pieces, []byte("}"))
}
