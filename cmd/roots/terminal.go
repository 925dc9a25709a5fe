package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// A look is how text looks to who reads it. The zero value is plain text without
// a width, for a pipe or a file.
type look struct {
	width   int // of a terminal, in columns; 0 is none
	colours bool
}

// look returns how to write to out. On a terminal there are colours, unless it
// can't show them or the environment says NO_COLOR.
func (p program) look(out io.Writer) look {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return look{}
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		width = defaultWidth
	}
	none, _ := p.env("NO_COLOR")
	kind, _ := p.env("TERM")
	return look{width, none == "" && kind != "dumb"}
}

const defaultWidth = 80

func (l look) strong(text string) string { return l.style("1", text) }
func (l look) faint(text string) string  { return l.style("2", text) }

func (l look) style(code, text string) string {
	if !l.colours {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
