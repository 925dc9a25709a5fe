package widgets

// A column of a histogram is a fifteenth as wide as all of it. Widths and heights
// are percent of the whole width; a column has one photo upon another.
const (
	columns     = 15
	columnWidth = 100.0 / columns
)

// A datum is a photo over a number.
type datum struct {
	x      int
	photo  int
	height float64 // in percent
}

// An axis has a unit for each number from start on, and behind them as many again
// as a column is wide, for a photo begins at its number.
type axis struct {
	start, width int // of the numbers
	column       int // units
}

// axisOf gives the axis that begins as the range says, if there is one, and has
// all numbers on it.
func axisOf(initial []int, data []datum) axis {
	if len(initial) == 0 {
		if len(data) == 0 {
			return axis{}
		}
		initial = []int{data[0].x, data[0].x + 1}
	}
	start, end := initial[0], initial[1]
	for _, d := range data {
		start, end = min(start, d.x), max(end, d.x+1)
	}
	return axis{start, end - start, ceilDiv(end-start, columns)}
}

// percent gives where a number is on the axis.
func (a axis) percent(number float64) float64 {
	return rounded((number - float64(a.start)) * 100 / float64(a.width+a.column))
}

// A stacked is what browsers are told of a photo: its place in percent.
type stacked struct {
	Photo  int     `json:"imgId"`
	X      float64 `json:"x"`
	Y      float64 `json:"y"` // of the lower edge
	Width  float64 `json:"w"`
	Height float64 `json:"h"`
}

// stack lets each photo fall in turn, onto the highest of those below any part of
// it.
func (a axis) stack(data []datum) []stacked {
	tops := make([]float64, len(data))
	all := make([]stacked, len(data))
	for i, d := range data {
		y := 0.0
		for j, below := range data[:i] {
			if distance := d.x - below.x; distance < a.column && -distance < a.column {
				y = max(y, tops[j])
			}
		}
		tops[i] = y + d.height
		all[i] = stacked{d.photo, a.percent(float64(d.x)), rounded(y), rounded(columnWidth), rounded(d.height)}
	}
	return all
}

// A tick is a number that is written below the axis, in the middle of its column.
type tick struct {
	X     float64 `json:"x"` // percent
	Value int     `json:"v"`
}

// ticks gives about ten round numbers of the axis.
func (a axis) ticks() []tick {
	all, step := []tick{}, stepFor(a.width)
	for v := ceilDiv(a.start, step) * step; v < a.start+a.width; v += step {
		all = append(all, tick{a.percent(float64(v) + float64(a.column)/2), v})
	}
	return all
}

// stepFor gives the power of ten below a tenth of the width, times 1, 2 or 5; at
// least 1, for all numbers are whole.
func stepFor(width int) int {
	power := 1
	for power*100 <= width {
		power *= 10
	}
	switch { // the tenth is between the power and ten times that
	case width < 14*power:
		return power
	case width < 25*power:
		return 2 * power
	default:
		return 5 * power
	}
}

// ceilDiv gives a/b, rounded up; b is positive.
func ceilDiv(a, b int) int {
	quotient := a / b
	if a%b > 0 {
		quotient++
	}
	return quotient
}
