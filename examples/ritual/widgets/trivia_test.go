package widgets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

// TestTriviaTells: texts in the order in which they came.
func TestTriviaTells(t *testing.T) {
	ritual := inRitual(t, nil, "Trivia", `{"saveas":"hopes","boxColors":{"controls":"#00aa00","results":"#0000aa"},"unknown":1}`)
	if got, want := ritual.Status("c"), `{"boxColors":{"controls":"#00aa00","results":"#0000aa"},"data":[]}`; got != want {
		t.Errorf("it tells %s, not %s", got, want)
	}
	post(t, ritual, "txt", " <b>bread</b> &\n peace ")
	before := ritual.Kept("hopes")
	post(t, ritual, "txt", "a")
	var texts []any
	for _, n := range told(t, ritual, "c")["data"].([]any) {
		texts = append(texts, n.(map[string]any)["t"])
	}
	if diff := cmp.Diff([]any{"<b>bread</b> & peace", "a"}, texts); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"<b>bread</b> & peace"}, before); diff != "" {
		t.Errorf("what was kept before has changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"<b>bread</b> & peace", "a"}, ritual.Kept("hopes")); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if ritual.Status("c") != ritual.Status("late") {
		t.Error("who comes late is told something else")
	}
}

// TestTriviaRefuses: what is no text changes nothing.
func TestTriviaRefuses(t *testing.T) {
	ritual := inRitual(t, nil, "Trivia", `{"saveas":"hopes"}`)
	before := ritual.Status("c")
	for text, wrong := range wrongTexts {
		wantError(t, ritual.Post(widgettest.Text("txt", text)), wrong)
	}
	wantError(t, ritual.Post(widgettest.Text("txt", strings.Repeat("ö", 201))), "201 characters long, at most 200")
	if after := ritual.Status("c"); after != before || ritual.Kept("hopes") != nil {
		t.Errorf("it kept %v, and tells %s", ritual.Kept("hopes"), after)
	}
	post(t, ritual, "txt", strings.Repeat("ö", 200))
}

// TestTriviaIsBounded: it takes 2,000 texts, and no more under one name.
func TestTriviaIsBounded(t *testing.T) {
	ritual := inRitual(t, nil, "Trivia", `{}`)
	for range maxEntries {
		post(t, ritual, "txt", "text")
	}
	wantError(t, ritual.Post(widgettest.Text("txt", "text")), "there are 2000 texts already")

	ritual = inRitual(t, nil, "Trivia", `{"saveas":"hopes"}`)
	ritual.Keep("hopes", make([]string, maxEntries-1))
	post(t, ritual, "txt", "text")
	wantError(t, ritual.Post(widgettest.Text("txt", "text")), "there are 2000 texts already")
}

// TestNoteWidth: a tenth more than the text needs in one line.
func TestNoteWidth(t *testing.T) {
	n := newNote(strings.Repeat("0", 20), rand.New(rand.NewPCG(0, 0))) // half an em each
	if n.Width != "11.0em" {
		t.Errorf("a text of 10 em gets %s", n.Width)
	}
}

// TestNotes: where notes may be, how they may look, and that all of it happens.
func TestNotes(t *testing.T) {
	random := rand.New(rand.NewPCG(0, 0))
	lines := map[int]bool{}
	text := strings.Repeat("0", 90) // 45 em, so 2 or 3 lines
	for range 1000 {
		n := newNote(text, random)
		var em float64
		var colour [3]int
		width, found := strings.CutSuffix(n.Width, "em")
		if _, err := fmt.Sscanf(width+n.Colour, "%f#%02x%02x%02x", &em, &colour[0], &colour[1], &colour[2]); err != nil || !found {
			t.Fatal(n, err)
		}
		lines[int(math.Round(45*1.1/em))] = true
		if n.X < 0 || n.X > 1 || n.Y < 0 || n.Y > 0.8 {
			t.Errorf("a note is at %v, %v", n.X, n.Y)
		}
		if high, low := max(colour[0], colour[1], colour[2]), min(colour[0], colour[1], colour[2]); high != 128 || low != 0 {
			t.Errorf("a note has the colour %s", n.Colour)
		}
	}
	if diff := cmp.Diff(map[int]bool{2: true, 3: true}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestDarkColour(t *testing.T) {
	for hue, want := range map[float64]string{
		0: "#800000", 1.0 / 12: "#804000", 1.0 / 6: "#808000", 1.0 / 3: "#008000", 0.5: "#008080", 2.0 / 3: "#000080", 5.0 / 6: "#800080",
	} {
		if got := darkColour(hue); got != want {
			t.Errorf("hue %v is %s, not %s", hue, got, want)
		}
	}
}

func TestWidthOf(t *testing.T) {
	for text, want := range map[string]float64{
		"": 0, "a": 0.444, "To be": 0.611 + 0.5 + 0.25 + 0.5 + 0.444, "日本": 2, "W|": 1.144,
	} {
		if got := widthOf(text); math.Abs(got-want) > 1e-9 {
			t.Errorf("%q is %v em wide, not %v", text, got, want)
		}
	}
}

// TestWidthsAreWhole: each character of ASCII has one width.
func TestWidthsAreWhole(t *testing.T) {
	var all strings.Builder
	for _, letters := range widths {
		all.WriteString(letters)
	}
	for letter := ' '; letter <= '~'; letter++ {
		if n := strings.Count(all.String(), string(letter)); n != 1 {
			t.Errorf("%q has %d widths", letter, n)
		}
	}
}

// FuzzTrivia: whatever is posted is refused, or shown as the text that it is.
func FuzzTrivia(f *testing.F) {
	for _, text := range []string{"hello", "", " ", "a\x00", "\xff", "a\u2028b\u0085c", strings.Repeat("x", 201), "🕯️"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ritual := inRitual(t, nil, "Trivia", `{}`)
		err := ritual.Post(widgettest.Text("txt", text))
		shown := told(t, ritual, "c")["data"].([]any)
		if (len(shown) == 1) != (err == nil) {
			t.Fatalf("%d texts are shown, and the error is %v", len(shown), err)
		}
		if err != nil {
			return
		}
		got := shown[0].(map[string]any)["t"].(string)
		if got != strings.Join(strings.Fields(text), " ") || got == "" || utf8.RuneCountInString(got) > maxTrivia || !utf8.ValidString(text) {
			t.Errorf("%q is shown as %q", text, got)
		}
	})
}
