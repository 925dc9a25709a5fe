package widgets

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"

	"golang.org/x/image/draw"
)

// The big picture is a grid of 16 by 16 cells, and each cell is 16 by 16 pixels
// of it. A photo is compared with a part of the big picture as 16 by 16 pixels too.
const (
	gridSize  = 16
	cellSize  = 16
	patchSize = 16
)

// What is darker than this in nearly all of its area gets no photo, as long as
// there is anything else.
const (
	darkGrey  = 64
	darkShare = 0.95
)

// A collage is the big picture with photos on a part of it. No two of them
// overlap, and each is a square of 8, 4, 2 or 1 cells that begins at a multiple of
// its size. The first are as large as half the grid. When all places for these
// are taken, photos that come later take a quarter of the place of an earlier one.
type collage struct {
	big   *image.RGBA
	tiles []*tile // in the order of their photos
	size  int     // of the tiles that are placed now, in cells
	sum   rgb     // of the mean colours of all photos, and how many
	count int
}

// An area is a square of the grid. As browsers are told, x goes down and y goes
// to the right.
type area struct{ x, y, size int }

// A tile is a photo in its place.
type tile struct {
	area
	number int         // of the photo
	patch  *image.RGBA // the photo in patchSize
	scale  float64     // a little less than its place
	tilt   float64     // in degrees
}

func newCollage(big image.Image) *collage {
	const pixels = gridSize * cellSize
	return &collage{big: scaled(big, pixels, pixels), size: gridSize / 2}
}

// add places a photo.
func (c *collage) add(number int, photo image.Image, random *rand.Rand) {
	patch := squared(photo, patchSize)
	c.sum.add(mean(patch, patch.Rect))
	c.count++
	c.tiles = append(c.tiles, &tile{
		area:   c.place(patch),
		number: number,
		patch:  patch,
		scale:  0.9 + 0.1*random.Float64(),
		tilt:   10*random.Float64() - 5,
	})
}

// place makes room for a photo, where it fits best. Dark places serve when no
// others are left, even for the smallest tiles. When each cell has a photo, that
// which was there for longest makes room.
func (c *collage) place(patch *image.RGBA) area {
	for {
		if best, found := c.best(patch, c.bright); found {
			return c.take(best)
		}
		if c.size == 1 {
			break
		}
		c.size /= 2
	}
	if best, found := c.best(patch, func(area) bool { return true }); found {
		return c.take(best)
	}
	oldest := c.tiles[0]
	c.tiles = slices.Delete(c.tiles, 0, 1)
	return oldest.area
}

// best gives the place for a photo where the colours are nearest to its own,
// after these were shifted so that photos are as bright as the big picture.
func (c *collage) best(patch *image.RGBA, wanted func(area) bool) (best area, found bool) {
	shift := mean(c.big, c.big.Rect).minus(c.sum.times(1 / float64(c.count)))
	least := math.Inf(1)
	for x := 0; x < gridSize; x += c.size {
		for y := 0; y < gridSize; y += c.size {
			place := area{x, y, c.size}
			if !c.free(place) || !wanted(place) {
				continue
			}
			if d := c.difference(patch, shift, place); d < least {
				best, found, least = place, true, d
			}
		}
	}
	return best, found
}

// free says that a place has no photo, or is a part of that of a larger one.
func (c *collage) free(place area) bool {
	for _, tile := range c.tiles {
		if tile.overlaps(place) && tile.size <= place.size {
			return false
		}
	}
	return true
}

// take makes a photo give way that is larger than the place which it is in.
func (c *collage) take(place area) area {
	for _, tile := range c.tiles {
		if tile.overlaps(place) {
			tile.giveWay(place)
		}
	}
	return place
}

// giveWay halves a tile, in its near corner, or in its far one if the place that
// is wanted lies in the near one.
func (t *tile) giveWay(place area) {
	t.size /= 2
	if t.overlaps(place) {
		t.x += t.size
		t.y += t.size
	}
}

func (a area) overlaps(b area) bool {
	return a.x < b.x+b.size && b.x < a.x+a.size && a.y < b.y+b.size && b.y < a.y+a.size
}

// pixels gives the part of the big picture.
func (a area) pixels() image.Rectangle {
	corner := image.Pt(a.y*cellSize, a.x*cellSize)
	return image.Rectangle{corner, corner.Add(image.Pt(a.size*cellSize, a.size*cellSize))}
}

// bright says that a place is not too dark for a photo.
func (c *collage) bright(place area) bool {
	dark, all := 0, place.pixels()
	for y := all.Min.Y; y < all.Max.Y; y++ {
		for x := all.Min.X; x < all.Max.X; x++ {
			if pixel(c.big, x, y).grey() <= darkGrey {
				dark++
			}
		}
	}
	return float64(dark) <= darkShare*float64(all.Dx()*all.Dy())
}

// difference gives how far a photo is from a place in colour: the mean over
// pixels and channels. What the shift moves out of 0 to 255 may stay there: to
// cut it off would bring it nearer to all places alike.
func (c *collage) difference(patch *image.RGBA, shift rgb, place area) float64 {
	corner, step := place.pixels().Min, place.size*cellSize/patchSize
	var sum float64
	for y := range patchSize {
		for x := range patchSize {
			at := corner.Add(image.Pt(x*step, y*step))
			want := mean(c.big, image.Rectangle{at, at.Add(image.Pt(step, step))})
			have := pixel(patch, x, y)
			for i := range have {
				sum += math.Abs(have[i] + shift[i] - want[i])
			}
		}
	}
	return sum / (3 * patchSize * patchSize)
}

// A shownTile is what browsers are told of a tile.
type shownTile struct {
	Number int     `json:"imgid"`
	X      int     `json:"x"`
	Y      int     `json:"y"`
	R      float64 `json:"r"` // the mean colour of what it covers
	G      float64 `json:"g"`
	B      float64 `json:"b"`
	Size   int     `json:"size"`
	Scale  float64 `json:"sm"`
	Tilt   float64 `json:"theta"`
}

// shown gives what browsers are told.
func (c *collage) shown() []shownTile {
	all := make([]shownTile, len(c.tiles))
	for i, t := range c.tiles {
		colour := mean(c.big, t.pixels())
		all[i] = shownTile{
			t.number, t.x, t.y,
			rounded(colour[0]), rounded(colour[1]), rounded(colour[2]),
			t.size, rounded(t.scale), rounded(t.tilt),
		}
	}
	return all
}

// draw gives the big picture with the photos on it.
func (c *collage) draw() image.Image {
	to := image.NewRGBA(c.big.Rect)
	draw.Draw(to, to.Rect, c.big, image.Point{}, draw.Src)
	for _, t := range c.tiles {
		draw.NearestNeighbor.Scale(to, t.pixels(), t.patch, t.patch.Rect, draw.Src, nil)
	}
	return to
}
