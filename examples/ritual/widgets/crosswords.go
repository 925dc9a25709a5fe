package widgets

import (
	"encoding/json"
	"fmt"
	"image"
	"io/fs"

	"github.com/rootspush/roots/examples/ritual/widget"
)

func init() {
	widget.Register("CrossWords", widget.Kind{New: newCrossWords, Preload: checkCrossWords})
}

// maxWord is the length of the longest word that is taken, in characters.
const maxWord = 40

// The longer side of a picture has from so many to so many cells. All cells are
// looked at for each word, and told to everybody after it.
const (
	minCells = 3
	maxCells = 100
)

// A crossWords writes words of people across each other, where a picture is bright.
type crossWords struct {
	BoxColors map[string]string // content, input; handed on
	Image     string            // a picture of the script
	Size      int               // cells of its longer side
	SaveAs    string            // keeps the words
	ritual    widget.Ritual
	grid      *crossGrid
	posted    int
}

func newCrossWords(ritual widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
	c := &crossWords{ritual: ritual}
	picture, err := c.read(ritual.Script(), terms)
	if err != nil {
		return nil, err
	}
	c.grid = newCrossGrid(picture, c.Size)
	return c, nil
}

func checkCrossWords(script fs.FS, terms json.RawMessage) (widget.Preload, error) {
	_, err := new(crossWords).read(script, terms)
	return widget.Preload{}, err
}

// read reads the terms, and the picture that they name.
func (c *crossWords) read(script fs.FS, terms json.RawMessage) (image.Image, error) {
	if err := json.Unmarshal(terms, c); err != nil {
		return nil, err
	}
	if c.Size < minCells || c.Size > maxCells {
		return nil, fmt.Errorf("the size is %d, it should be the cells of the longer side of the picture, from %d to %d", c.Size, minCells, maxCells)
	}
	return scriptPicture(script, c.Image)
}

// FromClient takes a word, the field "name". One that fits nowhere is kept all
// the same.
func (c *crossWords) FromClient(post widget.Post) error {
	word, err := readText(post, "name", maxWord)
	if err != nil {
		return err
	}
	if err := checkRoom(max(c.posted, len(keptTexts(c.ritual, c.SaveAs))), "words"); err != nil {
		return err
	}
	c.posted++
	c.grid.add([]rune(word), c.ritual.Rand())
	keepText(c.ritual, c.SaveAs, word)
	return nil
}

// ToClient implements [widget.Widget].
func (c *crossWords) ToClient(string) map[string]any {
	return map[string]any{"boxColors": c.BoxColors, "data": c.grid.shown()}
}

// Alike implements [widget.Crier].
func (c *crossWords) Alike() {}
