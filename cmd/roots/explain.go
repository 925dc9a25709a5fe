package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// An explanation says whether an id would get a message of a path, and why. It is
// found by asking the pieces that an update goes through what they would do with
// it, in the order in which it meets them. So it is what delivery does, as long
// as nothing changes in between.
type explanation struct {
	ID     string  `json:"id"`
	Path   string  `json:"path"`
	Gets   bool    `json:"gets"`
	Reason reason  `json:"reason,omitempty"` // why it would not
	Why    string  `json:"why"`              // in a sentence
	By     []heard `json:"by,omitempty"`     // by which connections it would
}

// A heard is a path or a pattern.
type heard struct {
	Path    string `json:"path,omitempty"`
	Pattern string `json:"pattern,omitempty"`
}

// A reason is why an id would not get a message.
type reason string

const (
	guarded       reason = "guarded by filch"
	notRegistered reason = "not registered"
	sessionOver   reason = "session over"
	notConnected  reason = "not connected"
	noMatch       reason = "pattern does not match"
	queueFull     reason = "queue full"
)

// explain asks about a message that is empty.
func (s *server) explain(id, path string) explanation {
	e := explanation{ID: id, Path: path}
	if thestral.IsControl(path) {
		return e.no(guarded, "%q is a control path: no id can hear one, and Filch drops it when a browser sends it", path)
	}
	if _, known := s.dolores.Lookup(id); !known {
		return e.no(notRegistered, "%q is not registered: there never was such an id here, or its session is over", id)
	}
	over := s.wouldTake(id, path)
	if errors.Is(over, firenze.ErrOver) {
		return e.no(sessionOver, "%v", over)
	}
	for _, h := range s.pig.Explain(id, path) {
		e.By = append(e.By, heardOf(h))
	}
	switch {
	case len(e.By) == 0:
		return s.unheard(e)
	case over != nil:
		return e.no(queueFull, "%v", over)
	}
	e.Gets, e.Why = true, fmt.Sprintf("%q would get it, because it hears %s", id, list(e.By))
	return e
}

// wouldTake asks the session, and is content if the id is of something else.
func (s *server) wouldTake(id, path string) error {
	if _, is := s.session(id); !is {
		return nil
	}
	return s.firenze.Explain(id, path, "")
}

// unheard is for an id that hears neither the path nor a pattern that matches it.
func (s *server) unheard(e explanation) explanation {
	r, hears := s.pig.Receiver(e.ID)
	if !hears {
		return e.no(notConnected, "%q is connected to nothing", e.ID)
	}
	var all []heard
	why := notConnected
	for _, h := range r.Heard {
		all = append(all, heardOf(h))
		if h.Pattern {
			why = noMatch
		}
	}
	return e.no(why, "%q hears %s, and that is not %q", e.ID, list(all), e.Path)
}

func (e explanation) no(why reason, format string, args ...any) explanation {
	e.By, e.Reason, e.Why = nil, why, fmt.Sprintf(format, args...)
	return e
}

func heardOf(h pig.Heard) heard {
	if h.Pattern {
		return heard{Pattern: h.Text}
	}
	return heard{Path: h.Text}
}

// list names a few of all.
func list(all []heard) string {
	const most = 5
	var names []string
	for _, h := range all[:min(len(all), most)] {
		if h.Pattern != "" {
			names = append(names, fmt.Sprintf("the pattern %q", h.Pattern))
		} else {
			names = append(names, fmt.Sprintf("the path %q", h.Path))
		}
	}
	if more := len(all) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
