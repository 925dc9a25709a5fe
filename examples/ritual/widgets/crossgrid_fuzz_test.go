package widgets

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCrossWords: whatever is written, the layout is that of a crossword, and
// words cross if they can.
func FuzzCrossWords(f *testing.F) {
	f.Add("grandmother,ancestor,mother,zoe", uint64(1))
	f.Add("a,a,aa,aaa,a a,a  a,aba", uint64(2))
	f.Add("a b,acb,b,ab", uint64(3))
	f.Add("Mary Ann,Mary,Ann,yX,MaryXAnn,öö,日本語,語", uint64(4))
	f.Fuzz(func(t *testing.T, words string, seed uint64) {
		if len(words) > 200 || !utf8.ValidString(words) {
			return
		}
		random := rand.New(rand.NewPCG(seed, 0))
		g := newCrossGrid(noise(random), 4+random.IntN(30))
		var written []string
		for word := range strings.SplitSeq(words, ",") {
			word = strings.Join(strings.Fields(word), " ")
			if word == "" || strings.ContainsAny(word, ".\x00") {
				continue
			}
			if addChecked(t, g, word, random) {
				written = append(written, word)
			}
		}
		checkLayout(t, g, written)
	})
}

// addChecked writes a word, and wants that it crosses another if it can, and
// otherwise goes anywhere if it can.
func addChecked(t *testing.T, g *crossGrid, word string, random *rand.Rand) bool {
	t.Helper()
	var legal, crossing bool
	for p := range g.everywhere() {
		if g.legal([]rune(word), p) {
			legal = true
			crossing = crossing || crosses(g, word, p)
		}
	}
	before := letters(g)
	placed := g.add([]rune(word), random)
	if placed != legal {
		t.Errorf("%q was placed: %v; there is a place: %v", word, placed, legal)
	}
	shared := before + len([]rune(strings.ReplaceAll(word, " ", ""))) - letters(g)
	if crossing && shared == 0 || !crossing && shared != 0 && placed {
		t.Errorf("%q shares %d letters with others; it could: %v", word, shared, crossing)
	}
	return placed
}

// crosses says whether a word would share a letter there.
func crosses(g *crossGrid, word string, p placement) bool {
	for i, letter := range []rune(word) {
		if letter != ' ' && g.letter(p.cell(i, 0)) == letter {
			return true
		}
	}
	return false
}

func letters(g *crossGrid) (n int) {
	for p := range g.everywhere() {
		if p.down && g.filled(p.row, p.column) {
			n++
		}
	}
	return n
}

// checkLayout wants that all that can be read in the grid are the words, and that
// all words can be read in it.
func checkLayout(t *testing.T, g *crossGrid, words []string) {
	t.Helper()
	rows := g.text()
	columns := make([]string, g.columns)
	for _, row := range rows {
		for column, letter := range []rune(row) {
			columns[column] += string(letter)
		}
	}
	all := strings.Join(append(rows, columns...), "\n")
	var parts []string // of words, between spaces
	for _, word := range words {
		parts = append(parts, strings.Fields(word)...)
		if !strings.Contains(all, word) {
			t.Errorf("%q can't be read in\n%s", word, all)
		}
	}
	for _, read := range strings.FieldsFunc(all, func(r rune) bool { return strings.ContainsRune(". \n", r) }) {
		if utf8.RuneCountInString(read) > 1 && !slices.Contains(parts, read) {
			t.Errorf("%q is no word of %q, but can be read in\n%s", read, words, all)
		}
	}
}
