package widgets

import (
	"encoding/json"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/widget"
	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

// told is what a client is told, decoded.
func told(t *testing.T, ritual *widgettest.Ritual, client string) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(ritual.Status(client)), &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

// show makes a widget in a ritual in which these clients are.
func show(t *testing.T, kind, terms string, clients ...string) *widgettest.Ritual {
	t.Helper()
	ritual := widgettest.New(fstest.MapFS{"song.mp3": {}})
	for _, id := range clients {
		ritual.Present = append(ritual.Present, widget.Client{ID: id, Welcomed: true})
	}
	if err := ritual.Show(kind, terms); err != nil {
		t.Fatal(err)
	}
	return ritual
}

// TestShown: the widgets that only show something tell what their page says, take
// any post, and go on as before.
func TestShown(t *testing.T) {
	for _, test := range []struct {
		kind, terms, want string
	}{
		{"Video", `{"videoUrl":"https://example.org/v.webm","boxColor":"#aa5500","captions":"v.vtt","more":1}`, `{"boxColor":"#aa5500","startedAgo":90.5,"videoUrl":"https://example.org/v.webm"}`},
		{"Livestream", `{"playbackUrl":"https://example.org/live","boxColor":"#aa5500"}`, `{"boxColor":"#aa5500","playbackUrl":"https://example.org/live"}`},
		{"Livestream", `{"name":"of old","boxColor":"#aa5500"}`, `{"boxColor":"#aa5500","playbackUrl":""}`},
		{"AvatarTester", `{"boxColor":"#aa5500"}`, `{"boxColor":"#aa5500"}`},
		{"WelcomeWatch", `{"boxColor":"#aa5500"}`, `{"boxColor":"#aa5500","n":0}`},
	} {
		ritual := show(t, test.kind, test.terms, "c")
		if err := ritual.Post(widgettest.Text("x", "1", "ANN")); err != nil {
			t.Errorf("%s refuses a post: %v", test.kind, err)
		}
		ritual.Advance(90*time.Second + 500*time.Millisecond)
		for _, client := range []string{"c", "late"} {
			if got := ritual.Status(client); got != test.want {
				t.Errorf("%s tells %s, not %s", test.kind, got, test.want)
			}
		}
	}
}

// TestWelcomeWatchCounts: those who are to be welcomed, as they come and go.
func TestWelcomeWatchCounts(t *testing.T) {
	ritual := show(t, "WelcomeWatch", `{"boxColor":"#aa5500"}`, "ann", "bob", "eve")
	for _, waiting := range []int{0, 2, 1, 0} {
		for i := range ritual.Present {
			ritual.Present[i].Welcomed = i >= waiting
		}
		if n := told(t, ritual, "ann")["n"]; n != float64(waiting) {
			t.Errorf("%d wait, and it tells %v", waiting, n)
		}
	}
}

// TestPreloads: what browsers load before the page.
func TestPreloads(t *testing.T) {
	for _, test := range []struct {
		kind, terms string
		want        widget.Preload
	}{
		{"Video", `{"videoUrl":"v.webm","captions":"v.vtt"}`, widget.Preload{VideoURL: "v.webm", Captions: "v.vtt"}},
		{"BucketSinging", `{"videoUrl":"v.webm","captions":"v.vtt"}`, widget.Preload{VideoURL: "v.webm", Captions: "v.vtt"}},
		{"BucketSinging", `{"lyrics":["la"]}`, widget.Preload{}},
		{"Livestream", `{"playbackUrl":"https://example.org/live"}`, widget.Preload{}},
	} {
		kind, _ := widget.Find(test.kind)
		got, err := kind.Preload(fstest.MapFS{}, json.RawMessage(test.terms))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.kind, test.terms, diff)
		}
	}
}

// TestWrongTerms: what is wrong with a page is found before anybody comes.
func TestWrongTerms(t *testing.T) {
	for kind, pages := range map[string][]string{
		"Video":         {`{}`, `{"videoUrl":""}`, `{"videoUrl":1}`, `[]`},
		"Livestream":    {`{"playbackUrl":1}`, `{"boxColor":{}}`, `[]`},
		"WelcomeWatch":  {`{"boxColor":1}`, `[]`},
		"AvatarTester":  {`{"boxColor":1}`, `[]`},
		"BucketSinging": {`{"lyrics":"la"}`, `{"lyricTimings":["1"]}`, `{"boxColors":"#aa5500"}`, `{"roundVideo":"yes"}`, `[]`},
	} {
		for _, terms := range pages {
			made, _ := widget.Find(kind)
			if _, err := made.Preload(fstest.MapFS{}, json.RawMessage(terms)); err == nil {
				t.Errorf("%s takes %s", kind, terms)
			}
		}
	}
}
