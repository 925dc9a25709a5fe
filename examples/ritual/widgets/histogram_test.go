package widgets

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rootspush/roots/examples/ritual/widget"
	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

const histogramTerms = `{"images":"faces","saveas":"years","initRange":[1980,2005],"boxColors":{"input":"#00aa00","result":"#0000aa"},"unknown":[]}`

var about = cmpopts.EquateApprox(0, 1e-4)

// ticksOf gives the ticks as JSON has them: every step, each a step of percent further.
func ticksOf(first, last, step int, x, percent float64) (ticks []any) {
	for v := first; v <= last; v += step {
		ticks = append(ticks, map[string]any{"x": x, "v": float64(v)})
		x += percent
	}
	return ticks
}

// TestHistogramEmpty: the line is there before anybody came.
func TestHistogramEmpty(t *testing.T) {
	ritual := inRitual(t, nil, "Histogram", histogramTerms)
	want := map[string]any{
		"boxColors": map[string]any{"input": "#00aa00", "result": "#0000aa"},
		"imgs":      []any{},
		"xaxes":     ticksOf(1980, 2000, 5, 3.7037, 18.51852),
	}
	if diff := cmp.Diff(want, told(t, ritual, "c"), about); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHistogramGolden: photos fall onto those that are there, and the line grows.
func TestHistogramGolden(t *testing.T) {
	ritual := inRitual(t, nil, "Histogram", histogramTerms)
	n, _, err := ritual.AddPicture(widgettest.JPEG(64, 48, red))
	if err != nil {
		t.Fatal(err)
	}
	ritual.Keep("faces", photos{"ANN__BOB": n})
	for _, x := range []string{"1990", "1990", " 1991\n", "2010", "1970"} {
		post(t, ritual, "x", x, "ANN", "BOB")
	}
	img := func(x, y float64) any {
		return map[string]any{"imgId": 1.0, "x": x, "y": y, "w": 6.6667, "h": 5.0}
	}
	want := map[string]any{
		"boxColors": map[string]any{"input": "#00aa00", "result": "#0000aa"},
		"imgs":      []any{img(45.4545, 0), img(45.4545, 5), img(47.7273, 10), img(90.9091, 0), img(0, 0)},
		"xaxes":     ticksOf(1970, 2010, 5, 3.40909, 11.363636),
	}
	if diff := cmp.Diff(want, told(t, ritual, "c"), about); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if ritual.Status("c") != ritual.Status("late") {
		t.Error("who comes late is told something else")
	}
}

// TestHistogramNumbers: what is no number is refused and changes nothing.
func TestHistogramNumbers(t *testing.T) {
	for x, wrong := range map[string]string{
		"": `"" should be a whole number`, "now": `"now" should be`, "1990.5": "should be", "1e3": "should be", "0x10": "should be",
		"1000001": "from -1000000 to 1000000", "-1000001": "should be", "99999999999999999999": "should be", "١٩٩٠": "should be",
	} {
		ritual := inRitual(t, nil, "Histogram", histogramTerms)
		before := ritual.Status("c")
		wantError(t, ritual.Post(widgettest.Text("x", x, "ANN")), wrong)
		if after := ritual.Status("c"); after != before {
			t.Errorf("%q changes what is told to %s", x, after)
		}
	}
	ritual := inRitual(t, nil, "Histogram", histogramTerms)
	for _, x := range []string{"1000000", "-1000000", "+7"} {
		post(t, ritual, "x", x)
	}
}

// TestHistogramIsBounded: it takes 2,000 numbers.
func TestHistogramIsBounded(t *testing.T) {
	ritual := inRitual(t, nil, "Histogram", histogramTerms)
	ritual.Keep("years", make([]datum, maxEntries-1))
	if err := ritual.Show("Histogram", histogramTerms); err != nil {
		t.Fatal(err)
	}
	post(t, ritual, "x", "1990")
	wantError(t, ritual.Post(widgettest.Text("x", "1990")), "there are 2000 numbers already")
}

// TestHistogramRemembers: a later one with the same name goes on, and the earlier
// ones do not notice. Something else under that name is nothing.
func TestHistogramRemembers(t *testing.T) {
	ritual := inRitual(t, nil, "Histogram", `{"saveas":"years"}`)
	post(t, ritual, "x", "1990")
	before := ritual.Kept("years").([]datum)
	if err := ritual.Show("Histogram", `{"saveas":"years"}`); err != nil {
		t.Fatal(err)
	}
	post(t, ritual, "x", "1991")
	if len(before) != 1 || len(told(t, ritual, "c")["imgs"].([]any)) != 2 {
		t.Errorf("it had %v, and tells %s", before, ritual.Status("c"))
	}
	ritual.Keep("years", []string{"no number"})
	if err := ritual.Show("Histogram", `{"saveas":"years"}`); err != nil {
		t.Fatal(err)
	}
	if got, want := ritual.Status("c"), `{"boxColors":null,"imgs":[],"xaxes":[]}`; got != want {
		t.Errorf("it tells %s, not %s", got, want)
	}
}

// TestHistogramTurns: the speaker has had the turn when one of the browser's
// people is the first.
func TestHistogramTurns(t *testing.T) {
	ritual := inRitual(t, nil, "Histogram", histogramTerms)
	post(t, ritual, "x", "1990", "ANN") // nobody is there
	ritual.Speakers = []string{"ANN", "BOB", "EVE"}
	for _, step := range []struct {
		users []string
		first string
	}{
		{[]string{"BOB"}, "ANN"},
		{[]string{"BOB", "ANN"}, "BOB"},
		{nil, "BOB"},
		{[]string{"BOB"}, "EVE"},
	} {
		post(t, ritual, "x", "1990", step.users...)
		if ritual.Speakers[0] != step.first {
			t.Errorf("after a post of %q %s is the first, not %s", step.users, ritual.Speakers[0], step.first)
		}
	}
}

// TestHistogramPhotos: who has none gets picture 0, and a stripe does not grow to
// the sky.
func TestHistogramPhotos(t *testing.T) {
	ritual := inRitual(t, nil, "Histogram", histogramTerms)
	if _, _, err := ritual.AddPicture(widgettest.JPEG(1, 300, red)); err != nil {
		t.Fatal(err)
	}
	ritual.Keep("faces", photos{"ANN": 1})
	post(t, ritual, "x", "1990", "ANN")
	post(t, ritual, "x", "2000", "ANN", "BOB")
	got := ritual.Kept("years").([]datum)
	want := []datum{{1990, 1, 20}, {2000, 0, columnWidth}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(datum{}), about); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHistogramSubpage: a client that has as many photos waits. One that says
// nothing of the kind does not.
func TestHistogramSubpage(t *testing.T) {
	ritual := inRitual(t, nil, "Histogram", histogramTerms)
	post(t, ritual, "x", "1990")
	for subpage, same := range map[string]bool{"1": true, "0": false, "2": false, "null": false, "": false, "01": false} {
		if got := ritual.Shown().(widget.Subpager).SubpageSame(subpage, "c"); got != same {
			t.Errorf("subpage %q is the same: %v", subpage, got)
		}
	}
}

func TestStepFor(t *testing.T) {
	for width, want := range map[int]int{
		0: 1, 1: 1, 5: 1, 10: 1, 13: 1, 14: 2, 24: 2, 25: 5, 41: 5, 99: 5,
		100: 10, 139: 10, 140: 20, 249: 20, 250: 50, 999: 50, 1000: 100, 200_001: 20_000,
	} {
		if got := stepFor(width); got != want {
			t.Errorf("of %d numbers every %d has a tick, not every %d", width, got, want)
		}
	}
}

func TestCeilDiv(t *testing.T) {
	for a := -40; a <= 40; a++ {
		for b := 1; b < 20; b++ {
			if got, want := ceilDiv(a, b), int(math.Ceil(float64(a)/float64(b))); got != want {
				t.Errorf("ceilDiv(%d, %d) = %d, not %d", a, b, got, want)
			}
		}
	}
}

// TestOneNumber: a line of a single number is as wide as its photo and once more.
func TestOneNumber(t *testing.T) {
	a := axisOf(nil, []datum{{1990, 1, 5}})
	if diff := cmp.Diff([]tick{{25, 1990}}, a.ticks()); diff != "" {
		t.Errorf("ticks (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]stacked{{1, 0, 0, 6.66667, 5}}, a.stack([]datum{{1990, 1, 5}})); diff != "" {
		t.Errorf("photos (-want +got):\n%s", diff)
	}
}

// FuzzAxis: all photos and ticks are on the line, and photos are where they are if
// each unit of the line has a height of its own.
func FuzzAxis(f *testing.F) {
	f.Add(uint64(1), 1980, 25, 30)
	f.Add(uint64(2), -7, 1, 4)
	f.Add(uint64(3), -maxX, 2*maxX+1, 50)
	f.Fuzz(func(t *testing.T, seed uint64, start, width, photos int) {
		if start < -maxX || width < 1 || width > maxX-start+1 || photos < 0 || photos > 200 {
			return
		}
		random := rand.New(rand.NewPCG(seed, 0))
		data := make([]datum, photos)
		for i := range data {
			data[i] = datum{start + random.IntN(width), i, float64(1 + random.IntN(9))}
		}
		a := axisOf(nil, data)
		if seed%2 == 0 {
			a = axisOf([]int{start, start + 1}, data)
		}
		checkStack(t, a, data)
		checkTicks(t, a)
	})
}

func checkStack(t *testing.T, a axis, data []datum) {
	t.Helper()
	heights := make([]float64, a.width+a.column)
	for i, p := range a.stack(data) {
		below := heights[data[i].x-a.start:][:a.column]
		if highest := slices.Max(below); p.Y != highest || p.Height != data[i].height || p.X < 0 || p.X >= 100 {
			t.Errorf("%v is at %v on %v, onto %v", data[i], p, a, highest)
		}
		for unit := range below {
			below[unit] = p.Y + p.Height
		}
	}
}

func checkTicks(t *testing.T, a axis) {
	t.Helper()
	ticks := a.ticks()
	if len(ticks) > 20 || a.width >= 10 && len(ticks) < 5 {
		t.Errorf("%v has %d ticks", a, len(ticks))
	}
	for _, tick := range ticks {
		if tick.X <= 0 || tick.X >= 100 || tick.Value < a.start || tick.Value >= a.start+a.width {
			t.Errorf("%v has the tick %v", a, tick)
		}
	}
}

// FuzzHistogram: whatever is posted is refused, or one more photo.
func FuzzHistogram(f *testing.F) {
	for _, x := range []string{"1990", "-5", "", "x", "1e9", "99999999999999999999"} {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, x string) {
		ritual := inRitual(t, nil, "Histogram", histogramTerms)
		err := ritual.Post(widgettest.Text("x", x))
		shown := strconv.Itoa(len(told(t, ritual, "c")["imgs"].([]any)))
		if (shown == "1") != (err == nil) || !ritual.Shown().(widget.Subpager).SubpageSame(shown, "c") {
			t.Errorf("after %q %s photos are shown, and the error is %v", x, shown, err)
		}
	})
}
