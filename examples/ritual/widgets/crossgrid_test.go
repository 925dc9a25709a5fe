package widgets

import (
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// gridOf gives an empty grid, bright wherever the drawing has a "#".
func gridOf(drawing ...string) *crossGrid {
	rows, columns := len(drawing), len(drawing[0])
	return newCrossGrid(painted(columns, rows, func(x, y int) color.Color {
		if drawing[y][x] == '#' {
			return white
		}
		return color.Black
	}), max(rows, columns))
}

// add writes words.
func add(g *crossGrid, words ...string) *crossGrid {
	random := rand.New(rand.NewPCG(0, 0))
	for _, word := range words {
		g.add([]rune(word), random)
	}
	return g
}

// text gives the letters, row by row, "." for none.
func (g *crossGrid) text() (rows []string) {
	for _, cells := range g.cells {
		var row strings.Builder
		for _, cell := range cells {
			letter := cell.letter
			if letter == 0 {
				letter = '.'
			}
			row.WriteRune(letter)
		}
		rows = append(rows, row.String())
	}
	return rows
}

// TestCrossWordsGolden: four words on a grid of 52 rows and 70 columns, whose
// picture is bright where they are known to go.
func TestCrossWordsGolden(t *testing.T) {
	const rows, columns = 52, 70
	light := func(x, y int) bool {
		return y == 20 && x >= 19 && x < 30 || // grandmother
			x == 28 && y >= 17 && y < 25 || // ancestor, down through its 'e'
			y == 23 && x >= 27 && x < 33 || // mother, through the 'o'
			x == 31 && y >= 21 && y < 24 // zoe, down to the 'e' of mother
	}
	g := newCrossGrid(painted(columns, rows, func(x, y int) color.Color {
		if light(x, y) {
			return white
		}
		return color.Black
	}), 70)
	add(g, "grandmother", "ancestor", "mother", "zoe")
	if g.rows != rows || g.columns != columns {
		t.Errorf("the grid has %d rows and %d columns", g.rows, g.columns)
	}
	want := slices.Repeat([]string{strings.Repeat(".", columns)}, rows)
	want[17] = dots(28, "a", columns)
	want[18] = dots(28, "n", columns)
	want[19] = dots(28, "c", columns)
	want[20] = dots(19, "grandmother", columns)
	want[21] = dots(28, "s..z", columns)
	want[22] = dots(28, "t..o", columns)
	want[23] = dots(27, "mother", columns)
	want[24] = dots(28, "r", columns)
	if diff := cmp.Diff(want, g.text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// dots gives a row with these letters from a column on.
func dots(column int, letters string, columns int) string {
	return strings.Repeat(".", column) + letters + strings.Repeat(".", columns-column-len(letters))
}

// TestCrossWordsPlaces: small grids in which there is one best place.
func TestCrossWordsPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		picture, words, want []string
	}{
		"where it is bright": {
			[]string{".......", ".......", "..###..", "......."},
			[]string{"abc"},
			[]string{".......", ".......", "..abc..", "......."},
		},
		"a rim stays free": {
			[]string{"#####", ".....", ".....", ".....", "#####"},
			[]string{"abc"},
			[]string{".....", ".abc.", ".....", ".....", "....."},
		},
		"a word as long as there is room": {
			[]string{".....", ".....", "....."},
			[]string{"abc", "abcd"},
			[]string{".....", ".abc.", "....."},
		},
		"no room for a word": {
			[]string{".....", ".....", "....."},
			[]string{"abcd"},
			[]string{".....", ".....", "....."},
		},
		"crossing, though elsewhere is bright": {
			[]string{".......", ".......", "..###..", ".......", ".......", "...#...", "...#...", "...#...", "......."},
			[]string{"aba", "cbc"},
			[]string{".......", "...c...", "..aba..", "...c...", ".......", ".......", ".......", ".......", "......."},
		},
		"capitals are other letters": {
			[]string{".........", ".........", "..###....", ".........", "....#....", "....#....", "....#....", "........."},
			[]string{"aba", "xBx"},
			[]string{".........", ".........", "..aba....", ".........", "....x....", "....B....", "....x....", "........."},
		},
		"nothing goes through the space of a name": {
			[]string{".......", ".......", "..###..", ".......", "......."},
			[]string{"a b", "acb"},
			[]string{".......", ".......", "..a b..", ".......", "......."},
		},
	} {
		if diff := cmp.Diff(c.want, add(gridOf(c.picture...), c.words...).text()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestLegal: each rule of where a word may lie. "abc" lies across the middle of
// five rows of nine cells.
func TestLegal(t *testing.T) {
	g := gridOf(slices.Repeat([]string{strings.Repeat("#", 9)}, 5)...)
	g.write([]rune("abc"), placement{2, 3, false}, "")
	for _, c := range []struct {
		word  string
		place placement
		legal bool
	}{
		{"abc", placement{2, 3, false}, true},  // the same word
		{"xbx", placement{1, 4, true}, true},   // crosses
		{"xcx", placement{1, 4, true}, false},  // another letter
		{"xab", placement{2, 2, false}, false}, // has a letter behind it
		{"cx", placement{2, 5, false}, false},  // has one before it
		{"abcx", placement{2, 3, false}, true}, // makes it longer
		{"xx", placement{2, 1, false}, false},  // ends before one
		{"x", placement{2, 1, false}, true},
		{"x", placement{2, 6, false}, false}, // begins behind one
		{"x", placement{2, 7, false}, true},
		{"xxx", placement{1, 2, true}, false}, // has one to the left or right
		{"xxx", placement{1, 6, true}, false},
		{"xxx", placement{1, 1, false}, false}, // has one below
		{"xx", placement{1, 1, false}, true},
		{"xxx", placement{3, 5, false}, false}, // has one above
		{"xx", placement{3, 6, false}, true},
		{"xb", placement{1, 4, true}, true},
		{"xxb", placement{0, 4, true}, false},  // on the rim above
		{"xbxx", placement{1, 4, true}, false}, // below
		{"xx", placement{1, 0, false}, false},  // to the left
		{"xx", placement{1, 7, false}, false},  // to the right
		{"x", placement{-1, 3, true}, false},
		{"x", placement{1, 9, true}, false},
	} {
		if got := g.legal([]rune(c.word), c.place); got != c.legal {
			t.Errorf("%q at %v is legal: %v", c.word, c.place, got)
		}
	}
}

// TestScore: the light below a word of two letters, less what is near. A letter
// stands at each distance in turn.
func TestScore(t *testing.T) {
	const row, column = 10, 10
	for _, down := range []bool{false, true} {
		for side := -7; side <= 7; side++ {
			for along := -5; along <= 7; along++ {
				g := gridOf(slices.Repeat([]string{strings.Repeat("#", 25)}, 25)...)
				p := placement{row, column, down}
				letterRow, letterColumn := p.cell(along, side)
				g.write([]rune("x"), placement{letterRow, letterColumn, false}, "")
				want := 2.0
				if side >= -2 && side <= 2 && along >= -2 && along <= 1+3 {
					want -= 0.5
				}
				if side >= -5 && side <= 5 && along >= -3 && along <= 1+3 {
					want -= 0.2
				}
				if got := g.score([]rune("ab"), p); math.Abs(got-want) > 1e-9 {
					t.Errorf("with a letter at %d, %d to the side, down: %v, the score is %v, not %v", along, side, down, got, want)
				}
			}
		}
	}
}

// TestCrossWordsColours: half of the picture's, and 95 to 126 more.
func TestCrossWordsColours(t *testing.T) {
	g := newCrossGrid(plain(color.RGBA{0, 128, 255, 255}), 16)
	for seed := range uint64(100) {
		var c [3]uint8
		got := g.colour([]rune("abc"), placement{2, 2, false}, rand.New(rand.NewPCG(seed, 0)))
		if _, err := fmt.Sscanf(got, "#%02x%02x%02x", &c[0], &c[1], &c[2]); err != nil {
			t.Fatal(err)
		}
		for i, least := range []uint8{95, 95 + 64, 95 + 127} {
			if c[i] < least || c[i] > least+31 {
				t.Errorf("channel %d of %s is not from %d to %d", i, got, least, least+31)
			}
		}
	}
}
