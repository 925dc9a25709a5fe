package widgets

import (
	"image/color"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

// TestCrossWordsTells: rows of cells, and what is kept for later pages: all words,
// with or without a place.
func TestCrossWordsTells(t *testing.T) {
	files := fstest.MapFS{"big.png": file(t, painted(30, 10, func(int, int) color.Color { return color.Black }))}
	ritual := inRitual(t, files, "CrossWords", `{"image":"big.png","size":9,"saveas":"words","boxColors":{"content":"#0000aa"},"unknown":1}`)
	post(t, ritual, "name", "  ö ")
	before := ritual.Kept("words")
	post(t, ritual, "name", "much too\nlong")
	cells := told(t, ritual, "c")["data"].([]any)
	if len(cells) != 3 || len(cells[0].([]any)) != 9 {
		t.Fatalf("it tells %v", cells)
	}
	for row := range 3 {
		for column := range 9 {
			cell := cells[row].([]any)[column].(map[string]any)
			if want := map[bool]string{true: "ö", false: " "}[row == 1 && column == 1]; cell["t"] != want || want == " " && cell["c"] != "#000000" {
				t.Errorf("cell %d, %d is %v", row, column, cell)
			}
		}
	}
	if diff := cmp.Diff([]string{"ö"}, before); diff != "" {
		t.Errorf("what was kept before has changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ö", "much too long"}, ritual.Kept("words")); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if ritual.Status("c") != ritual.Status("late") {
		t.Error("who comes late is told something else")
	}
}

// wrongTexts are refused wherever a text is asked for.
var wrongTexts = map[string]string{
	"":       "the text is blank",
	" \n\t ": "the text is blank",
	"a\x00b": "control characters",
	"a\x1b":  "control characters",
	"a\xff":  "no text",
}

// TestCrossWordsRefuses: what is no word changes nothing.
func TestCrossWordsRefuses(t *testing.T) {
	files := fstest.MapFS{"big.png": file(t, plain(white))}
	ritual := inRitual(t, files, "CrossWords", `{"image":"big.png","size":60,"saveas":"words"}`)
	before := ritual.Status("c")
	for text, wrong := range wrongTexts {
		wantError(t, ritual.Post(widgettest.Text("name", text)), wrong)
	}
	wantError(t, ritual.Post(widgettest.Text("name", strings.Repeat("ö", 41))), "41 characters long, at most 40")
	wantError(t, ritual.Post(widgettest.Text("other", "word")), "blank")
	if after := ritual.Status("c"); after != before || ritual.Kept("words") != nil {
		t.Errorf("it kept %v, and tells %s", ritual.Kept("words"), after)
	}
	post(t, ritual, "name", strings.Repeat("ö", 40))

	ritual.Keep("words", make([]string, maxEntries-1))
	post(t, ritual, "name", "last")
	wantError(t, ritual.Post(widgettest.Text("name", "more")), "there are 2000 words already")
}

// TestCrossWordsIsBounded: also where nothing is kept.
func TestCrossWordsIsBounded(t *testing.T) {
	files := fstest.MapFS{"big.png": file(t, plain(white))}
	ritual := inRitual(t, files, "CrossWords", `{"image":"big.png","size":3}`)
	for range maxEntries {
		post(t, ritual, "name", "aa")
	}
	wantError(t, ritual.Post(widgettest.Text("name", "aa")), "there are 2000 words already")
}
