package bustle

import (
	"encoding/json"
	"regexp"
	"strings"
)

// The paths begin with these; what follows is the name of a person or a place.
const (
	homePath  = "home/"
	htmlPath  = "public_html/"
	spoolPath = "spool/"
	placePath = "place/"
)

// Path is where each line of the log is an update, once it is written.
const Path = "bustle"

// The kinds of events.
const (
	created = "created" // a file
	changed = "changed" // a file, or what a folder has in it
	noise   = "noise"   // of a place
	shout   = "shout"
	refused = "refused" // a line that says nothing; the text is the reason
)

// An event is what was seen or said. As JSON it is the message of its path, and so
// what the audit log says: it has all there is to know.
type event struct {
	Path string `json:"-"`
	Kind string `json:"kind"`
	Who  string `json:"who"`
	File string `json:"file"`         // in which it was seen, or by which it was said
	At   int64  `json:"at,omitempty"` // where in a spool the line begins
	Text string `json:"text,omitempty"`
	Anon bool   `json:"anon,omitempty"`
}

func (e event) message() string {
	message, _ := json.Marshal(e) // strings, a number and a bool can always be encoded
	return string(message)
}

// readEvent makes an event of an update again.
func readEvent(path, message string) event {
	e := event{Path: path}
	_ = json.Unmarshal([]byte(message), &e) // it comes from message
	return e
}

// name returns who or what an event is about.
func (e event) name() string {
	_, name, _ := strings.Cut(e.Path, "/")
	return name
}

// A personName is what the name of a home must be. Others are not those of people,
// as lost+found, and none has a character in it that means something to a path.
var personName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$`)
