//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// A row is what was found about a server, in all rounds.
type row struct {
	Measure   string  `json:"measure"`
	Transport string  `json:"transport"`
	Server    string  `json:"server"`
	Figures   figures `json:"figures"`
	Note      string  `json:"note,omitempty"`

	main   string // the column of the main figure
	rounds []figures
}

// columns are in the order of the table. The rest have their own rule.
var columns = []struct{ name, title, format string }{
	{"clients", "clients", "%.0f"},
	{"rss", "RSS KiB/client", "%.2f"},
	{"pss", "PSS KiB/client", "%.2f"},
	{"rate", "deliveries/CPU-s", "%.0f"},
	{"user", "user us", "%.2f"},
	{"system", "system us", "%.2f"},
	{"p50", "p50 ms", "%.2f"},
	{"p99", "p99 ms", "%.2f"},
	{"p999", "p99.9 ms", "%.2f"},
	{"lost", "lost", "%.0f"},
	{"doubled", "doubled", "%.0f"},
	{"nchan", "x nchan", "%.2f"},
	{"epoll", "x epoll", "%.2f"},
	{"spread", "spread %", "%.0f"},
}

// summarize fills in the figures of all rows from their rounds.
func summarize(rows []*row) {
	for _, r := range rows {
		r.Figures = medians(r.rounds)
	}
	for _, r := range rows {
		for _, other := range rows {
			if other.Measure == r.Measure && other.Transport == r.Transport && (other.Server == "nchan" || other.Server == "epoll") {
				r.Figures.ratio(other.Server, r.main, other.Figures)
			}
		}
	}
	for _, r := range rows {
		all := column(r.rounds, r.main)
		if middle := r.Figures[r.main]; len(all) > 1 && middle != 0 {
			r.Figures["spread"] = (slices.Max(all) - slices.Min(all)) / middle * 100
		}
	}
}

// ratio sets the ratio of the main figure to that of another server.
func (f figures) ratio(name, main string, other figures) {
	if r := f[main] / other[main]; r != 0 && !math.IsNaN(r) && !math.IsInf(r, 0) {
		f[name] = r
	}
}

// medians are of each column, but what went wrong is added up.
func medians(rounds []figures) figures {
	f := figures{}
	for _, c := range columns {
		all := column(rounds, c.name)
		switch {
		case len(all) == 0:
		case c.name == "lost" || c.name == "doubled":
			for _, v := range all {
				f[c.name] += v
			}
		default:
			slices.Sort(all)
			f[c.name] = (all[len(all)/2] + all[(len(all)-1)/2]) / 2
		}
	}
	return f
}

// column returns a column of the rounds that have it.
func column(rounds []figures, name string) []float64 {
	var all []float64
	for _, f := range rounds {
		if v, ok := f[name]; ok {
			all = append(all, v)
		}
	}
	return all
}

func writeJSON(w io.Writer, rows []*row) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}

func writeTable(w io.Writer, rows []*row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	titles := []string{"measure", "transport", "server"}
	for _, c := range columns {
		titles = append(titles, c.title)
	}
	fmt.Fprintln(t, strings.Join(titles, "\t")+"\t")
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r.cells(), "\t")+"\t")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, note := range notes(rows) {
		fmt.Fprintln(w, note)
	}
	return nil
}

// notes are told once for a server and transport if they are the same.
func notes(rows []*row) []string {
	var all []string
	for _, r := range rows {
		note := fmt.Sprintf("%s, %s: %s", r.Server, r.Transport, r.Note)
		if r.Note != "" && !slices.Contains(all, note) {
			all = append(all, note)
		}
	}
	return all
}

func (r *row) cells() []string {
	cells := []string{r.Measure, r.Transport, r.Server}
	for _, c := range columns {
		cell := ""
		if v, ok := r.Figures[c.name]; ok {
			cell = fmt.Sprintf(c.format, v)
		}
		cells = append(cells, cell)
	}
	return cells
}
