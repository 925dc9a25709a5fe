// Package widget is what a widget and a ritual know of each other.
//
// A widget is one action within a script, such as a histogram that everybody
// adds to, and the technology for it. Each is one Go file and one JavaScript
// file in the folder widgets, and a page of documentation beside them. A page of
// a script asks for one by its name; the ritual makes it when the page is turned
// to, hands it what clients post, and merges what it tells into every status.
//
// A ritual does one thing at a time. All that is called of a widget, and all
// functions that a widget hands to the ritual, run in the ritual's turn, so that
// a widget needs no lock. Nothing called in a turn may wait; what has to wait
// goes through Ritual.Aside.
//
// What a widget tells is descriptive and idempotent: whoever joins late sees what
// the others see.
package widget

import (
	"context"
	"image"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"time"
)

// A Widget is in one place of one ritual, from the turn to its page to the next
// turn.
type Widget interface {
	// FromClient takes what a client posted. An error is answered with 400 and
	// its text, and changes nothing.
	FromClient(Post) error
	// ToClient gives the fields of the status of a client; they are encoded as
	// JSON at once. It may not change anything.
	ToClient(client string) map[string]any
}

// A Subpager has pages within its page: a client that has the current one waits,
// also when a post changed something. Without it each client waits until something
// changed since its last status.
type Subpager interface {
	SubpageSame(subpage, client string) bool
}

// A Crier tells every client the same, so that it is asked and encoded once for
// all of them after each change: ToClient is called with an empty client.
type Crier interface {
	Alike()
}

// An Asker wants to know that a client asked for a status, before it is told one.
type Asker interface {
	Asked(client string)
}

// A Destroyer has something to end when its page is turned.
type Destroyer interface {
	Destroy()
}

// A Drawer has a picture for those who look for a fault, at /NAME/dbg.png.
type Drawer interface {
	Draw() image.Image
}

// A Post is what a client sent to a widget: a form's fields and files, and who
// sent it: the logins of its browser, or one name for its address.
type Post struct {
	Fields url.Values
	Files  map[string][]byte
	Users  []string
}

// A Client is a browser page that asked for a status in the last 30 seconds.
type Client struct {
	ID       string
	Lead     bool
	Welcomed bool
	Users    []string // the logins of its browser
}

// A Ritual is what a widget may use of the ritual that it is in. It is used in
// the ritual's turn only.
type Ritual interface {
	Script() fs.FS     // the script's folder
	Page() int         // the page that is shown
	Now() time.Time    // moves in fake time in tests
	Rand() *rand.Rand  // seeded in tests
	Clients() []Client // those of the last 30 seconds, in the order they came
	// Participants are the logins of the ritual, the current speaker first.
	Participants() []string
	// Login gives the login of an e-mail address, or "".
	Login(email string) string
	// Rotate makes the first participant the last, if the script rotates.
	Rotate()
	// NextPage turns the page and destroys the widget; an error when there is none.
	NextPage() error

	// Keep leaves a value for later widgets under a name (saveas); Kept gives it,
	// or nil.
	Keep(name string, value any)
	Kept(name string) any
	// AddPicture keeps a picture that someone uploaded and gives its number, from
	// 1; it is served at /NAME/img/N.jpg. An error says what is wrong with it.
	AddPicture(jpeg []byte) (n int, picture image.Image, err error)
	// Picture gives picture n; 0 and unknown numbers are the default one.
	Picture(n int) image.Image

	// Changed says that what the widget tells is another thing now: all waiting
	// clients are told. After FromClient it is called by the ritual.
	Changed()
	// After runs do in a turn, later, unless the widget was destroyed by then.
	After(wait time.Duration, do func())
	// Aside runs work outside of the turn; then runs in a turn with its error,
	// unless the widget was destroyed, which ends the context.
	Aside(work func(context.Context) error, then func(error))
	// Secret gives a value of the secrets file, or "".
	Secret(name string) string
}
