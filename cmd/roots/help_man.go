package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
)

const manAbout = `roots man | man -l - shows it; roots man > /usr/local/share/man/man1/roots.1 installs it.`

// man prints the manual as a page for man: all that help tells, and the help of
// each command.
func man(_ context.Context, p program, args []string) error {
	if _, err := p.parse(flag.NewFlagSet("man", flag.ContinueOnError), args, ""); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, `.TH ROOTS 1 "" "Roots" "Roots"`)
	sections := manual()
	for _, c := range commands() {
		sections = append(sections, c.section())
	}
	for _, s := range sections {
		s.roff(p.stdout)
	}
	return nil
}

// roff writes a section in the language of man.
func (s section) roff(out io.Writer) {
	fmt.Fprintf(out, ".SH \"%s\"\n", escapeRoff(s.title))
	for _, p := range s.parts {
		macro := ".PP"
		if p.term != "" {
			macro = ".TP\n\\fB" + escapeRoff(p.term) + "\\fR"
		}
		if p.text == "" {
			macro = ".PP\n\\fB" + escapeRoff(p.term) + "\\fR"
		}
		fmt.Fprintln(out, macro)
		for i, line := range strings.Split(p.text, "\n") {
			if i > 0 {
				fmt.Fprintln(out, ".PP")
			}
			if line != "" {
				fmt.Fprintln(out, escapeRoff(line))
			}
		}
	}
}

// escapeRoff keeps roff from taking text for anything else.
func escapeRoff(text string) string {
	text = roffEscapes.Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

var roffEscapes = strings.NewReplacer(`\`, `\e`, `-`, `\-`, `"`, `\(dq`, `'`, `\(aq`)
