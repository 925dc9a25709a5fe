package wevis

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A ParseError says where a text of definitions is wrong.
type ParseError struct {
	File   string
	Line   int // from 1 on
	Column int // from 1 on, in characters
	Reason error
}

// Error writes the place as compilers do.
func (e *ParseError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Reason)
}

// Unwrap returns the reason.
func (e *ParseError) Unwrap() error { return e.Reason }

// Parse adds the messages of a text, one a line:
//
//	# what the server knows
//	WhatTimeIsIt
//	ItIs hours=int minutes=int   # the answer
//
// The types are int, float, str, bytes, ?f and ?d. File is the name of the text
// in errors, which are of type *[ParseError]; then nothing is added.
func (p *Protocol) Parse(file, text string) error {
	var parsed []*Definition
	number := 0
	for line := range strings.Lines(text) {
		number++
		d, column, err := p.parseLine(line, parsed)
		if err != nil {
			return &ParseError{file, number, column, err}
		}
		if d != nil {
			parsed = append(parsed, d)
		}
	}
	for _, d := range parsed {
		p.add(d)
	}
	return nil
}

// parseLine returns the definition in a line, or nil if there is none. An error
// comes with the column where it is.
func (p *Protocol) parseLine(line string, before []*Definition) (*Definition, int, error) {
	if i := strings.IndexFunc(line, func(r rune) bool { return r == utf8.RuneError }); i >= 0 && !utf8.ValidString(line) {
		return nil, columnOf(line, i), fmt.Errorf("the text is not UTF-8")
	}
	content, _, _ := strings.Cut(line, "#")
	words := wordsOf(content)
	if len(words) == 0 {
		return nil, 0, nil
	}
	if err := p.checkNew(words[0].text, before); err != nil {
		return nil, columnOf(line, words[0].at), err
	}
	var arguments []Argument
	for _, word := range words[1:] {
		a, at, err := parseArgument(word.text, arguments)
		if err != nil {
			return nil, columnOf(line, word.at+at), err
		}
		arguments = append(arguments, a)
	}
	d, err := define(words[0].text, arguments)
	return d, 1, err
}

// checkNew returns an error for a name that is none, or is taken.
func (p *Protocol) checkNew(name string, before []*Definition) error {
	if err := checkName(name); err != nil {
		return err
	}
	if slices.ContainsFunc(before, func(d *Definition) bool { return d.name == name }) {
		return fmt.Errorf("message %q is defined above already, each must be defined once", name)
	}
	return p.free(name)
}

// parseArgument reads name=type. An error comes with the byte where it is.
func parseArgument(word string, before []Argument) (a Argument, at int, err error) {
	name, kind, ok := strings.Cut(word, "=")
	if !ok {
		return a, 0, fmt.Errorf("argument %s must be specified as name=type", clip(word))
	}
	if err := checkArgumentName(name); err != nil {
		return a, 0, err
	}
	if slices.ContainsFunc(before, func(a Argument) bool { return a.Name == name }) {
		return a, 0, fmt.Errorf("argument %q is there twice, each name must be there once", name)
	}
	a.Name = name
	a.Kind, err = kindOf(kind)
	return a, len(name) + len("="), err
}

// A word stands at a byte of its line.
type word struct {
	text string
	at   int
}

func wordsOf(line string) (words []word) {
	for at := 0; at < len(line); {
		rest := line[at:]
		start := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsSpace(r) })
		if start < 0 {
			break
		}
		end := start + len(rest[start:])
		if i := strings.IndexFunc(rest[start:], unicode.IsSpace); i >= 0 {
			end = start + i
		}
		words = append(words, word{rest[start:end], at + start})
		at += end
	}
	return words
}

// columnOf counts the characters before a byte, from 1 on.
func columnOf(line string, at int) int { return utf8.RuneCountInString(line[:at]) + 1 }
