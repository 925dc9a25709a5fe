package widgets

import (
	"image/color"
	"testing"
	"testing/fstest"

	"github.com/rootspush/roots/examples/ritual/widget"
	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

// TestTermsAreChecked: each mistake in a script is told before anybody comes.
func TestTermsAreChecked(t *testing.T) {
	files := fstest.MapFS{"big.png": file(t, plain(white))}
	for _, c := range []struct{ kind, terms, wrong string }{
		{"PhotoCollage", `{}`, "a PhotoCollage needs a bigimage"},
		{"PhotoCollage", `{"bigimage":"none.png"}`, "none.png"},
		{"PhotoCollage", `{"bigimage":7}`, "BigImage"},
		{"Histogram", `{}`, "a Histogram needs a saveas"},
		{"Histogram", `{"saveas":"s","initRange":[1980]}`, "initRange is [1980]"},
		{"Histogram", `{"saveas":"s","initRange":[]}`, "initRange is []"},
		{"Histogram", `{"saveas":"s","initRange":[1980,1980]}`, "the first number and the one after the last"},
		{"Histogram", `{"saveas":"s","initRange":[-1000001,1980]}`, "from -1000000"},
		{"Histogram", `{"saveas":"s","initRange":[1980,1000002]}`, "to 1000001"},
		{"Histogram", `{"saveas":"s","initRange":[1980.5,2000]}`, "InitRange"},
		{"Histogram", `{"saveas":"s","boxColors":"red"}`, "BoxColors"},
		{"CrossWords", `{"image":"big.png"}`, "the size is 0"},
		{"CrossWords", `{"image":"big.png","size":2}`, "from 3 to 100"},
		{"CrossWords", `{"image":"big.png","size":101}`, "the size is 101"},
		{"CrossWords", `{"size":60}`, "open"},
		{"CrossWords", `{"size":60,"image":"none.png"}`, "none.png"},
		{"Trivia", `{"saveas":1}`, "SaveAs"},
		{"CircleFlames", `{"victims":"words"}`, "Victims"},
	} {
		wantError(t, widgettest.New(files).Show(c.kind, c.terms), "preload: ")
		wantError(t, widgettest.New(files).Show(c.kind, c.terms), c.wrong)
	}
	for kind, terms := range map[string]string{
		"PhotoCollage": `{"bigimage":"big.png"}`,
		"Histogram":    `{"saveas":"s","initRange":[-1000000,1000001]}`,
		"CrossWords":   `{"image":"big.png","size":100}`,
	} {
		if err := widgettest.New(files).Show(kind, terms); err != nil {
			t.Errorf("%s %s: %v", kind, terms, err)
		}
	}
}

// TestAlike: what all clients are told alike is made once for all of them.
func TestAlike(t *testing.T) {
	files := fstest.MapFS{"big.png": file(t, plain(color.Black))}
	for _, kind := range []string{"PhotoCollage", "Histogram", "CrossWords", "Trivia", "CircleFlames"} {
		ritual := inRitual(t, files, kind, `{"bigimage":"big.png","image":"big.png","size":10,"saveas":"s"}`)
		if _, ok := ritual.Shown().(widget.Crier); !ok {
			t.Errorf("%s is no Crier", kind)
		}
	}
}
