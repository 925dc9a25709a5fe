// Package client is what a browser shows of a ritual: its pages, and the
// modules and styles that these load.
//
// A page is a template of html/template, so whatever a person typed is text and
// never markup. The modules are plain ES modules without a build step and
// without anything from elsewhere. A browser keeps to [Policy], under which only
// scripts of this server run: those inside a slide's SVG don't.
//
// One module holds one idea. Those that touch neither the page nor the network
// are pure and are tested under node; the others are tested in Chromium.
//
//	stage.js     the page of a ritual: it begins everything else
//	poll.js      the heart: asks for statuses, turns pages, keeps the widget
//	lib.js       what widgets import
//	modules.js   loads widgets
//	slide.js     the slide and what is over its boxes; svg.js, boxes.js
//	backdrop.js  the picture behind
//	avatars.js   the participants, as a queue or an auditorium; layout.js
//	welcome.js   the page of those who come; name.js
//	chat.js      the chat
//	controls.js  the buttons and keys, of leaders above all
//	sound.js     muting, preloaded videos, playing in step
//	picker.js    asks for a photo; camera.js, photo.js
//	login.js     the photo of the login form; crop.js
//	net.js       requests that are repeated until they arrive; backoff.js
//	notice.js    what people are told; settings.js is what is remembered for them
//	page.js      what the server wrote into the page; element.js, browser.js
//
// Nothing here decides who may do what: a page without a leader's buttons can
// post all the same, and the server judges that.
package client

import (
	"embed"
	"html/template"
	"io"
	"net/url"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// Files are the modules and styles, each to be served at the root under its own
// name, such as /lib.js.
//
//go:embed *.js *.css
var Files embed.FS

//go:embed page
var pages embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"segment": url.PathEscape}).ParseFS(pages, "page/*.html"))

// A RitualLink is a ritual that can be joined, and the script that it follows.
type RitualLink struct{ Name, Script string }

// A ControlPage lists the rituals and can begin another. After a refusal,
// Problem says why, and Name, Script and Page are what was typed.
type ControlPage struct {
	Rituals []RitualLink
	Scripts []string
	Problem string

	Name, Script, Page string
}

// Control writes the control page. The error is that of w, as in all functions
// of this package that write.
func Control(w io.Writer, page ControlPage) error {
	return templates.ExecuteTemplate(w, "control.html", page)
}

// NotReady writes a page that says that the ritual has not begun, and looks
// again every 5 seconds.
func NotReady(w io.Writer, ritual string) error {
	return templates.ExecuteTemplate(w, "notready.html", ritual)
}

// A LoginPage asks who comes to a ritual, or, without one, who else uses this
// browser. After a refusal, Problem says why, and Email and Name are what was
// typed.
type LoginPage struct {
	Ritual  string
	Problem string

	Email, Name string
}

// Login writes the login page. Its form is posted to the address that the page
// has.
func Login(w io.Writer, page LoginPage) error {
	return templates.ExecuteTemplate(w, "login.html", page)
}

// A Person is somebody who uses this browser. RID is what their photo and the
// cookie are named by.
type Person struct{ RID, Name, Email string }

// A ManagePage lists who uses this browser. Last is the ritual they were in, or
// "".
type ManagePage struct {
	Logins []Person
	Last   string
}

// Manage writes the page where logins are added and removed.
func Manage(w io.Writer, page ManagePage) error {
	return templates.ExecuteTemplate(w, "manage.html", page)
}

// A StagePage is the ritual itself, as one browser page is to show it.
type StagePage struct {
	Ritual string
	Client string // the id of this page
	Role   string // "partake", "lead" or "observe"
	Token  string // what a leader's posts are to carry, or ""

	Participants string  // "avatars", "video" or "none", as in the script
	Rotate       bool    // a queue whose first is the speaker, else an auditorium
	BkgAll       bool    // the background is behind everything
	Ratio        float64 // of the slide's width to its height
	Reserve      string  // the height kept for participants, a CSS length

	Names   []string // of the logins of this browser
	Preload []widget.Preload
}

// Stage writes the page of a ritual.
func Stage(w io.Writer, page StagePage) error {
	return templates.ExecuteTemplate(w, "stage.html", page)
}
