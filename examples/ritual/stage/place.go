package stage

import (
	"context"
	"fmt"
	"image"
	"io/fs"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// A place is where a widget is, from the turn of its page to the next. It is all
// that the widget has of its ritual, and is used in the ritual's turn.
type place struct {
	ritual *ritual
	name   string // of the kind of widget
	widget widget.Widget
	life   context.Context // ends with the widget
	end    context.CancelFunc

	told   []byte // what the widget tells all clients alike
	toldAt uint64 // the version of that
}

var _ widget.Ritual = (*place)(nil)

func newPlace(r *ritual, name string) *place {
	p := &place{ritual: r, name: name}
	p.life, p.end = context.WithCancel(r.stage.life)
	return p
}

func (p *place) Script() fs.FS    { return p.ritual.script.files }
func (p *place) Page() int        { return p.ritual.number }
func (p *place) Now() time.Time   { return time.Now() }
func (p *place) Rand() *rand.Rand { return rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) }

func (p *place) Clients() (all []widget.Client) {
	for _, v := range p.ritual.present() {
		all = append(all, widget.Client{ID: v.id, Lead: v.role == lead, Welcomed: v.welcomed, Users: v.users})
	}
	return all
}

func (p *place) Participants() []string    { return slices.Clone(p.ritual.participants) }
func (p *place) Login(email string) string { return p.ritual.stage.logins.withEmail(email).rid }
func (p *place) Rotate()                   { p.ritual.rotate() }
func (p *place) NextPage() error           { return p.ritual.show(p.ritual.number + 1) }

func (p *place) Keep(name string, value any) { p.ritual.kept[name] = value }
func (p *place) Kept(name string) any        { return p.ritual.kept[name] }

func (p *place) AddPicture(data []byte) (int, image.Image, error) { return p.ritual.addPicture(data) }
func (p *place) Picture(n int) image.Image                        { return p.ritual.picture(n).decode() }

func (p *place) Changed()                  { p.ritual.changeWidget() }
func (p *place) Secret(name string) string { return p.ritual.stage.secret(name) }

func (p *place) After(wait time.Duration, do func()) { p.ritual.after(p.life, wait, do) }

func (p *place) Aside(work func(context.Context) error, then func(error)) {
	p.ritual.stage.running.Go(func() {
		err := attempt(p.life, work)
		p.ritual.turn(func() {
			if p.life.Err() == nil {
				then(err)
			}
		})
	})
}

// attempt calls work, whose panic is an error.
func attempt(ctx context.Context, work func(context.Context) error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("it panicked: %v", reason)
		}
	}()
	return work(ctx)
}
