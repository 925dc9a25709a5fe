package stage_test

import (
	"encoding/json"
	"errors"
	"image"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/examples/ritual/widget"
)

// A doll is a widget that does what a test says.
type doll struct {
	widget.Ritual
	take    func(widget.Post) error
	tell    func(client string) map[string]any
	asked   []string
	destroy func()
}

func (d *doll) FromClient(p widget.Post) error {
	if d.take == nil {
		return nil
	}
	return d.take(p)
}

func (d *doll) ToClient(client string) map[string]any {
	if d.tell == nil {
		return nil
	}
	return d.tell(client)
}

func (d *doll) Asked(client string) { d.asked = append(d.asked, client) }

func (d *doll) Destroy() {
	if d.destroy != nil {
		d.destroy()
	}
}

func (d *doll) Draw() image.Image { return image.NewRGBA(image.Rect(0, 0, 3, 2)) }

// withDoll runs a test with a ritual whose second page has a doll.
func withDoll(t *testing.T, test func(t *testing.T, r *rig, d *doll)) {
	t.Helper()
	d := &doll{}
	puppet = func(r widget.Ritual, _ json.RawMessage) (widget.Widget, error) {
		d.Ritual = r
		return d, nil
	}
	bubble(t, stage.Options{Scripts: with(script(), "petrov/2.json", `{"widget": "Puppet"}`), Secrets: map[string]string{"KEY": "value"}}, func(t *testing.T, r *rig) {
		must(t, r.Begin("petrov", "petrov", 2))
		test(t, r, d)
	})
}

// in runs do in the ritual's turn.
func (d *doll) in(r *rig, do func()) {
	d.take = func(widget.Post) error {
		do()
		return nil
	}
	r.t.Helper()
	want(r.t, r.post("/petrov/widgetData", ""), http.StatusNoContent, "")
}

// TestPlace: what a widget has of its ritual.
func TestPlace(t *testing.T) {
	withDoll(t, func(t *testing.T, r *rig, d *doll) {
		both := r.logIn("bob@example.org", "Bob", r.logIn("ann@example.org", "Ann"))
		lead := r.enter("petrov", "lead", both)
		r.enter("petrov", "partake", r.logIn("eve@example.org", "Eve")) // asks for no status
		fake := r.enter("petrov", "partake?fake", r.logIn("ann@example.org", "Ann"))
		watcher := r.enter("petrov", "observe")
		for _, id := range []string{lead, watcher} {
			r.status("petrov", id, "0")
		}
		eve := ridOf(r, "eve@example.org")
		d.in(r, func() {
			clients := []widget.Client{
				{ID: lead, Lead: true, Welcomed: true, Users: []string{annID, bobID}},
				{ID: fake, Welcomed: true, Users: []string{annID}},
			}
			if diff := cmp.Diff(clients, d.Clients()); diff != "" {
				t.Errorf("clients (-want +got):\n%s", diff)
			}
			if got := d.Participants(); !slices.Equal(got, []string{annID, bobID, eve}) {
				t.Errorf("participants %v", got)
			}
			d.Rotate()
			if got := d.Participants(); !slices.Equal(got, []string{bobID, eve, annID}) {
				t.Errorf("after rotation %v", got)
			}
			if d.Page() != 2 || d.Login("ANN@example.org") != annID || d.Login("x") != "" || d.Secret("KEY") != "value" || d.Secret("other") != "" {
				t.Errorf("page %d, %q, %q, %q", d.Page(), d.Login("ann@example.org"), d.Login("x"), d.Secret("KEY"))
			}
			if d.Kept("a") != nil {
				t.Error("something was kept")
			}
			d.Keep("a", 7)
		})
		if diff := cmp.Diff([]string{lead}, d.asked); diff != "" {
			t.Errorf("who asked (-want +got):\n%s", diff)
		}
		pass(31 * time.Second)
		d.in(r, func() {
			if got := d.Clients(); len(got) != 1 || got[0].ID != fake {
				t.Errorf("after half a minute there are %v", got)
			}
		})
		r.post("/petrov/nextPage", "")
		r.post("/petrov/prevPage", "")
		d.in(r, func() {
			if d.Kept("a") != 7 {
				t.Errorf("%v was kept", d.Kept("a"))
			}
		})
	})
}

