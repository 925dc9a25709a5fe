package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

// A printer shows updates as they come: to people as frames, to programs as
// lines of JSON.
type printer struct {
	out, notes io.Writer
	json       *json.Encoder // nil for frames
	look       look
}

func (p program) printer(asJSON bool) printer {
	s := printer{out: p.stdout, notes: p.stderr, look: p.look(p.stdout)}
	if asJSON {
		s.json = newJSON(p.stdout)
	}
	return s
}

// newJSON returns what writes lines of JSON. It leaves "<" as it is, for no
// browser takes it for HTML.
func newJSON(out io.Writer) *json.Encoder {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc
}

// tail shows what a tail was sent.
func (s printer) tail(line tailLine) error {
	switch {
	case s.json != nil:
		return s.json.Encode(line)
	case line.Update != nil:
		return s.frame("", *line.Update)
	default:
		_, err := fmt.Fprintf(s.notes, "roots: %d updates were dropped here, since they were not read as fast as they came\n", line.Dropped)
		return err
	}
}

// A delivery is an update that an id was told.
type delivery struct {
	ID string `json:"id"`
	thestral.Update
}

func (s printer) delivery(d delivery) error {
	if s.json != nil {
		return s.json.Encode(d)
	}
	return s.frame(s.look.faint(d.ID)+" ", d.Update)
}

// frame writes a frame with something in front, at once.
func (s printer) frame(front string, u thestral.Update) error {
	frame := imperio.AppendFrame(nil, u.Path, u.Message)
	path := len(imperio.AppendFrame(nil, u.Path, "")) - len("; \n")
	_, err := fmt.Fprint(s.out, front, s.look.strong(string(frame[:path])), string(frame[path:]))
	return err
}
