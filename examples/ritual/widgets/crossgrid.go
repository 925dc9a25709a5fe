package widgets

import (
	"fmt"
	"image"
	"iter"
	"math"
	"math/rand/v2"
)

// A crossGrid has letters, as many as a small copy of a picture has pixels. Words
// lie in it as in a crossword: each can be read by itself, and no two touch but
// where they share a letter.
type crossGrid struct {
	rows, columns int
	picture       *image.RGBA // a pixel for each cell
	cells         [][]cell
}

// A cell is one character: 0 where there is nothing, ' ' between the words of a
// name, where nothing else may stand.
type cell struct {
	letter rune
	colour string
}

// newCrossGrid makes an empty grid, whose longer side has so many cells.
func newCrossGrid(picture image.Image, size int) *crossGrid {
	bounds := picture.Bounds()
	unit := float64(size) / float64(max(bounds.Dx(), bounds.Dy()))
	cells := func(pixels int) int { return max(1, int(math.Round(float64(pixels)*unit))) }
	g := &crossGrid{rows: cells(bounds.Dy()), columns: cells(bounds.Dx())}
	g.picture = scaled(picture, g.columns, g.rows)
	g.cells = make([][]cell, g.rows)
	for row := range g.cells {
		g.cells[row] = make([]cell, g.columns)
		for column := range g.cells[row] {
			g.cells[row][column].colour = "#000000"
		}
	}
	return g
}

// add writes a word where it is best: across another word, or else anywhere. It
// says whether there was a place.
func (g *crossGrid) add(word []rune, random *rand.Rand) bool {
	where, found := g.best(word, g.crossings(word))
	if !found {
		where, found = g.best(word, g.everywhere())
	}
	if found {
		g.write(word, where, g.colour(word, where, random))
	}
	return found
}

// A placement is where a word begins, and which way it goes.
type placement struct {
	row, column int
	down        bool
}

// cell gives the place of a letter of the word, and those beside it: side is how
// far. It may lie outside of the grid.
func (p placement) cell(letter, side int) (row, column int) {
	if p.down {
		return p.row + letter, p.column + side
	}
	return p.row + side, p.column + letter
}

// back gives where a word begins whose letter of this number is where p is.
func (p placement) back(letter int) placement {
	p.row, p.column = p.cell(-letter, 0)
	return p
}

// everywhere gives all placements.
func (g *crossGrid) everywhere() iter.Seq[placement] {
	return func(yield func(placement) bool) {
		for row := range g.rows {
			for column := range g.columns {
				if !yield(placement{row, column, false}) || !yield(placement{row, column, true}) {
					return
				}
			}
		}
	}
}

// crossings gives the placements that go through a letter that is there already
// and is the same.
func (g *crossGrid) crossings(word []rune) iter.Seq[placement] {
	return func(yield func(placement) bool) {
		for here := range g.everywhere() {
			for i, letter := range word {
				if letter != ' ' && letter == g.letter(here.row, here.column) && !yield(here.back(i)) {
					return
				}
			}
		}
	}
}

// best gives the legal placement with the highest score, the first of equals.
func (g *crossGrid) best(word []rune, placements iter.Seq[placement]) (best placement, found bool) {
	highest := math.Inf(-1)
	for p := range placements {
		if !g.legal(word, p) {
			continue
		}
		if score := g.score(word, p); score > highest {
			best, found, highest = p, true, score
		}
	}
	return best, found
}

// legal says that a word may lie there: with a rim of a cell around it, with
// nothing before or behind it, and with nothing beside a letter unless the letter
// is that of another word too.
func (g *crossGrid) legal(word []rune, p placement) bool {
	lastRow, lastColumn := p.cell(len(word)-1, 0)
	if p.row < 1 || p.column < 1 || lastRow > g.rows-2 || lastColumn > g.columns-2 {
		return false
	}
	if g.filled(p.cell(-1, 0)) || g.filled(p.cell(len(word), 0)) {
		return false
	}
	for i, letter := range word {
		switch g.letter(p.cell(i, 0)) {
		case letter:
		case 0:
			if g.filled(p.cell(i, -1)) || g.filled(p.cell(i, 1)) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// score prefers the bright parts of the picture, and those with few words around.
func (g *crossGrid) score(word []rune, p placement) float64 {
	var light float64
	for i := range word {
		row, column := p.cell(i, 0)
		light += pixel(g.picture, column, row).grey() / 255
	}
	near, far := g.count(word, p, 2, 2, 3), g.count(word, p, 5, 3, 3)
	return light - 0.5*float64(near) - 0.2*float64(far)
}

// count gives how many letters there are in a box around a placement.
func (g *crossGrid) count(word []rune, p placement, sides, before, after int) (n int) {
	for i := -before; i < len(word)+after; i++ {
		for side := -sides; side <= sides; side++ {
			if g.filled(p.cell(i, side)) {
				n++
			}
		}
	}
	return n
}

// letter gives that of a cell, 0 if it is empty or outside.
func (g *crossGrid) letter(row, column int) rune {
	if row < 0 || column < 0 || row >= g.rows || column >= g.columns {
		return 0
	}
	return g.cells[row][column].letter
}

func (g *crossGrid) filled(row, column int) bool {
	letter := g.letter(row, column)
	return letter != 0 && letter != ' '
}

// colour gives one for a word: that of the picture around it, but light enough
// to be read on black, and each a little different.
func (g *crossGrid) colour(word []rune, p placement, random *rand.Rand) string {
	top, left := p.cell(-1, -1)
	bottom, right := p.cell(len(word), 1)
	around := mean(g.picture, image.Rect(left, top, right+1, bottom+1))
	channel := func(i int) int { return int(around[i]/2) + random.IntN(32) + 95 }
	return fmt.Sprintf("#%02x%02x%02x", channel(0), channel(1), channel(2))
}

func (g *crossGrid) write(word []rune, p placement, colour string) {
	for i, letter := range word {
		row, column := p.cell(i, 0)
		g.cells[row][column] = cell{letter, colour}
	}
}

// A shownCell is what browsers are told of a cell.
type shownCell struct {
	Text   string `json:"t"`
	Colour string `json:"c"`
}

// shown gives what browsers are told, row by row.
func (g *crossGrid) shown() [][]shownCell {
	all := make([][]shownCell, g.rows)
	for row, cells := range g.cells {
		all[row] = make([]shownCell, g.columns)
		for column, cell := range cells {
			all[row][column] = shownCell{string(max(cell.letter, ' ')), cell.colour}
		}
	}
	return all
}
