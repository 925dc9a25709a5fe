package wevis

import (
	"fmt"
	"reflect"
	"strings"
)

// Go programs may use structs in place of messages:
//
//	type ItIs struct{ Hours, Minutes int32 }
//
// stands for "ItIs hours=int minutes=int". The name of the type is that of the
// message. The name of a field is that of its argument, with a small letter in
// front; a tag says any other: `wevis:"Alpha"`. The types are those of [Kind],
// and all fields must be exported.

var kindsOfTypes = map[reflect.Type]Kind{
	reflect.TypeFor[int32]():     Int,
	reflect.TypeFor[float64]():   Float,
	reflect.TypeFor[string]():    Str,
	reflect.TypeFor[[]byte]():    Bytes,
	reflect.TypeFor[[]float32](): Singles,
	reflect.TypeFor[[]float64](): Doubles,
}

// Define adds the message that the struct T stands for, as [Protocol.Define]
// does, with its errors and one for what is no such struct.
func Define[T any](p *Protocol) error {
	t := reflect.TypeFor[T]()
	arguments, err := argumentsOf(t)
	if err != nil {
		return err
	}
	return p.Define(t.Name(), arguments...)
}

// Of returns the message that a struct stands for, or v itself if it is a
// *[Message] of this protocol. The errors are those of [Protocol.New].
func (p *Protocol) Of(v any) (*Message, error) {
	if m, ok := v.(*Message); ok {
		return m, p.owns(m)
	}
	value := reflect.ValueOf(v)
	if !value.IsValid() {
		return nil, fmt.Errorf("wevis: nil is no message, it must be a *wevis.Message or a struct")
	}
	arguments, err := argumentsOf(value.Type())
	if err != nil {
		return nil, err
	}
	values := Values{}
	for i, a := range arguments {
		values[a.Name] = value.Field(i).Interface()
	}
	return p.New(value.Type().Name(), values)
}

// owns returns an error if m is not of this protocol: its number would mean
// something else here.
func (p *Protocol) owns(m *Message) error {
	if m == nil || p.byName[m.Name()] != m.definition {
		return fmt.Errorf("wevis: message %v is of another protocol, make it with the one of this connection", m)
	}
	return nil
}

// As returns a message as the struct T. It returns an error if the message has
// another name, or not the arguments that T has fields for.
func As[T any](m *Message) (v T, err error) {
	t := reflect.TypeFor[T]()
	arguments, err := argumentsOf(t)
	if err != nil {
		return v, err
	}
	if d, err := define(t.Name(), arguments); err != nil || d.String() != m.definition.String() {
		return v, fmt.Errorf("wevis: Go type %v can't hold message %q, its fields must be those arguments", t, m.definition)
	}
	for i, a := range arguments {
		reflect.ValueOf(&v).Elem().Field(i).Set(reflect.ValueOf(m.Get(a.Name)))
	}
	return v, nil
}

// argumentsOf returns the arguments that the fields of a struct stand for, in
// the order of the fields.
func argumentsOf(t reflect.Type) ([]Argument, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("wevis: Go type %v is no message, it must be a *wevis.Message or a struct", t)
	}
	var arguments []Argument
	for i := range t.NumField() {
		field := t.Field(i)
		kind, ok := kindsOfTypes[field.Type]
		if !ok || !field.IsExported() {
			return nil, fmt.Errorf("wevis: field %s of Go type %v must be exported and one of %s", field.Name, t, strings.Join(goTypes[Int:], ", "))
		}
		name := field.Tag.Get("wevis")
		if name == "" {
			name = strings.ToLower(field.Name[:1]) + field.Name[1:]
		}
		arguments = append(arguments, Argument{name, kind})
	}
	return arguments, nil
}
