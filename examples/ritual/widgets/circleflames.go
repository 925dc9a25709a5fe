package widgets

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/rootspush/roots/examples/ritual/widget"
)

func init() {
	widget.Register("CircleFlames", widget.Kind{New: newCircleFlames, Preload: check[circleFlames]})
}

// A circleFlames lets what people wrote burn in a circle of their photos, and
// then turns the page.
type circleFlames struct {
	Victims []string // under which names texts were kept
	Flames  string   // under which name a PhotoCollage kept photos
	ritual  widget.Ritual
	burning map[string]any // what clients are told
}

func newCircleFlames(ritual widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
	c := &circleFlames{ritual: ritual}
	if err := json.Unmarshal(terms, c); err != nil {
		return nil, err
	}
	victims := []string{}
	for _, name := range c.Victims {
		victims = append(victims, keptTexts(ritual, name)...)
	}
	flames := slices.AppendSeq([]int{}, maps.Values(keptPhotos(ritual, c.Flames)))
	slices.Sort(flames) // a map has no order, and the shuffle should depend on chance alone
	c.burning = map[string]any{
		"victims": shuffled(ritual, victims),
		"flames":  shuffled(ritual, flames),
	}
	return c, nil
}

func shuffled[T any](ritual widget.Ritual, all []T) []T {
	ritual.Rand().Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// FromClient turns the page: each browser posts when all has burnt, and the
// first is enough. The others' posts are for a page that is over; the ritual
// knows them by the page that they name.
func (c *circleFlames) FromClient(widget.Post) error { return c.ritual.NextPage() }

// ToClient implements [widget.Widget].
func (c *circleFlames) ToClient(string) map[string]any { return c.burning }

// Alike implements [widget.Crier].
func (c *circleFlames) Alike() {}
