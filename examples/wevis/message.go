package wevis

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Values are the arguments of a message by name. An int is given as int or
// int32, a float as float64, str as string, bytes as []byte, ?f as []float32 and
// ?d as []float64.
type Values map[string]any

// A Message has a definition and a value for each of its arguments. It never
// changes, so it may be sent to many; the slices in it must be left alone.
type Message struct {
	definition *Definition
	values     []any // in the order of the arguments
}

// New returns the message with this name and these arguments. It returns an
// error if there is no such message, or if an argument is missing, unknown or of
// the wrong type, or if the message is longer than a frame may be.
func (p *Protocol) New(name string, values Values) (*Message, error) {
	d := p.byName[name]
	if d == nil {
		return nil, p.unknown(name)
	}
	m, err := d.message(values)
	if err == nil {
		err = m.check(p.MaxFrame)
	}
	if err != nil {
		return nil, fmt.Errorf("wevis: %w", err)
	}
	return m, nil
}

// unknown is the error for a name that no definition has.
func (p *Protocol) unknown(name string) error {
	var known []string
	for _, d := range p.definitions {
		known = append(known, d.name)
	}
	return fmt.Errorf("wevis: message %s is not defined, only %.200s are", clip(name), strings.Join(known, ", "))
}

func (d *Definition) message(values Values) (*Message, error) {
	m := &Message{definition: d}
	for _, a := range d.arguments {
		value, ok := values[a.Name]
		if !ok {
			return nil, fmt.Errorf("message %q lacks argument %q, of type %v", d.name, a.Name, a.Kind)
		}
		accepted, err := a.Kind.accept(value)
		if err != nil {
			return nil, fmt.Errorf("argument %q of message %q %w", a.Name, d.name, err)
		}
		m.values = append(m.values, accepted)
	}
	for name := range values {
		if d.index(name) < 0 {
			return nil, fmt.Errorf("message %q has no argument %s, it is defined as %q", d.name, clip(name), d)
		}
	}
	return m, nil
}

// accept returns a value in the type that a message keeps, of its own.
func (k Kind) accept(value any) (any, error) {
	switch v := value.(type) {
	case int:
		if k == Int && v >= math.MinInt32 && v <= math.MaxInt32 {
			return int32(v), nil
		} else if k == Int {
			return nil, fmt.Errorf("is %d, it must fit in 32 bits", v)
		}
	case string:
		if k == Str && !utf8.ValidString(v) {
			return nil, fmt.Errorf("is %s, it must be UTF-8", clip(v))
		}
	case []byte:
		value = slices.Clone(v)
	case []float32:
		value = slices.Clone(v)
	case []float64:
		value = slices.Clone(v)
	}
	if kindOfValue(value) != k {
		return nil, fmt.Errorf("is a Go %T, it must be of type %v, in Go %s", value, k, goTypes[k])
	}
	return value, nil
}

var goTypes = []string{Int: "int32", Float: "float64", Str: "string", Bytes: "[]byte", Singles: "[]float32", Doubles: "[]float64"}

// kindOfValue returns the kind of a value of a message, or 0 for any other.
func kindOfValue(value any) Kind {
	switch value.(type) {
	case int32:
		return Int
	case float64:
		return Float
	case string:
		return Str
	case []byte:
		return Bytes
	case []float32:
		return Singles
	case []float64:
		return Doubles
	}
	return 0
}

// Name returns the name of the message.
func (m *Message) Name() string { return m.definition.name }

// Definition returns what the message is.
func (m *Message) Definition() *Definition { return m.definition }

// Get returns an argument: an int32, float64, string, []byte, []float32 or
// []float64, as it is defined, and nil if there is none with this name.
func (m *Message) Get(name string) any {
	i := m.definition.index(name)
	if i < 0 {
		return nil
	}
	return m.values[i]
}

// Values returns all arguments.
func (m *Message) Values() Values {
	values := Values{}
	for i, a := range m.definition.arguments {
		values[a.Name] = m.values[i]
	}
	return values
}

// String returns the name and the [Message.Text].
func (m *Message) String() string { return m.Name() + " " + m.Text() }
