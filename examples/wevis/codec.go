package wevis

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// A frame is its length, the number of the message, a fixed block and the
// vectors, all little-endian:
//
//	uint32 length of the rest
//	uint32 number of the message
//	for each argument, by name: int32, float64, or uint32 count of elements
//	for each str, bytes, ?f and ?d, by name: its elements
//
// The count of a str is that of its bytes. An original counts characters, so
// that what it sends ends in the middle of one if any is not ASCII.

const lengthSize = 4

var wire = binary.LittleEndian

// check returns an error if the frame of m would be longer than max.
func (m *Message) check(max int) error {
	if n := m.length(); n > max {
		return fmt.Errorf("message %q takes a frame of %d bytes, at most %d are allowed", m.Name(), n, max)
	}
	return nil
}

// length returns what the length of the frame says.
func (m *Message) length() int {
	n := 4
	for i, a := range m.definition.arguments {
		switch v := m.values[i].(type) {
		case string:
			n += len(v)
		case []byte:
			n += len(v)
		case []float32:
			n += 4 * len(v)
		case []float64:
			n += 8 * len(v)
		}
		n += a.Kind.fixed()
	}
	return n
}

// fixed returns how many bytes the kind takes in the fixed block.
func (k Kind) fixed() int {
	if k == Float {
		return 8
	}
	return 4
}

// element returns how many bytes an element of a vector takes, or 0 if the kind
// is none.
func (k Kind) element() uint64 {
	switch k {
	case Str, Bytes:
		return 1
	case Singles:
		return 4
	case Doubles:
		return 8
	}
	return 0
}

// Frame returns the bytes of the message on the wire.
func (m *Message) Frame() []byte {
	n := m.length()
	b := make([]byte, 0, lengthSize+n)
	b = wire.AppendUint32(b, uint32(n))
	b = wire.AppendUint32(b, m.definition.id)
	for _, value := range m.values {
		b = appendFixed(b, value)
	}
	for _, value := range m.values {
		b = appendVector(b, value)
	}
	return b
}

func appendFixed(b []byte, value any) []byte {
	switch v := value.(type) {
	case int32:
		return wire.AppendUint32(b, uint32(v))
	case float64:
		return wire.AppendUint64(b, math.Float64bits(v))
	case string:
		return wire.AppendUint32(b, uint32(len(v)))
	case []byte:
		return wire.AppendUint32(b, uint32(len(v)))
	case []float32:
		return wire.AppendUint32(b, uint32(len(v)))
	case []float64:
		return wire.AppendUint32(b, uint32(len(v)))
	}
	return b
}

func appendVector(b []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return append(b, v...)
	case []byte:
		return append(b, v...)
	case []float32:
		for _, f := range v {
			b = wire.AppendUint32(b, math.Float32bits(f))
		}
	case []float64:
		for _, f := range v {
			b = wire.AppendUint64(b, math.Float64bits(f))
		}
	}
	return b
}

// Decode reads what follows the length of a frame. It returns an error if that
// is no message of the protocol: an unknown number, too few bytes, bytes after
// the last vector, or text that is not UTF-8. Bytes after a message without
// vectors are ignored, and a text that ends in the middle of a character gets
// U+FFFD there: originals send both.
func (p *Protocol) Decode(body []byte) (*Message, error) {
	if len(body) < 4 {
		return nil, fmt.Errorf("wevis: a frame of %d bytes is too short, 4 are needed for the number of its message", len(body))
	}
	id := wire.Uint32(body)
	d := p.byID(id)
	if d == nil {
		return nil, fmt.Errorf("wevis: there is no message with number %d, only with 1 to %d", id, len(p.definitions))
	}
	m := &Message{definition: d}
	if err := m.decode(body[4:]); err != nil {
		return nil, fmt.Errorf("wevis: a frame of message %q: %w", d.name, err)
	}
	return m, nil
}

// decode reads the arguments.
func (m *Message) decode(b []byte) (err error) {
	counts, vectors, b, err := m.decodeFixed(b)
	if err != nil || !vectors {
		return err
	}
	for i, a := range m.definition.arguments {
		size := counts[i] * a.Kind.element()
		if size > uint64(len(b)) {
			return fmt.Errorf("argument %q is to have %d bytes, but only %d are left", a.Name, size, len(b))
		}
		if a.Kind.element() > 0 {
			if m.values[i], err = decodeVector(a.Kind, b[:size]); err != nil {
				return fmt.Errorf("argument %q: %w", a.Name, err)
			}
		}
		b = b[size:]
	}
	if len(b) > 0 {
		return fmt.Errorf("there are %d bytes after its last argument, there must be none", len(b))
	}
	return nil
}

// decodeFixed reads the numbers, and how many elements the vectors have if there
// are any. It returns the rest.
func (m *Message) decodeFixed(b []byte) (counts []uint64, vectors bool, rest []byte, err error) {
	arguments := m.definition.arguments
	counts = make([]uint64, len(arguments))
	m.values = make([]any, len(arguments))
	for i, a := range arguments {
		fixed := a.Kind.fixed()
		if len(b) < fixed {
			return nil, false, nil, fmt.Errorf("it ends before argument %q", a.Name)
		}
		switch a.Kind {
		case Int:
			m.values[i] = int32(wire.Uint32(b))
		case Float:
			m.values[i] = math.Float64frombits(wire.Uint64(b))
		default:
			counts[i], vectors = uint64(wire.Uint32(b)), true
		}
		b = b[fixed:]
	}
	return counts, vectors, b, nil
}

func decodeVector(kind Kind, b []byte) (any, error) {
	switch kind {
	case Str:
		return decodeText(string(b))
	case Singles:
		v := make([]float32, len(b)/4)
		for i := range v {
			v[i] = math.Float32frombits(wire.Uint32(b[4*i:]))
		}
		return v, nil
	case Doubles:
		v := make([]float64, len(b)/8)
		for i := range v {
			v[i] = math.Float64frombits(wire.Uint64(b[8*i:]))
		}
		return v, nil
	}
	return append([]byte{}, b...), nil
}

func decodeText(text string) (string, error) {
	for cut := range min(utf8.UTFMax, len(text)+1) {
		whole, rest := text[:len(text)-cut], text[len(text)-cut:]
		if !utf8.ValidString(whole) || utf8.FullRuneInString(rest) {
			continue
		}
		if rest != "" {
			whole += string(utf8.RuneError)
		}
		return whole, nil
	}
	return "", errors.New("the text is not UTF-8")
}
