package stage

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// A ritual is a group that follows a script. All that happens to it happens in its
// turn, one after the other.
type ritual struct {
	stage   *Stage
	name    string
	path    string // of the updates that say that it changed
	chat    string // of what is said in its chat
	script  *script
	handler http.Handler

	mu sync.Mutex // is the turn, and guards what is below
	news
	wrong        error // in this turn, and nobody's but the operator's
	over         bool
	number       int        // of the page, from 1 on
	place        *place     // of its widget; nil if there is none
	visitors     []*visitor // in the order in which they came
	byID         map[string]*visitor
	participants []string // logins, the speaker first
	kept         map[string]any
	pictures     []picture
	posts        recent
	here         crowd
	lastSeen     time.Time // when there was a visitor
}

func newRitual(s *Stage, name string, from *script, number int) (*ritual, error) {
	r := &ritual{
		stage: s, name: name, path: "ritual/" + name, chat: "chat/" + name, script: from,
		news: news{version: 1, rung: 1, own: 1}, kept: map[string]any{}, byID: map[string]*visitor{}, lastSeen: time.Now(),
	}
	r.handler = r.routes()
	var err error
	r.turn(func() { err = r.show(number) })
	return r, err
}

// safely ends a panic of a widget here.
func (r *ritual) safely(do func()) {
	defer func() {
		if reason := recover(); reason != nil {
			r.wrong = fmt.Errorf("it panicked: %v\n%s", reason, debug.Stack())
		}
	}()
	do()
}

// show turns to a page: the widget of the last goes, and that of this one comes.
func (r *ritual) show(number int) error {
	if number < 1 || number > len(r.script.pages) {
		return refuse(http.StatusBadRequest, "Attempt to access non-existant page %d", number)
	}
	r.strike()
	r.number = number
	r.changeAll()
	r.build()
	return nil
}

// build makes the widget of the page. Without it the page is shown all the same.
func (r *ritual) build() {
	page := r.page()
	kind, found := widget.Find(page.widget)
	if !found {
		return // there is none
	}
	p := newPlace(r, page.widget)
	r.safely(func() {
		made, err := kind.New(p, page.terms)
		if err != nil {
			r.wrong = fmt.Errorf("page %s has no %s: %w", page.name, page.widget, err)
			return
		}
		p.widget = made
	})
	if p.widget == nil {
		p.end()
		return
	}
	r.place = p
}

// strike ends the widget, if there is one.
func (r *ritual) strike() {
	p := r.place
	if p == nil {
		return
	}
	r.place = nil
	if d, is := p.widget.(widget.Destroyer); is {
		r.safely(d.Destroy)
	}
	p.end()
}

// finish ends the ritual. Those who wait are told by what else ends them.
func (r *ritual) finish() {
	var gone []*visitor
	r.turn(func() {
		r.strike()
		gone, r.visitors = r.visitors, nil
		r.over = true
		for _, p := range r.pictures {
			r.stage.pictures.give(len(p))
		}
	})
	for _, v := range gone {
		v.leave()
	}
}

func (r *ritual) page() *page { return r.script.pages[r.number-1] }

// rotate makes the first participant the last.
func (r *ritual) rotate() {
	if n := len(r.participants); n > 1 && r.script.index.Rotate {
		r.participants = append(r.participants[1:n:n], r.participants[0])
		r.changeAll()
	}
}
