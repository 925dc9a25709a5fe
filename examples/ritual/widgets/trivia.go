package widgets

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/rootspush/roots/examples/ritual/widget"
)

func init() {
	widget.Register("Trivia", widget.Kind{New: newTrivia, Preload: check[trivia]})
}

// maxTrivia is the length of the longest text that is taken, in characters.
const maxTrivia = 200

// A trivia shows texts of people, all over a part of the slide.
type trivia struct {
	BoxColors map[string]string // controls, results; handed on
	SaveAs    string            // keeps the texts
	ritual    widget.Ritual
	notes     []note
}

// A note is what browsers are told of a text.
type note struct {
	Text   string  `json:"t"`
	Width  string  `json:"w"` // as CSS has it
	X      float64 `json:"x"` // as a part of the room that is left
	Y      float64 `json:"y"`
	Colour string  `json:"color"`
}

func newTrivia(ritual widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
	t := &trivia{ritual: ritual, notes: []note{}}
	return t, json.Unmarshal(terms, t)
}

// FromClient takes a text, the field "txt".
func (t *trivia) FromClient(post widget.Post) error {
	text, err := readText(post, "txt", maxTrivia)
	if err != nil {
		return err
	}
	if err := checkRoom(max(len(t.notes), len(keptTexts(t.ritual, t.SaveAs))), "texts"); err != nil {
		return err
	}
	t.notes = append(t.notes, newNote(text, t.ritual.Rand()))
	keepText(t.ritual, t.SaveAs, text)
	return nil
}

// newNote gives a text a place, a colour and a width: with about 20 em in a line,
// and sometimes a line more.
func newNote(text string, random *rand.Rand) note {
	width := widthOf(text)
	lines := max(1, int(width/20)+random.IntN(2))
	return note{
		Text:   text,
		Width:  fmt.Sprintf("%.1fem", width/float64(lines)*1.1),
		X:      rounded(random.Float64()),
		Y:      rounded(0.8 * random.Float64()),
		Colour: darkColour(random.Float64()),
	}
}

// darkColour gives the pure colour of this hue (0 to 1, red to red) in half its
// brightness, so that it can be read on white.
func darkColour(hue float64) string {
	const value = 128
	channel := func(shift float64) int { // a sixth of the circle up, two of it on top, a sixth down
		_, part := math.Modf(hue + shift)
		return int(math.Round(value * min(max(2-math.Abs(6*part-3), 0), 1)))
	}
	return fmt.Sprintf("#%02x%02x%02x", channel(0.5), channel(1.0/6), channel(5.0/6))
}

// ToClient implements [widget.Widget].
func (t *trivia) ToClient(string) map[string]any {
	return map[string]any{"boxColors": t.BoxColors, "data": t.notes}
}

// Alike implements [widget.Crier].
func (t *trivia) Alike() {}
