package widgettest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/widget"
	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

// A counter counts posts. It notes what the ritual does with it.
type counter struct {
	ritual widget.Ritual
	count  int
	notes  []string
}

func init() {
	widget.Register("Counter", widget.Kind{
		New: func(ritual widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
			c := &counter{ritual: ritual}
			return c, json.Unmarshal(terms, &struct{ Count *int }{&c.count})
		},
		Preload: func(script fs.FS, _ json.RawMessage) (widget.Preload, error) {
			_, err := fs.Stat(script, "needed")
			return widget.Preload{}, err
		},
	})
}

func (c *counter) FromClient(post widget.Post) error {
	if !post.Fields.Has("add") {
		return errors.New("nothing to add")
	}
	c.count++
	return nil
}

func (c *counter) ToClient(client string) map[string]any {
	return map[string]any{"count": c.count, "you": client}
}

func (c *counter) Asked(client string) { c.notes = append(c.notes, "asked by "+client) }

func (c *counter) Destroy() { c.notes = append(c.notes, "destroyed") }

func begin(t *testing.T) (*widgettest.Ritual, *counter) {
	t.Helper()
	ritual := widgettest.New(fstest.MapFS{"needed": {}})
	if err := ritual.Show("Counter", `{"count": 5}`); err != nil {
		t.Fatal(err)
	}
	return ritual, ritual.Shown().(*counter)
}

func Example() {
	ritual := widgettest.New(fstest.MapFS{"needed": {}})
	if err := ritual.Show("Counter", `{"count": 5}`); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ritual.Post(widgettest.Text("add", "1", "ANN")))
	fmt.Println(ritual.Post(widgettest.Text("take", "1", "ANN")))
	fmt.Println(ritual.Status("client-1"), ritual.Changes)
	// Output:
	// <nil>
	// nothing to add
	// {"count":6,"you":"client-1"} 1
}

func TestShowFails(t *testing.T) {
	for _, c := range []struct {
		script            fstest.MapFS
		kind, terms, want string
	}{
		{nil, "Nothing", `{}`, `no widget is called "Nothing"`},
		{nil, "Counter", `{}`, "preload: open needed: file does not exist"},
		{fstest.MapFS{"needed": {}}, "Counter", `{`, "unexpected end of JSON input"},
	} {
		if err := widgettest.New(c.script).Show(c.kind, c.terms); err == nil || err.Error() != c.want {
			t.Errorf("%s: the error is %v, not %s", c.kind, err, c.want)
		}
	}
}

// TestAdvance: what was put off runs when it is due, in order, at its time.
func TestAdvance(t *testing.T) {
	ritual, _ := begin(t)
	start := ritual.Now()
	var ran []string
	note := func(what string) func() {
		return func() { ran = append(ran, fmt.Sprint(what, " at ", ritual.Now().Sub(start))) }
	}
	ritual.After(3*time.Second, note("late"))
	ritual.After(time.Second, func() {
		note("first")()
		ritual.After(time.Second, note("its child"))
	})
	ritual.After(time.Second, note("second"))
	ritual.After(4*time.Second, note("too late"))
	ritual.Advance(0)
	ritual.Advance(3 * time.Second)
	want := []string{"first at 1s", "second at 1s", "its child at 2s", "late at 3s"}
	if diff := cmp.Diff(want, ran); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAside: work runs at the next Advance, and then knows how it ended, unless
// the page was turned meanwhile.
func TestAside(t *testing.T) {
	ritual, _ := begin(t)
	broken := errors.New("broken")
	var got []error
	ritual.Aside(func(context.Context) error { return broken }, func(err error) { got = append(got, err) })
	if got != nil {
		t.Error("it does not wait for Advance")
	}
	ritual.Advance(0)
	ritual.Aside(func(ctx context.Context) error {
		if err := ritual.NextPage(); err != nil {
			return err
		}
		return ctx.Err()
	}, func(err error) { got = append(got, err) })
	ritual.Advance(0)
	if !slices.Equal(got, []error{broken}) {
		t.Errorf("it ended with %v", got)
	}
}

// TestNextPage: the widget is destroyed, once, with what it put off.
func TestNextPage(t *testing.T) {
	ritual, c := begin(t)
	ritual.After(0, func() { t.Error("what was put off runs after the turn of the page") })
	ritual.Status("client-1")
	if err := ritual.NextPage(); err != nil || ritual.Page() != 2 || ritual.Shown() != nil {
		t.Errorf("page %d: %v", ritual.Page(), err)
	}
	ritual.Advance(time.Hour)
	if err := ritual.NextPage(); err == nil {
		t.Error("there is a page after the last")
	}
	if diff := cmp.Diff([]string{"asked by client-1", "destroyed"}, c.notes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPictures: 0 and unknown ones are the default.
func TestPictures(t *testing.T) {
	ritual, _ := begin(t)
	if _, _, err := ritual.AddPicture([]byte("no picture")); err == nil {
		t.Error("it takes anything for a picture")
	}
	n, picture, err := ritual.AddPicture(widgettest.JPEG(30, 20, color.White))
	if err != nil || n != 1 || picture != ritual.Picture(1) {
		t.Errorf("picture %d: %v", n, err)
	}
	for n, width := range map[int]int{-1: 64, 0: 64, 1: 30, 2: 64} {
		if got := ritual.Picture(n).Bounds().Dx(); got != width {
			t.Errorf("picture %d is %d wide, not %d", n, got, width)
		}
	}
}

// TestFields: what a test sets is what a widget is told.
func TestFields(t *testing.T) {
	ritual, _ := begin(t)
	ritual.Speakers = []string{"ANN", "BOB", "EVE"}
	ritual.Logins = map[string]string{"ann@example.org": "ANN"}
	ritual.Secrets = map[string]string{"KEY": "value"}
	ritual.Present = []widget.Client{{ID: "c", Lead: true}}
	before := ritual.Participants()
	ritual.Rotate()
	ritual.Keep("name", 7)
	got := []any{before, ritual.Participants(), ritual.Login("ann@example.org"), ritual.Login("eve@example.org"), ritual.Secret("KEY"), ritual.Clients(), ritual.Kept("name"), ritual.Kept("other")}
	want := []any{[]string{"ANN", "BOB", "EVE"}, []string{"BOB", "EVE", "ANN"}, "ANN", "", "value", []widget.Client{{ID: "c", Lead: true}}, 7, nil}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
