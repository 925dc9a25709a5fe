package thestral

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The control paths. Updates on them speak to the pieces themselves.
const (
	// Connect has the message "id->path": from now on id hears path.
	Connect = "::connect"
	// Disconnect has the message "id->path": id hears path no longer.
	Disconnect = "::disconnect"
	// Match has the message "id->pattern": from now on id hears every path
	// that the pattern matches. "*" stands for one segment, and "**" as the
	// last segment for one or more.
	Match = "::match"
	// Unmatch has the message "id->pattern" and ends what Match began.
	Unmatch = "::unmatch"
	// Register has an id as its message: Dolores took this Thestral in.
	Register = "::register"
	// Gone has an id as its message: Dolores let this Thestral go.
	Gone = "::gone"
	// Disconnected is sent to a Thestral that was disconnected, with the path or
	// pattern that it no longer hears as the message.
	Disconnected = "::+::disconnect"
)

// The limits that hold for every piece, in bytes.
const (
	MaxPath    = 255
	MaxMessage = 64 << 10
)

// IsControl says whether path is a control path. It is the one predicate for
// this: who guards and who obeys must never differ.
func IsControl(path string) bool { return strings.HasPrefix(path, "::") }

// CheckPath says what is wrong with path, or nil if it is a path: 1 to
// [MaxPath] bytes of UTF-8 without control characters. Control paths pass.
func CheckPath(path string) error {
	switch {
	case path == "":
		return errors.New("the path is empty, it must name something, as in \"my/data\"")
	case len(path) > MaxPath:
		return fmt.Errorf("path %s is %d bytes long, at most %d are allowed", clip(path), len(path), MaxPath)
	case !utf8.ValidString(path):
		return fmt.Errorf("path %s is not UTF-8 text", clip(path))
	case strings.ContainsFunc(path, unicode.IsControl):
		return fmt.Errorf("path %s has a control character in it, only printable text is allowed", clip(path))
	}
	return nil
}

// CheckMessage says what is wrong with message, or nil if it is UTF-8 text of
// at most [MaxMessage] bytes.
func CheckMessage(message string) error {
	switch {
	case len(message) > MaxMessage:
		return fmt.Errorf("the message is %d bytes long, at most %d are allowed", len(message), MaxMessage)
	case !utf8.ValidString(message):
		return fmt.Errorf("message %s is not UTF-8 text", clip(message))
	}
	return nil
}

// CheckUpdate says what is wrong with an update from outside, or nil: both
// [CheckPath] and [CheckMessage] must pass.
func CheckUpdate(path, message string) error {
	return cmp.Or(CheckPath(path), CheckMessage(message))
}

// CheckHeard says what is wrong with a path that somebody is to hear by their
// id, or nil: [CheckPath] must pass, and it must be no control path. A back-end
// that hands on the paths of its browsers would let them read everyone's ids.
func CheckHeard(path string) error {
	if err := CheckPath(path); err != nil {
		return err
	}
	if IsControl(path) {
		return fmt.Errorf("control path %s can't be connected to", clip(path))
	}
	return nil
}

// JoinConnection makes the message of [Connect] and its kin.
func JoinConnection(id, path string) string { return id + "->" + path }

// SplitConnection takes the message of [Connect] and its kin apart, at the
// first "->": no id has one, a path may. It returns an error for a message
// without it, for an empty id, and for what [CheckHeard] refuses.
func SplitConnection(message string) (id, path string, err error) {
	id, path, ok := strings.Cut(message, "->")
	if !ok || id == "" {
		return "", "", fmt.Errorf("%s is no connection, which is written \"id->path\"", clip(message))
	}
	if err := CheckHeard(path); err != nil {
		return "", "", err
	}
	return id, path, nil
}

// clip quotes text from outside for an error, and keeps it short.
func clip(text string) string {
	const most = 80
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
