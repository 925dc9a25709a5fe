package widgets

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/rootspush/roots/examples/ritual/widget"
)

func init() {
	widget.Register("Histogram", widget.Kind{New: newHistogram, Preload: checkHistogram})
}

// maxX is how far from zero a number may be. Years, ages, and sums of money are.
const maxX = 1_000_000

// maxTallness is how many times as high as wide a photo is shown at most, so that
// one that is a thin stripe does not leave the others no height.
const maxTallness = 3

// A histogram stacks the photos of people over numbers that they give, such as
// the year when they first came.
type histogram struct {
	BoxColors map[string]string // input, result, turn; handed on
	Images    string            // under which name a PhotoCollage kept photos
	SaveAs    string            // keeps what was placed, a []datum
	InitRange []int             // the first number, and the one after the last
	ritual    widget.Ritual
	data      []datum
}

func newHistogram(ritual widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
	h := &histogram{ritual: ritual}
	if err := h.read(terms); err != nil {
		return nil, err
	}
	h.data, _ = ritual.Kept(h.SaveAs).([]datum)
	return h, nil
}

func checkHistogram(_ fs.FS, terms json.RawMessage) (widget.Preload, error) {
	return widget.Preload{}, new(histogram).read(terms)
}

func (h *histogram) read(terms json.RawMessage) error {
	if err := json.Unmarshal(terms, h); err != nil {
		return err
	}
	if h.SaveAs == "" {
		return errors.New("a Histogram needs a saveas")
	}
	r := h.InitRange
	if r != nil && (len(r) != 2 || r[0] >= r[1] || r[0] < -maxX || r[1] > maxX+1) {
		return fmt.Errorf("initRange is %d, it should be the first number and the one after the last, from %d to %d", r, -maxX, maxX+1)
	}
	return nil
}

// FromClient takes a number, the field "x". The one whose turn it was has had it.
func (h *histogram) FromClient(post widget.Post) error {
	x, err := strconv.Atoi(strings.TrimSpace(post.Fields.Get("x")))
	if err != nil || x < -maxX || x > maxX {
		return fmt.Errorf("%.20q should be a whole number from %d to %d", post.Fields.Get("x"), -maxX, maxX)
	}
	if err := checkRoom(len(h.data), "numbers"); err != nil {
		return err
	}
	photo := keptPhotos(h.ritual, h.Images)[together(post.Users)]
	size := h.ritual.Picture(photo).Bounds()
	h.data = append(h.data, datum{x, photo, heightOf(size)})
	h.ritual.Keep(h.SaveAs, h.data)
	if speakers := h.ritual.Participants(); len(speakers) > 0 && slices.Contains(post.Users, speakers[0]) {
		h.ritual.Rotate()
	}
	return nil
}

// heightOf gives how high a photo of this size is shown.
func heightOf(size image.Rectangle) float64 {
	return columnWidth * min(float64(size.Dy())/float64(size.Dx()), maxTallness)
}

// ToClient implements [widget.Widget].
func (h *histogram) ToClient(string) map[string]any {
	axis := axisOf(h.InitRange, h.data)
	return map[string]any{"boxColors": h.BoxColors, "imgs": axis.stack(h.data), "xaxes": axis.ticks()}
}

// Alike implements [widget.Crier].
func (h *histogram) Alike() {}

// SubpageSame says whether a client has all that was placed.
func (h *histogram) SubpageSame(subpage, _ string) bool { return subpage == strconv.Itoa(len(h.data)) }
