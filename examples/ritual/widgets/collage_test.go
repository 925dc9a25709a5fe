package widgets

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

// TestCollageGrowsFine: whatever comes, photos are inside the grid and do not
// overlap, and all are there until each cell has one; then the oldest goes.
func TestCollageGrowsFine(t *testing.T) {
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 0))
		c := newCollage(noise(random))
		for n := 1; n <= gridSize*gridSize+20; n++ {
			c.add(n, noise(random), random)
			checkTiles(t, c, n)
			if t.Failed() {
				t.Fatalf("with seed %d, after %d photos", seed, n)
			}
		}
	}
}

// noise gives a small picture of a few random colours.
func noise(random *rand.Rand) image.Image {
	side := 1 + random.IntN(6)
	return painted(side, 1+random.IntN(6), func(int, int) color.Color {
		return color.RGBA{uint8(random.Uint32()), uint8(random.Uint32()), uint8(random.Uint32()), 255}
	})
}

// checkTiles wants that the last of n photos are in the collage, oldest first,
// each in cells of its own.
func checkTiles(t *testing.T, c *collage, n int) {
	t.Helper()
	if want := min(n, gridSize*gridSize); len(c.tiles) != want {
		t.Errorf("%d photos are shown, not %d", len(c.tiles), want)
	}
	var taken [gridSize][gridSize]int
	for i, tile := range c.tiles {
		if want := n - len(c.tiles) + 1 + i; tile.number != want {
			t.Errorf("photo %d is at the place of photo %d", tile.number, want)
		}
		if tile.size < 1 || tile.size > 8 || tile.x%tile.size != 0 || tile.y%tile.size != 0 {
			t.Errorf("photo %d is at %v", tile.number, tile.area)
		}
		for x := tile.x; x < tile.x+tile.size; x++ {
			for y := tile.y; y < tile.y+tile.size; y++ {
				if taken[x][y] != 0 {
					t.Errorf("photos %d and %d overlap", taken[x][y], tile.number)
				}
				taken[x][y] = tile.number
			}
		}
	}
}

// TestCollageColours: a photo goes where the picture is like it, after the mean
// of all photos is moved to that of the picture. Here that is 150, with 100 to the
// left and 200 to the right.
func TestCollageColours(t *testing.T) {
	grey := func(value uint8) color.Color { return color.Gray{value} }
	c := newCollage(painted(2, 1, func(x, _ int) color.Color { return grey(uint8(100 + 100*x)) }))
	c.big = painted(256, 256, func(x, _ int) color.Color { return grey(uint8(100 + x/128*100)) }).(*image.RGBA)
	random := rand.New(rand.NewPCG(0, 0))
	for i, photo := range []struct{ value, column int }{
		{80, 0},  // mean 80, so it counts as 150, which is like both: the first is taken
		{100, 8}, // mean 90, counts as 160
		{60, 0},  // mean 80, counts as 130
		{140, 8}, // mean 95, counts as 195
	} {
		c.add(i+1, plain(grey(uint8(photo.value))), random)
		if y := c.tiles[i].y; y != photo.column {
			t.Errorf("the photo of grey %d is in column %d, not %d", photo.value, y, photo.column)
		}
	}
}

// TestCollageDarkness: what is dark is covered last.
func TestCollageDarkness(t *testing.T) {
	for _, edge := range []struct {
		grey uint8
		dark bool
	}{{64, true}, {65, false}} {
		c := newCollage(plain(color.Gray{edge.grey}))
		if dark := !c.bright(area{0, 0, 1}); dark != edge.dark {
			t.Errorf("grey %d is dark: %v", edge.grey, dark)
		}
	}
	// Of the cells of 16 by 16 pixels one has a row of light, a sixteenth of it,
	// which is more than 5 %, and another has half a row, which is less.
	c := newCollage(plain(color.Black))
	lit := area{3, 5, 1}.pixels().Min
	for x := range 16 {
		c.big.Set(lit.X+x, lit.Y, white)
		if x < 8 {
			c.big.Set(x, 0, white)
		}
	}
	random := rand.New(rand.NewPCG(0, 0))
	c.add(1, plain(white), random)
	if got, want := c.tiles[0].area, (area{3, 5, 1}); got != want {
		t.Errorf("the first photo is at %v, not %v", got, want)
	}
	c.add(2, plain(white), random)
	checkTiles(t, c, 2)
}

// TestGiveWay: a photo shrinks into the corner that the new one leaves.
func TestGiveWay(t *testing.T) {
	for place, want := range map[area]area{
		{4, 8, 2}:  {6, 10, 2}, // near corner
		{4, 10, 2}: {4, 8, 2},
		{6, 8, 2}:  {4, 8, 2},
		{6, 10, 2}: {4, 8, 2}, // far corner
		{5, 9, 1}:  {6, 10, 2},
		{7, 11, 1}: {4, 8, 2},
	} {
		photo := &tile{area: area{4, 8, 4}}
		photo.giveWay(place)
		if photo.area != want {
			t.Errorf("for %v it shrinks to %v, not %v", place, photo.area, want)
		}
	}
}

// TestCollageDraws: for who looks for a fault.
func TestCollageDraws(t *testing.T) {
	c := newCollage(plain(white))
	c.add(1, plain(red), rand.New(rand.NewPCG(0, 0)))
	drawn := c.draw().(*image.RGBA)
	if got := pixel(drawn, 64, 64); got != (rgb{255, 0, 0}) {
		t.Errorf("the photo is %v", got)
	}
	if got := pixel(drawn, 192, 192); got != (rgb{255, 255, 255}) {
		t.Errorf("the picture is %v", got)
	}
}
