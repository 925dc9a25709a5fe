package bustle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rootspush/roots/examples/bustle/spool"
)

// A rawLine is a line of a spool, without its line feed.
type rawLine struct {
	text       string
	long       bool // it was cut
	begin, end int  // end is where the next begins
}

// cut takes the whole lines off data. Of a line that is too long it takes the
// beginning, as soon as that is sure, and passes the rest over, up to the next line
// feed: passing says that this goes on. It returns how many bytes are done with.
func cut(data []byte, passing bool) (lines []rawLine, done int, stillPassing bool) {
	for {
		rest := data[done:]
		end := bytes.IndexByte(rest, '\n')
		long := !passing && (end >= spool.MaxLine || end < 0 && len(rest) >= spool.MaxLine)
		switch {
		case end < 0 && long:
			return append(lines, rawLine{clip(rest), true, done, len(data)}), len(data), true
		case end < 0 && passing:
			return lines, len(data), true
		case end < 0:
			return lines, done, false
		case long:
			lines = append(lines, rawLine{clip(rest), true, done, done + end + 1})
		case !passing:
			lines = append(lines, rawLine{string(rest[:end]), false, done, done + end + 1})
		}
		done += end + 1
		passing = false
	}
}

// clip keeps what fits into a line, and no part of a letter.
func clip(text []byte) string {
	kept := text[:spool.MaxLine-1]
	for i := 1; i < utf8.UTFMax; i++ {
		if last := kept[len(kept)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				kept = kept[:len(kept)-i]
			}
			break
		}
	}
	return string(kept)
}

// parse returns what a line of a spool says, on behalf of who. A blank line says
// nothing.
func parse(who string, line rawLine) (e event, ok bool) {
	text := strings.TrimSpace(line.text)
	if text == "" {
		return event{}, false
	}
	e = event{Path: spoolPath + who, Kind: shout, Who: who, Text: printable(text)}
	if line.long {
		e.Text += "…"
	}
	var entry struct {
		Kind, Place, Text string
		Anon              bool
	}
	if text[0] != '{' || json.Unmarshal([]byte(text), &entry) != nil {
		return e, true
	}
	e.Text, e.Anon = printable(entry.Text), entry.Anon
	switch entry.Kind {
	case "", shout:
		if strings.TrimSpace(entry.Text) == "" {
			return e.refuse("a shout needs a text"), true
		}
	case noise:
		if _, err := spool.Noise(entry.Place); err != nil {
			return e.refuse(err.Error()), true
		}
		e.Path, e.Kind = placePath+entry.Place, noise
	default:
		return e.refuse(fmt.Sprintf("the kind %.80q is neither %q nor %q", entry.Kind, shout, noise)), true
	}
	return e, true
}

func (e event) refuse(reason string) event {
	e.Kind, e.Text, e.Anon = refused, reason, false
	return e
}
