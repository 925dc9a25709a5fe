package wevis_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
)

// list writes the definitions of a protocol, those of the library aside.
func list(p *wevis.Protocol) (lines []string) {
	for _, d := range p.Definitions()[6:] {
		lines = append(lines, fmt.Sprint(d.ID(), " ", d))
	}
	return lines
}

func TestParse(t *testing.T) {
	p := wevis.NewProtocol()
	const text = "# nothing yet\n\n  Empty# nothing more\r\n\t_All b=str  a=int\tC=float d=bytes e=?f f_1=?d # all\nLast x=int"
	if err := p.Parse("file", text); err != nil {
		t.Fatal(err)
	}
	want := []string{"7 Empty", "8 _All C=float a=int b=str d=bytes e=?f f_1=?d", "9 Last x=int"}
	if diff := cmp.Diff(want, list(p)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]wevis.Argument{{Name: "x", Kind: wevis.Int}}, p.Definition("Last").Arguments()); diff != "" {
		t.Error(diff)
	}
}

func TestClockDefinitions(t *testing.T) {
	want := []string{"7 ServerReady", "8 WhatTimeIsIt", "9 ItIs hours=int minutes=int", "10 WhoAmI", "11 YouAre name=str",
		"12 PleaseMayIHaveSomeFloats doubles=int singles=int", "13 SomeFloats doubles=?d singles=?f"}
	if diff := cmp.Diff(want, list(clock.Protocol())); diff != "" {
		t.Error(diff)
	}
}

var tooLong = strings.Repeat("x", 256)

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"A x":               `f:1:3: argument "x" must be specified as name=type`,
		"A\n\n  B x=int y":  `f:3:11: argument "y" must be specified as name=type`,
		"é é=int":           `f:1:1: message name "é" must be a letter or "_", then letters, digits and "_"`,
		"A x=int é=int":     `f:1:9: argument name "é" must be a letter, then letters, digits and "_"`,
		"9A":                `f:1:1: message name "9A" must be`,
		"A-B":               `f:1:1: message name "A-B" must be`,
		"A _x=int":          `f:1:3: argument name "_x" must be a letter, then`,
		"A 9x=int":          `f:1:3: argument name "9x" must be`,
		"A =int":            `f:1:3: argument name "" must be`,
		"A x=":              `f:1:5: type "" is unknown, it must be one of int, float, str, bytes, ?f, ?d`,
		"A x=INT":           `f:1:5: type "INT" is unknown`,
		"A x=int=int":       `f:1:5: type "int=int" is unknown`,
		"A x = int":         `f:1:3: argument "x" must be specified as name=type`,
		"A x=int x=str":     `f:1:9: argument "x" is there twice, each name must be there once`,
		"A\nB\n\tA":         `f:3:2: message "A" is defined above already, each must be defined once`,
		"_ping":             `f:1:1: message "_ping" is defined already, as number 1: _ping`,
		"A x=int\n B \xff":  `f:2:4: the text is not UTF-8`,
		"A # \xff":          `f:1:5: the text is not UTF-8`,
		"\u00a0\u2003A é":   `f:1:5: argument "é" must be`,
		"\ufeffA":           `f:1:1: message name "\ufeffA" must be`,
		"A\n" + tooLong:     `f:2:1: message name "` + tooLong[:80] + `" is 256 bytes long, at most 255 are allowed`,
		tooLong[1:] + " x":  `f:1:257: argument "x" must be`,
		"A " + tooLong[:90]: `f:1:3: argument "` + tooLong[:80] + `" must be`,
	} {
		p := wevis.NewProtocol()
		err := p.Parse("f", text)
		var wrong *wevis.ParseError
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
		if len(list(p)) > 0 {
			t.Errorf("%q: %v was added although there is an error", text, list(p))
		}
	}
}

// TestDefine: definitions in code have the same errors and the same numbers.
func TestDefine(t *testing.T) {
	p := wevis.NewProtocol()
	for _, test := range []struct {
		name      string
		arguments []wevis.Argument
		want      string
	}{
		{"B", []wevis.Argument{{Name: "y", Kind: wevis.Int}, {Name: "X", Kind: wevis.Doubles}}, ""},
		{"B", nil, `message "B" is defined already, as number 7: B X=?d y=int`},
		{"A\n", nil, `message name "A\n" must be`},
		{"", nil, `message name "" must be`},
		{"A", []wevis.Argument{{Name: "x\n", Kind: wevis.Int}}, `argument name "x\n" must be`},
		{"A", []wevis.Argument{{Name: "x"}}, `argument "x" has no type`},
		{"A", []wevis.Argument{{Name: "x", Kind: 7}}, `argument "x" has no type`},
		{"A", []wevis.Argument{{Name: "x", Kind: wevis.Int}, {Name: "x", Kind: wevis.Str}}, `argument "x" is there twice`},
		{"A", nil, ""},
	} {
		err := p.Define(test.name, test.arguments...)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%q %v: got %v, want %q", test.name, test.arguments, err, test.want)
		}
	}
	if diff := cmp.Diff([]string{"7 B X=?d y=int", "8 A"}, list(p)); diff != "" {
		t.Error(diff)
	}
}

// TestTwoProtocols: each has numbers of its own, and a digest that tells whether
// it is the same as another.
func TestTwoProtocols(t *testing.T) {
	one, two, three := wevis.NewProtocol(), wevis.NewProtocol(), wevis.NewProtocol()
	for p, text := range map[*wevis.Protocol]string{one: "A\nB x=int y=str", two: "A #\n\nB y=str x=int", three: "B x=int y=str\nA"} {
		if err := p.Parse("f", text); err != nil {
			t.Fatal(err)
		}
	}
	if one.Digest() != two.Digest() || one.Digest() == three.Digest() {
		t.Errorf("the digests are %s, %s, %s", one.Digest(), two.Digest(), three.Digest())
	}
	if one.Definition("A").ID() != 7 || three.Definition("A").ID() != 8 || one.Definition("C") != nil {
		t.Error("the numbers are wrong")
	}
	m, err := one.New("A", nil)
	if _, err := three.Of(must(t, m, err)); err == nil || !strings.Contains(err.Error(), "of another protocol") {
		t.Errorf("a message of another protocol: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("# x\nItIs hours=int minutes=int\n")
	f.Add("A x=?f y=?d\r\nA \xff")
	f.Fuzz(func(t *testing.T, text string) {
		p := wevis.NewProtocol()
		err := p.Parse("f", text)
		var wrong *wevis.ParseError
		if errors.As(err, &wrong) {
			if lines := strings.Split(text, "\n"); wrong.Line < 1 || wrong.Line > len(lines) || wrong.Column < 1 || wrong.Column > len(lines[wrong.Line-1])+1 {
				t.Fatalf("%v is outside of the text", err)
			}
			return
		}
		var written strings.Builder
		for _, d := range p.Definitions()[6:] {
			written.WriteString(d.String() + "\n")
		}
		again := wevis.NewProtocol()
		if err := again.Parse("again", written.String()); err != nil || again.Digest() != p.Digest() {
			t.Fatalf("%q became %q: %v", text, written.String(), err)
		}
	})
}
