package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// A section of the manual. Help and the manual page are made of the same ones,
// and these of the tables of commands and flags.
type section struct {
	title string
	parts []part
}

// A part is a paragraph, or what there is to say about a term.
type part struct{ term, text string }

// help prints what a command was asked for, or the whole manual for roots itself.
func (p program) help(asked helpAsked) {
	sections := manual()
	for _, c := range commands() {
		if c.name == asked.flags.Name() {
			sections = []section{c.section()}
		}
	}
	look := p.look(p.stdout)
	for i, s := range sections {
		if i > 0 {
			fmt.Fprintln(p.stdout)
		}
		s.print(p.stdout, look)
	}
}

// print writes a section as text.
func (s section) print(out io.Writer, l look) {
	const widest = 100 // longer lines are hard to read
	width := min(l.width, widest)
	if width == 0 {
		width = defaultWidth
	}
	fmt.Fprintln(out, l.strong(s.title))
	for _, p := range s.parts {
		indent := "    "
		if p.term != "" {
			fmt.Fprintf(out, "  %s\n", l.strong(p.term))
			indent = "        "
		}
		for line := range strings.Lines(p.text) {
			wrap(out, line, indent, width)
		}
	}
}

// wrap writes a paragraph in lines of at most width.
func wrap(out io.Writer, text, indent string, width int) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(indent+line+" "+word) > width {
			fmt.Fprintln(out, indent+line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" {
		fmt.Fprintln(out, indent+line)
	}
}

// section is the help of a command.
func (c subcommand) section() section {
	flags := c.flags()
	parts := []part{{text: c.summary + "."}}
	if c.about != "" {
		parts = append(parts, part{text: c.about})
	}
	return section{synopsis(flags, c.args), append(parts, flagParts(flags, settingNames(flags))...)}
}

// flags returns the flags of a command, which tells them when it is asked for
// help.
func (c subcommand) flags() *flag.FlagSet {
	var asked helpAsked
	if err := c.run(context.Background(), program{}, []string{"--help"}); !errors.As(err, &asked) {
		panic(fmt.Sprintf("roots: %s, asked for help, says %v", c.name, err))
	}
	return asked.flags
}

// synopsis is how a command is written.
func synopsis(flags *flag.FlagSet, args string) string {
	words := []string{"roots", flags.Name()}
	if len(settingNames(flags)) > 0 {
		words = append(words, "[flags]")
	}
	return strings.Join(strings.Fields(strings.Join(append(words, args), " ")), " ")
}

// flagParts describes the flags with these names.
func flagParts(flags *flag.FlagSet, names []string) (parts []part) {
	for _, name := range names {
		f := flags.Lookup(name)
		value, text := flag.UnquoteUsage(f)
		if !slices.Contains([]string{"", "0s", "false"}, f.DefValue) {
			text += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		parts = append(parts, part{strings.TrimRight("--"+name+" "+value, " "), text})
	}
	return parts
}
