package wevis

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Text returns the arguments as the message of an update: a JSON object. Bytes
// are base64. Numbers that JSON can't write are "NaN", "Infinity" and "-Infinity".
func (m *Message) Text() string {
	object := map[string]any{}
	for i, a := range m.definition.arguments {
		object[a.Name] = jsonOf(m.values[i])
	}
	text, err := json.Marshal(object) // in the order of the names
	if err != nil {
		panic(err) // all values can be written
	}
	return string(text)
}

// FromText returns the message that an update stands for: path is its name, and
// text a JSON object with its arguments, as [Message.Text] writes it. The errors
// are those of [Protocol.New], and one for what is no such object.
func (p *Protocol) FromText(path, text string) (*Message, error) {
	d := p.byName[path]
	if d == nil {
		return nil, p.unknown(path)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &object); err != nil || object == nil {
		return nil, fmt.Errorf("wevis: message %q has the text %s, it must be a JSON object, as in {\"hours\":13}", path, clip(text))
	}
	values := Values{}
	for name, raw := range object {
		i := d.index(name)
		if i < 0 {
			values[name] = nil // New says what is wrong with it
			continue
		}
		value, err := valueOf(d.arguments[i].Kind, raw)
		if err != nil {
			return nil, fmt.Errorf("wevis: argument %q of message %q: %w", name, path, err)
		}
		values[name] = value
	}
	return p.New(path, values)
}

// A single and a double are numbers that JSON can always write.
type (
	single float32
	double float64
)

func (f single) MarshalJSON() ([]byte, error) { return writeFloat(float64(f), 32) }
func (f double) MarshalJSON() ([]byte, error) { return writeFloat(float64(f), 64) }

func (f *single) UnmarshalJSON(b []byte) error {
	value, err := readFloat(b, 32)
	*f = single(value)
	return err
}

func (f *double) UnmarshalJSON(b []byte) (err error) {
	value, err := readFloat(b, 64)
	*f = double(value)
	return err
}

func writeFloat(f float64, bits int) ([]byte, error) {
	switch {
	case math.IsNaN(f):
		return []byte(`"NaN"`), nil
	case math.IsInf(f, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(f, -1):
		return []byte(`"-Infinity"`), nil
	}
	return strconv.AppendFloat(nil, f, 'g', -1, bits), nil
}

func readFloat(b []byte, bits int) (float64, error) {
	switch string(b) {
	case `"NaN"`:
		return math.NaN(), nil
	case `"Infinity"`:
		return math.Inf(1), nil
	case `"-Infinity"`:
		return math.Inf(-1), nil
	}
	f, err := strconv.ParseFloat(string(b), bits) // b is JSON, so nothing but its numbers passes
	if err != nil {
		return 0, fmt.Errorf("%s is not a number of %d bits, \"NaN\", \"Infinity\" or \"-Infinity\"", clip(string(b)), bits)
	}
	return f, nil
}

// jsonOf returns what stands for a value in JSON.
func jsonOf(value any) any {
	switch v := value.(type) {
	case float64:
		return double(v)
	case []float32:
		return convert(v, func(f float32) single { return single(f) })
	case []float64:
		return convert(v, func(f float64) double { return double(f) })
	}
	return value
}

// valueOf is the reverse.
func valueOf(kind Kind, raw json.RawMessage) (any, error) {
	if string(raw) == "null" {
		return nil, errors.New("it is null, but it must have a value")
	}
	switch kind {
	case Int:
		return read[int32](raw)
	case Float:
		f, err := read[double](raw)
		return float64(f), err
	case Str:
		return read[string](raw)
	case Bytes:
		return read[[]byte](raw)
	case Singles:
		v, err := read[[]single](raw)
		return convert(v, func(f single) float32 { return float32(f) }), err
	}
	v, err := read[[]double](raw)
	return convert(v, func(f double) float64 { return float64(f) }), err
}

func read[T any](raw json.RawMessage) (value T, err error) {
	err = json.Unmarshal(raw, &value)
	return value, err
}

func convert[A, B any](from []A, one func(A) B) []B {
	to := make([]B, len(from)) // not nil: JSON would write null
	for i, v := range from {
		to[i] = one(v)
	}
	return to
}
