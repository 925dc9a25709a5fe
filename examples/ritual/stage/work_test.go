package stage_test

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/examples/ritual/widget"
)

// TestAfter: what was put off happens in time, unless the widget has gone.
func TestAfter(t *testing.T) {
	withDoll(t, func(t *testing.T, r *rig, d *doll) {
		var done []string
		id := r.enter("petrov", "observe")
		r.status("petrov", id, "0")
		d.in(r, func() {
			d.After(time.Second, func() { done = append(done, "early"); d.Changed() })
			d.After(3*time.Second, func() { done = append(done, "late") })
			d.After(2*time.Second, func() { panic("in between") })
		})
		r.status("petrov", id, "2")
		waits := r.poll("petrov", id, "2")
		pass(time.Second)
		waits.says(t)
		pass(time.Second)
		r.post("/petrov/nextPage", "")
		pass(time.Minute)
		if !slices.Equal(done, []string{"early"}) {
			t.Errorf("done is %v", done)
		}
	})
}

// TestAside: work goes on outside of the turn, and ends with the widget.
func TestAside(t *testing.T) {
	withDoll(t, func(t *testing.T, r *rig, d *doll) {
		var heard []string
		hear := func(err error) { heard = append(heard, err.Error()) }
		d.in(r, func() {
			d.Aside(func(context.Context) error { return errors.New("failed") }, hear)
			d.Aside(func(context.Context) error { panic("broken") }, hear)
		})
		synctest.Wait()
		slices.Sort(heard)
		if !slices.Equal(heard, []string{"failed", "it panicked: broken"}) {
			t.Errorf("heard is %q", heard)
		}
		ended := false
		d.in(r, func() {
			d.Aside(func(ctx context.Context) error {
				<-ctx.Done()
				ended = true
				return nil
			}, func(error) { t.Error("a widget that is gone hears of its work") })
		})
		r.post("/petrov/nextPage", "")
		synctest.Wait()
		if !ended {
			t.Error("the work goes on after the widget")
		}
	})
}

// TestWidgetOfARitualThatIsOver: it ends with its ritual.
func TestWidgetOfARitualThatIsOver(t *testing.T) {
	withDoll(t, func(t *testing.T, r *rig, d *doll) {
		var destroyed atomic.Bool
		d.in(r, func() { d.destroy = func() { destroyed.Store(true) } })
		pass(24 * time.Hour)
		if destroyed.Load() {
			t.Error("it ended too early")
		}
		pass(time.Hour)
		if !destroyed.Load() {
			t.Error("it goes on")
		}
	})
}

// TestWidgetTurnsThePage: a widget may turn the page, but not beyond the last.
func TestWidgetTurnsThePage(t *testing.T) {
	withDoll(t, func(t *testing.T, r *rig, d *doll) {
		destroyed := 0
		d.destroy = func() { destroyed++ }
		d.in(r, func() { must(t, d.NextPage()) })
		id := r.enter("petrov", "observe")
		if got := fieldsOf(t, r.status("petrov", id, "0"))["page"]; got != "3" || destroyed != 1 {
			t.Errorf("page %v, destroyed %d times", got, destroyed)
		}
	})
	bubble(t, stage.Options{Scripts: with(script(), "petrov/4.json", `{"widget": "Puppet"}`)}, func(t *testing.T, r *rig) {
		must(t, r.Begin("petrov", "petrov", 4))
		var d *doll
		puppet = func(r widget.Ritual, _ json.RawMessage) (widget.Widget, error) {
			d = &doll{Ritual: r}
			return d, nil
		}
		r.post("/petrov/prevPage", "")
		r.post("/petrov/nextPage", "")
		d.in(r, func() {
			if err := d.NextPage(); err == nil {
				t.Error("there is a page after the last")
			}
		})
	})
}

// TestPictures: they are numbered, and made smaller.
func TestPictures(t *testing.T) {
	withDoll(t, func(t *testing.T, r *rig, d *doll) {
		d.in(r, func() {
			for n, size := range []image.Point{{40, 30}, {2048, 1000}} {
				number, img, err := d.AddPicture(photo(size.X, size.Y))
				if err != nil || number != n+1 {
					t.Errorf("picture %d, %v", number, err)
				}
				if got := d.Picture(number).Bounds(); got != img.Bounds() || got.Dx() > 640 {
					t.Errorf("the picture is %v and %v", got, img.Bounds())
				}
			}
			if _, _, err := d.AddPicture([]byte("x")); err == nil {
				t.Error("nonsense is a picture")
			}
			for _, n := range []int{0, -1, 3} {
				if got := d.Picture(n).Bounds(); got != image.Rect(0, 0, 64, 64) {
					t.Errorf("picture %d is %v", n, got)
				}
			}
		})
		img, kind, err := image.Decode(r.get("/petrov/img/2.jpg").Body)
		if err != nil || kind != "jpeg" || img.Bounds() != image.Rect(0, 0, 640, 312) {
			t.Errorf("picture 2 is served as %s, %v", kind, err)
		}
		drawn, kind, err := image.Decode(r.get("/petrov/dbg.png").Body)
		if err != nil || kind != "png" || drawn.Bounds() != image.Rect(0, 0, 3, 2) {
			t.Errorf("the debug picture is %s, %v", kind, err)
		}
	})
}
