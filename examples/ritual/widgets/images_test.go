package widgets

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
	"testing/fstest"
)

// painted gives a picture of this size, whose pixels are what paint says.
func painted(width, height int, paint func(x, y int) color.Color) image.Image {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.Set(x, y, paint(x, y))
		}
	}
	return picture
}

func plain(c color.Color) image.Image {
	return painted(16, 16, func(int, int) color.Color { return c })
}

// file gives a picture as a file of a script.
func file(t testing.TB, picture image.Image) *fstest.MapFile {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: out.Bytes()}
}

// TestScriptPictures: what is wrong with a picture is told when the ritual is made.
func TestScriptPictures(t *testing.T) {
	wide := func(width, height int) *fstest.MapFile {
		return file(t, image.NewGray(image.Rect(0, 0, width, height)))
	}
	files := fstest.MapFS{
		"text.png": {Data: []byte("no picture")},
		"cut.png":  {Data: file(t, plain(white)).Data[:60]},
		"most.png": wide(16_000, 1000),
		"more.png": wide(16_001, 1000),
		"huge.png": {Data: make([]byte, maxPictureFile+1)},
	}
	for name, wrong := range map[string]string{
		"missing.png": "file does not exist",
		"../big.png":  "open ../big.png",
		"text.png":    `picture "text.png": image: unknown format, it should be a JPEG, PNG or GIF`,
		"cut.png":     `picture "cut.png": png: invalid format`,
		"more.png":    "16001×1000 pixels, at most 16000000",
		"huge.png":    "larger than 16777216 bytes",
	} {
		_, err := scriptPicture(files, name)
		wantError(t, err, wrong)
	}
	if _, err := scriptPicture(files, "most.png"); err != nil {
		t.Error(err)
	}
}

// TestSquared: a photo is whole in its square, in the middle of black.
func TestSquared(t *testing.T) {
	for _, size := range []image.Point{{200, 100}, {100, 200}, {1, 1000}, {1000, 1}, {3, 3}} {
		square := squared(painted(size.X, size.Y, func(int, int) color.Color { return white }), 16)
		if middle := mean(square, image.Rect(7, 7, 9, 9)).grey(); middle < 100 {
			t.Errorf("%v is %v in the middle", size, middle)
		}
		if corner := pixel(square, 0, 0).grey(); corner != 0 && size.X != size.Y {
			t.Errorf("%v is %v in the corner", size, corner)
		}
	}
}
