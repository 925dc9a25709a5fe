package widgets

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/examples/ritual/widget"
	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

// withSaved gives a ritual in which n people have a photo and wrote two texts.
func withSaved(n int) *widgettest.Ritual {
	ritual := widgettest.New(nil)
	faces := photos{}
	var words, hopes []string
	for i := range n {
		faces[fmt.Sprint("user", i)] = i + 1
		words = append(words, fmt.Sprint("word", i))
		hopes = append(hopes, fmt.Sprint("hope", i))
	}
	ritual.Keep("faces", faces)
	ritual.Keep("words", words)
	ritual.Keep("hopes", hopes)
	return ritual
}

// TestCircleFlamesShuffles: everything that was saved, once, by chance, and for
// everybody the same.
func TestCircleFlamesShuffles(t *testing.T) {
	ritual := withSaved(50)
	if err := ritual.Show("CircleFlames", `{"victims":["words","hopes"],"flames":"faces","unknown":1}`); err != nil {
		t.Fatal(err)
	}
	var victims, want []string
	for _, text := range told(t, ritual, "c")["victims"].([]any) {
		victims = append(victims, text.(string))
	}
	want = append(keptTexts(ritual, "words"), keptTexts(ritual, "hopes")...)
	if slices.Equal(victims, want) {
		t.Error("the texts are in the order in which they came")
	}
	slices.Sort(victims)
	slices.Sort(want)
	if diff := cmp.Diff(want, victims); diff != "" {
		t.Errorf("victims (-want +got):\n%s", diff)
	}
	var flames []int
	for _, n := range told(t, ritual, "c")["flames"].([]any) {
		flames = append(flames, int(n.(float64)))
	}
	if slices.IsSorted(flames) {
		t.Error("the photos are in the order in which they came")
	}
	slices.Sort(flames)
	for i, n := range flames {
		if n != i+1 || len(flames) != 50 {
			t.Fatalf("flames: %v", flames)
		}
	}
	if ritual.Status("c") != ritual.Status("late") {
		t.Error("who comes late is told something else")
	}
	if diff := cmp.Diff("word0", keptTexts(ritual, "words")[0]); diff != "" {
		t.Errorf("what is kept has been shuffled too:\n%s", diff)
	}
}

// TestCircleFlamesDependsOnChanceAlone: the same chance, the same order.
func TestCircleFlamesDependsOnChanceAlone(t *testing.T) {
	var first string
	for i := range 10 {
		ritual := withSaved(20)
		if err := ritual.Show("CircleFlames", `{"victims":["words"],"flames":"faces"}`); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = ritual.Status("c")
		}
		if got := ritual.Status("c"); got != first {
			t.Fatalf("it tells %s, and told %s", got, first)
		}
	}
}

// TestCircleFlamesWithout: nothing was saved, or something else.
func TestCircleFlamesWithout(t *testing.T) {
	for _, terms := range []string{`{}`, `{"victims":["none","faces"],"flames":"none"}`, `{"victims":["faces"],"flames":"words"}`} {
		ritual := withSaved(3)
		if err := ritual.Show("CircleFlames", terms); err != nil {
			t.Fatal(err)
		}
		if got, want := ritual.Status("c"), `{"flames":[],"victims":[]}`; got != want {
			t.Errorf("for %s it tells %s, not %s", terms, got, want)
		}
	}
}

// TestCircleFlamesTurns: any post turns the page, once, and on the last page none.
func TestCircleFlamesTurns(t *testing.T) {
	ritual := withSaved(3)
	if err := ritual.Show("CircleFlames", `{}`); err != nil {
		t.Fatal(err)
	}
	if err := ritual.Post(widget.Post{}); err != nil || ritual.Number != 2 || ritual.Shown() != nil {
		t.Errorf("page %d is up, with %v: %v", ritual.Number, ritual.Shown(), err)
	}
	if err := ritual.Show("CircleFlames", `{}`); err != nil {
		t.Fatal(err)
	}
	wantError(t, ritual.Post(widget.Post{}), "page 2 is the last")
	if ritual.Number != 2 || ritual.Shown() == nil {
		t.Errorf("page %d is up, with %v", ritual.Number, ritual.Shown())
	}
}

// TestCircleFlamesTurnOnce: all browsers post when all has burnt. On three such
// pages in a row, each post that names its page turns that page, once.
func TestCircleFlamesTurnOnce(t *testing.T) {
	script := fstest.MapFS{
		"s/index.json": {Data: []byte(`{"background":"b.jpg","showParticipants":"none"}`)},
		"s/b.jpg":      {Data: widgettest.JPEG(8, 8, red)},
	}
	for _, page := range []string{"s/1", "s/2", "s/3"} {
		script[page+".svg"] = &fstest.MapFile{Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)}
		script[page+".json"] = &fstest.MapFile{Data: []byte(`{"widget":"CircleFlames"}`)}
	}
	s := stage.New(stage.Options{Scripts: script, Widgets: Files})
	defer s.Close()
	if err := s.Begin("r", "s", 1); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"1", "2"} {
		answers := make(chan int)
		for range 50 {
			go func() {
				answer := httptest.NewRecorder()
				s.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/r/widgetData?page="+page, nil))
				answers <- answer.Code
			}()
		}
		count := map[int]int{}
		for range 50 {
			count[<-answers]++
		}
		if diff := cmp.Diff(map[int]int{http.StatusNoContent: 1, http.StatusConflict: 49}, count); diff != "" {
			t.Errorf("answers on page %s (-want +got):\n%s", page, diff)
		}
	}
}