// TestPosts: what a widget gets of a post.
func TestPosts(t *testing.T) {
	withDoll(t, func(t *testing.T, r *rig, d *doll) {
		var got widget.Post
		d.take = func(p widget.Post) error {
			got = p
			return nil
		}
		cookie := r.logIn("ann@example.org", "Ann")
		r.upload("/petrov/widgetData?page=2&other=1", "x=1", "img", []byte("data"), cookie)
		wanted := widget.Post{Fields: map[string][]string{"x": {"1"}}, Files: map[string][]byte{"img": []byte("data")}, Users: []string{annID}}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("an upload (-want +got):\n%s", diff)
		}
		r.post("/petrov/widgetData", "x=2", header("Cookie", "ritLogin=NOBODY"))
		wanted = widget.Post{Fields: map[string][]string{"x": {"2"}}, Files: map[string][]byte{}, Users: []string{"anon192.0.2.1"}}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("a form (-want +got):\n%s", diff)
		}
		r.post("/petrov/widgetData", "x=3", header("Content-Type", "text/plain"))
		if len(got.Fields) != 0 {
			t.Errorf("a text has fields: %v", got)
		}
	})
}

// TestPostsOnce: a post that comes again, as its answer was lost, counts once; one
// that was refused may come again.
func TestPostsOnce(t *testing.T) {
	withDoll(t, func(t *testing.T, r *rig, d *doll) {
		times, refuse := 0, true
		d.take = func(widget.Post) error {
			if times++; refuse {
				return errors.New("not yet")
			}
			return nil
		}
		want(t, r.post("/petrov/widgetData?post=a", ""), 400, "not yet")
		refuse = false
		for range 3 {
			want(t, r.post("/petrov/widgetData?post=a", ""), 204, "")
		}
		want(t, r.post("/petrov/widgetData?post=b", ""), 204, "")
		if times != 3 {
			t.Errorf("it was told %d times", times)
		}
	})
}

// TestPanics: a widget that panics spoils its own turn.
func TestPanics(t *testing.T) {
	withDoll(t, func(t *testing.T, r *rig, d *doll) {
		id := r.enter("petrov", "observe")
		d.take = func(widget.Post) error { panic("taking") }
		want(t, r.post("/petrov/widgetData", ""), 400, "the widget can't take this")
		d.tell = func(string) map[string]any { panic("telling") }
		if got := fieldsOf(t, r.status("petrov", id, "0")); got["page"] != "2" || got["widget"] != "Puppet" {
			t.Errorf("it is told %v", got)
		}
		d.tell = func(string) map[string]any { return map[string]any{"f": func() {}} }
		if got := fieldsOf(t, r.status("petrov", id, "0")); got["page"] != "2" || got["widget"] != "Puppet" {
			t.Errorf("what can't be encoded is told as %v", got)
		}
		d.destroy = func() { panic("destroying") }
		want(t, r.post("/petrov/nextPage", ""), 204, "")
		if got := fieldsOf(t, r.status("petrov", id, "2")); got["page"] != "3" {
			t.Errorf("it is told %v", got)
		}
		for _, fails := range []func() (widget.Widget, error){
			func() (widget.Widget, error) { panic("making") },
			func() (widget.Widget, error) { return nil, errors.New("can't be made") },
		} {
			puppet = func(widget.Ritual, json.RawMessage) (widget.Widget, error) { return fails() }
			r.post("/petrov/prevPage", "")
			got := fieldsOf(t, r.status("petrov", id, "0"))
			if got["page"] != "2" || got["widget"] != nil {
				t.Errorf("it is told %v", got)
			}
			r.post("/petrov/nextPage", "")
		}
	})
}
