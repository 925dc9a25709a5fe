package wevis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rootspush/roots/thestral"
)

// A Kind is the type of an argument.
type Kind uint8

// The kinds, with the word for each in a file of definitions and its type in Go.
const (
	Int     Kind = iota + 1 // int: int32
	Float                   // float: float64
	Str                     // str: string, of UTF-8
	Bytes                   // bytes: []byte
	Singles                 // ?f: []float32
	Doubles                 // ?d: []float64
)

var kindWords = []string{Int: "int", Float: "float", Str: "str", Bytes: "bytes", Singles: "?f", Doubles: "?d"}

// String returns the word for the kind in a file of definitions.
func (k Kind) String() string {
	if k < Int || k > Doubles {
		return fmt.Sprintf("Kind(%d)", k)
	}
	return kindWords[k]
}

// kindOf returns the kind that a word stands for.
func kindOf(word string) (Kind, error) {
	if i := slices.Index(kindWords, word); i >= int(Int) {
		return Kind(i), nil
	}
	return 0, fmt.Errorf("type %s is unknown, it must be one of %s", clip(word), strings.Join(kindWords[Int:], ", "))
}

// An Argument is what each message of a definition has a value for.
type Argument struct {
	Name string
	Kind Kind
}

// String writes the argument as in a file of definitions.
func (a Argument) String() string { return a.Name + "=" + a.Kind.String() }

// A Definition is a kind of message. It never changes.
type Definition struct {
	name      string
	id        uint32
	arguments []Argument // in the order of the wire, which is that of their names
}

// Name returns the name, which is also the path of updates.
func (d *Definition) Name() string { return d.name }

// ID returns the number that stands for the definition on the wire.
func (d *Definition) ID() uint32 { return d.id }

// Arguments returns the arguments in the order of their names.
func (d *Definition) Arguments() []Argument { return slices.Clone(d.arguments) }

// String writes the definition as in a file of definitions.
func (d *Definition) String() string {
	words := []string{d.name}
	for _, a := range d.arguments {
		words = append(words, a.String())
	}
	return strings.Join(words, " ")
}

// index returns where the argument with this name is, or -1.
func (d *Definition) index(name string) int {
	i, ok := slices.BinarySearchFunc(d.arguments, name, func(a Argument, name string) int { return strings.Compare(a.Name, name) })
	if !ok {
		return -1
	}
	return i
}

// define returns a definition that still has no id.
func define(name string, arguments []Argument) (*Definition, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	sorted := slices.SortedFunc(slices.Values(arguments), func(a, b Argument) int { return strings.Compare(a.Name, b.Name) })
	for i, a := range sorted {
		if err := cmp.Or(checkArgumentName(a.Name), checkKind(a)); err != nil {
			return nil, err
		}
		if i > 0 && sorted[i-1].Name == a.Name {
			return nil, fmt.Errorf("argument %q is there twice, each name must be there once", a.Name)
		}
	}
	return &Definition{name: name, arguments: sorted}, nil
}

// checkName says what is wrong with the name of a message. It is a path, and so
// no longer than those.
func checkName(name string) error {
	if !isWord(name) || isDigit(name[0]) {
		return fmt.Errorf("message name %s must be a letter or \"_\", then letters, digits and \"_\"", clip(name))
	}
	if len(name) > thestral.MaxPath {
		return fmt.Errorf("message name %s is %d bytes long, at most %d are allowed", clip(name), len(name), thestral.MaxPath)
	}
	return nil
}

func checkArgumentName(name string) error {
	if !isWord(name) || isDigit(name[0]) || name[0] == '_' {
		return fmt.Errorf("argument name %s must be a letter, then letters, digits and \"_\"", clip(name))
	}
	return nil
}

func checkKind(a Argument) error {
	if a.Kind < Int || a.Kind > Doubles {
		return fmt.Errorf("argument %q has no type, it must have one of %s", a.Name, strings.Join(kindWords[Int:], ", "))
	}
	return nil
}

// isWord says that text is made of ASCII letters, digits and "_", of one at least.
func isWord(text string) bool {
	for i := range len(text) {
		if b := text[i]; !isDigit(b) && b != '_' && (b|0x20 < 'a' || b|0x20 > 'z') {
			return false
		}
	}
	return text != ""
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// clip quotes text from outside for an error, and keeps it short.
func clip(text string) string { return fmt.Sprintf("%.80q", text) }
