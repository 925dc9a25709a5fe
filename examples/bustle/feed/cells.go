package feed

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// A cell is what is shown in one place: a character with all that belongs to it.
type cell struct {
	text  string
	width int // in columns
	style style
}

// A style is what stands between "\x1b[" and "m", and is empty for text as it is.
type style string

// widest is how many columns a cell can have: a family of four, where the terminal
// shows each of them alone.
const widest = 8

// cells takes clean text apart.
func cells(text string, style style) (row []cell) {
	clusters := displaywidth.StringGraphemes(text)
	for clusters.Next() {
		cluster := clusters.Value()
		if width := max(clusters.Width(), apart(cluster)); width <= widest {
			row = append(row, cell{cluster, width, style})
			continue
		}
		for _, r := range cluster { // nothing that anybody would write
			row = append(row, cell{string(r), displaywidth.Rune(r), style})
		}
	}
	return row
}

// apart returns how wide a cluster is where the terminal does not put its parts
// together. Too much room does no harm, too little breaks the row.
func apart(cluster string) (width int) {
	for _, r := range cluster {
		width += displaywidth.Rune(r)
	}
	return width
}

// blank returns so many columns of nothing.
func blank(columns int) []cell {
	return []cell{{text: strings.Repeat(" ", columns), width: columns}}
}

// widthOf returns how wide a row is.
func widthOf(row []cell) (columns int) {
	for _, c := range row {
		columns += c.width
	}
	return columns
}

// fit returns as many cells from the start of row as fit into so many columns.
func fit(row []cell, columns int) []cell {
	for i, c := range row {
		if columns -= c.width; columns < 0 {
			return row[:i]
		}
	}
	return row
}

// wrap breaks cells into rows that fit into so many columns, at least [widest], where
// there are spaces if it can.
func wrap(all []cell, columns int) (rows [][]cell) {
	for len(all) > 0 {
		end := len(fit(all, columns))
		if end < len(all) {
			end = breakAt(all, end)
		}
		rows = append(rows, all[:end])
		all = withoutSpaces(all[end:])
	}
	return rows
}

// breakAt returns where the last space up to end is, or end if there is none.
func breakAt(all []cell, end int) int {
	for i := end; i > 0; i-- {
		if all[i].text == " " {
			return i
		}
	}
	return end
}

// withoutSpaces returns row without the spaces at its start.
func withoutSpaces(row []cell) []cell {
	for len(row) > 0 && row[0].text == " " {
		row = row[1:]
	}
	return row
}

// render returns row as a terminal takes it.
func render(row []cell, colour bool) string {
	var text strings.Builder
	var now style
	set := func(next style) {
		if colour && next != now {
			text.WriteString("\x1b[0;" + string(next) + "m")
			now = next
		}
	}
	for _, c := range row {
		set(c.style)
		text.WriteString(c.text)
	}
	set("")
	return text.String()
}
