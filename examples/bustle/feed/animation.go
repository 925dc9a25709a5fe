package feed

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// frames is how many frames an animation has before its row stands as it is.
const frames = 24

// An animation brings a row to the screen: it returns what is seen in a frame from 0 on,
// of at most so many columns; what is wider is cut off. It depends on nothing but what it
// is given, and changes nothing of it. The same seed means the same chances.
type animation func(row []cell, columns, frame int, seed uint64) []cell

// at returns what is seen in a frame: the row itself after the last.
func (a animation) at(row []cell, columns, frame int, seed uint64) []cell {
	if frame >= frames {
		return row
	}
	return fit(a(row, columns, frame, seed), columns)
}

// ways are the animations that suit a message in which a text occurs. The first that
// fits counts: what is shouted may have anything in it.
var ways = []struct {
	of  *regexp.Regexp
	are []animation
}{
	{regexp.MustCompile(` shouts, '`), []animation{shake, burst}},
	{regexp.MustCompile(`moving around`), []animation{footsteps, drift}},
	{regexp.MustCompile(`noise`), []animation{murmur}},
	{regexp.MustCompile(`rattling|stirring`), []animation{rattle}},
	{regexp.MustCompile(`knocking`), []animation{knock, rattle}},
	{regexp.MustCompile(`public_html`), []animation{sparkle, burst}},
	{regexp.MustCompile(``), []animation{typing, drift, sparkle}},
}

// choose returns one of the animations that suit message.
func choose(message string, seed uint64) animation {
	for _, way := range ways {
		if way.of.MatchString(message) {
			return way.are[seed%uint64(len(way.are))]
		}
	}
	return typing // never: the last way fits all
}

// typing: somebody types it.
func typing(row []cell, _, frame int, _ uint64) []cell {
	return slices.Concat(row[:len(row)*frame/frames], []cell{{"_", 1, faint}})
}

// drift: it comes in from the right, slower and slower.
func drift(row []cell, columns, frame int, _ uint64) []cell {
	left := frames - frame
	return slices.Concat(blank(columns*left*left/(frames*frames)), row)
}

// shake: it is so loud that everything shakes, and flashes.
func shake(row []cell, _, frame int, seed uint64) []cell {
	flashes := []style{"1;31", "1;33", "1;35", "1;36"}
	shift := chances(seed, frame).IntN(5*(frames-frame)/frames + 1)
	return slices.Concat(blank(shift), restyled(row, flashes[frame%len(flashes)]))
}

// burst: it opens from the middle, with sparks at both ends.
func burst(row []cell, _, frame int, _ uint64) []cell {
	half := (len(row) + 1) / 2 * frame / frames
	middle := len(row) / 2
	from, to := max(0, middle-half), min(len(row), middle+half)
	ends := []cell{{"*", 1, spark}}
	return slices.Concat(blank(max(0, widthOf(row[:from])-1)), ends, row[from:to], ends)
}

// sparkle: stars come out all over it, and each becomes a letter.
func sparkle(row []cell, _, frame int, seed uint64) (shown []cell) {
	stars := []string{"⋆", "✦", "✧", "⋆"} // one column each wherever they are shown
	chance := chances(seed, 0)
	for _, c := range row {
		switch age := frame - chance.IntN(frames-len(stars)); {
		case age < 0:
			shown = append(shown, blank(c.width)...)
		case age < len(stars):
			shown = append(shown, instead(c, stars[age], spark)...)
		default:
			shown = append(shown, c)
		}
	}
	return shown
}

// footsteps: feet walk past, and it stands where they were.
func footsteps(row []cell, _, frame int, _ uint64) (shown []cell) {
	const trail = 12
	feet := (widthOf(row) + trail) * frame / frames
	column := 0
	for _, c := range row {
		switch {
		case column < feet-trail:
			shown = append(shown, c)
		case column < feet:
			shown = append(shown, instead(c, []string{".", " ", "'", " "}[column%4], faint)...)
		}
		column += c.width
	}
	return shown
}

// rattle: its letters are shaken, and come to rest.
func rattle(row []cell, _, frame int, seed uint64) []cell {
	shown := slices.Clone(row)
	chance := chances(seed, frame)
	for i := 1; i < len(shown); i++ {
		if chance.IntN(frames) > frame {
			shown[i-1], shown[i] = shown[i], shown[i-1]
		}
	}
	return shown
}

// murmur: it can hardly be heard, and then it can.
func murmur(row []cell, _, frame int, seed uint64) (shown []cell) {
	chance := chances(seed, 0)
	for _, c := range row {
		switch heard := chance.IntN(frames); {
		case c.text == " " || heard < frame-frames/3:
			shown = append(shown, c)
		case heard < frame:
			shown = append(shown, cell{c.text, c.width, faint})
		default:
			shown = append(shown, instead(c, ".", faint)...)
		}
	}
	return shown
}

// knock: it is knocked in word by word.
func knock(row []cell, _, frame int, _ uint64) []cell {
	words := 1
	for _, c := range row {
		words += strings.Count(c.text, " ")
	}
	last := words * frame / frames
	shown := row[:endOfWord(row, last)]
	if isNew := frame > 0 && words*(frame-1)/frames < last; isNew {
		return slices.Concat(blank(1), restyled(shown, loud))
	}
	return shown
}

// endOfWord returns where the nth word of row ends, counted from 0.
func endOfWord(row []cell, n int) int {
	for i, c := range row {
		if n -= strings.Count(c.text, " "); n < 0 {
			return i
		}
	}
	return len(row)
}

// chances returns the chances of a frame.
func chances(seed uint64, frame int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(frame)))
}

// instead returns what fills the place of c: a text of one column.
func instead(c cell, text string, style style) []cell {
	if c.width == 0 {
		return nil
	}
	return []cell{{text + strings.Repeat(" ", c.width-1), c.width, style}}
}

// restyled returns row in another style.
func restyled(row []cell, style style) []cell {
	shown := slices.Clone(row)
	for i := range shown {
		shown[i].style = style
	}
	return shown
}
