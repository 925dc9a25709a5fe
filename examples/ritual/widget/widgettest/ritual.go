// Package widgettest has a ritual for the tests of widgets.
//
//	ritual := widgettest.New(fstest.MapFS{"tree.png": …})
//	if err := ritual.Show("CrossWords", `{"image":"tree.png", …}`); err != nil { … }
//	err := ritual.Post(widgettest.Text("name", "zoe", "ANN"))
//	ritual.Status("client-1") // the JSON that the widget adds to that client's status
//
// It does what a real ritual promises, but all in the goroutine of the test:
// time stands still, and what the widget put off with After and Aside runs when
// the test calls Advance. What a widget may ask of a ritual are fields that the
// test sets. The random numbers are the same in each run.
package widgettest

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io/fs"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// A Ritual is what the widget under test believes to be in. The fields may be
// set at any time between calls. It is for one goroutine.
type Ritual struct {
	Number   int               // of the page that is shown; New sets 1
	Last     int               // the last page; New sets 2
	Present  []widget.Client   // what Clients gives
	Speakers []string          // what Participants gives; Rotate rotates it
	Logins   map[string]string // from e-mail address to login
	Secrets  map[string]string
	Changes  int // how often everybody was told that something changed

	script   fs.FS
	now      time.Time
	random   *rand.Rand
	kept     map[string]any
	pictures []image.Image // picture 0 first

	shown    widget.Widget // nil after the turn of its page
	putOff   []task
	lifetime context.Context // of what is shown
	end      context.CancelFunc
}

var _ widget.Ritual = (*Ritual)(nil)

// New gives a ritual with this folder as its script, in which nobody is yet.
func New(script fs.FS) *Ritual {
	return &Ritual{
		Number:   1,
		Last:     2,
		script:   script,
		now:      time.Date(2024, 9, 26, 20, 0, 0, 0, time.UTC),
		random:   rand.New(rand.NewPCG(1, 2)),
		kept:     map[string]any{},
		pictures: []image.Image{image.NewRGBA(image.Rect(0, 0, 64, 64))},
	}
}

// Show turns away the widget that is there, if any, and makes one of this kind
// with the terms of its page, a JSON object. It fails as the ritual would: when
// there is no such kind, or when its Preload or its New does.
func (r *Ritual) Show(kind, terms string) error {
	r.turnAway()
	k, found := widget.Find(kind)
	if !found {
		return fmt.Errorf("no widget is called %q", kind)
	}
	if k.Preload != nil {
		if _, err := k.Preload(r.script, json.RawMessage(terms)); err != nil {
			return fmt.Errorf("preload: %w", err)
		}
	}
	r.lifetime, r.end = context.WithCancel(context.Background())
	shown, err := k.New(r, json.RawMessage(terms))
	if err != nil {
		r.end()
		return err
	}
	r.shown = shown
	return nil
}

// Shown gives the widget, or nil when its page was turned.
func (r *Ritual) Shown() widget.Widget { return r.shown }

// Post hands a post to the widget, and tells of the change if it was taken. It
// panics when there is no widget.
func (r *Ritual) Post(post widget.Post) error {
	if err := r.shown.FromClient(post); err != nil {
		return err
	}
	r.Changed()
	return nil
}

// Status gives the JSON of what the widget tells a client. It panics when there
// is no widget, or when what it tells is no JSON.
func (r *Ritual) Status(client string) string {
	if asker, ok := r.shown.(widget.Asker); ok {
		asker.Asked(client)
	}
	text, err := json.Marshal(r.shown.ToClient(client))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// turnAway ends the widget and all that it put off.
func (r *Ritual) turnAway() {
	if r.shown == nil {
		return
	}
	r.end()
	r.putOff = nil
	if destroyer, ok := r.shown.(widget.Destroyer); ok {
		destroyer.Destroy()
	}
	r.shown = nil
}

// Script implements [widget.Ritual].
func (r *Ritual) Script() fs.FS { return r.script }

// Page implements [widget.Ritual].
func (r *Ritual) Page() int { return r.Number }

// Now implements [widget.Ritual].
func (r *Ritual) Now() time.Time { return r.now }

// Rand implements [widget.Ritual].
func (r *Ritual) Rand() *rand.Rand { return r.random }

// Clients implements [widget.Ritual].
func (r *Ritual) Clients() []widget.Client { return slices.Clone(r.Present) }

// Participants implements [widget.Ritual].
func (r *Ritual) Participants() []string { return slices.Clone(r.Speakers) }

// Login implements [widget.Ritual].
func (r *Ritual) Login(email string) string { return r.Logins[email] }

// Rotate implements [widget.Ritual].
func (r *Ritual) Rotate() {
	if len(r.Speakers) > 1 {
		r.Speakers = append(r.Speakers[1:len(r.Speakers):len(r.Speakers)], r.Speakers[0])
	}
}

// NextPage implements [widget.Ritual].
func (r *Ritual) NextPage() error {
	if r.Number == r.Last {
		return fmt.Errorf("page %d is the last", r.Number)
	}
	r.Number++
	r.turnAway()
	return nil
}

// Keep implements [widget.Ritual].
func (r *Ritual) Keep(name string, value any) { r.kept[name] = value }

// Kept implements [widget.Ritual].
func (r *Ritual) Kept(name string) any { return r.kept[name] }

// Changed implements [widget.Ritual].
func (r *Ritual) Changed() { r.Changes++ }

// Secret implements [widget.Ritual].
func (r *Ritual) Secret(name string) string { return r.Secrets[name] }
