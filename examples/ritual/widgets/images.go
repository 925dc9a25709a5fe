package widgets

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif" // what a script's pictures may be, beside JPEG and PNG
	_ "image/jpeg"
	_ "image/png"
	"io"
	"io/fs"

	"golang.org/x/image/draw"
)

// The largest picture that a script may name: in a file of so many bytes, and
// of so many pixels.
const (
	maxPictureFile   = 16 << 20
	maxPicturePixels = 16_000_000
)

// scriptPicture reads a picture of a script: JPEG, PNG or GIF.
func scriptPicture(script fs.FS, name string) (image.Image, error) {
	content, err := readFile(script, name)
	if err != nil {
		return nil, err
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("picture %q: %w, it should be a JPEG, PNG or GIF", name, err)
	}
	if config.Width*config.Height > maxPicturePixels {
		return nil, fmt.Errorf("picture %q has %d×%d pixels, at most %d in all are allowed", name, config.Width, config.Height, maxPicturePixels)
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("picture %q: %w", name, err)
	}
	return picture, nil
}

// readFile reads a file that is to be a picture, but no larger one than is allowed.
func readFile(script fs.FS, name string) ([]byte, error) {
	file, err := script.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxPictureFile+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxPictureFile {
		return nil, fmt.Errorf("picture %q is larger than %d bytes, which is the most", name, maxPictureFile)
	}
	return content, nil
}

// scaled gives a picture in another size, on black where it is transparent.
func scaled(picture image.Image, width, height int) *image.RGBA {
	to := black(width, height)
	draw.BiLinear.Scale(to, to.Rect, picture, picture.Bounds(), draw.Over, nil)
	return to
}

// squared gives the whole of a picture in a black square.
func squared(picture image.Image, side int) *image.RGBA {
	to, from := black(side, side), picture.Bounds()
	longer := max(from.Dx(), from.Dy())
	size := image.Pt(max(1, from.Dx()*side/longer), max(1, from.Dy()*side/longer))
	corner := image.Pt((side-size.X)/2, (side-size.Y)/2)
	draw.BiLinear.Scale(to, image.Rectangle{corner, corner.Add(size)}, picture, from, draw.Over, nil)
	return to
}

func black(width, height int) *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(picture, picture.Rect, image.Black, image.Point{}, draw.Src)
	return picture
}

// An rgb is a colour of 0 to 255 for red, green and blue, or a sum or difference
// of such.
type rgb [3]float64

func (c rgb) grey() float64 { return (c[0] + c[1] + c[2]) / 3 }

func (c *rgb) add(other rgb) {
	for i := range c {
		c[i] += other[i]
	}
}

func (c rgb) times(factor float64) rgb {
	return rgb{c[0] * factor, c[1] * factor, c[2] * factor}
}

func (c rgb) minus(other rgb) rgb {
	return rgb{c[0] - other[0], c[1] - other[1], c[2] - other[2]}
}

// pixel gives the colour of an opaque picture at a place.
func pixel(picture *image.RGBA, x, y int) rgb {
	p := picture.Pix[picture.PixOffset(x, y):]
	return rgb{float64(p[0]), float64(p[1]), float64(p[2])}
}

// mean gives the mean colour of the part of an opaque picture that is in area.
func mean(picture *image.RGBA, area image.Rectangle) rgb {
	area = area.Intersect(picture.Rect)
	var sum rgb
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			sum.add(pixel(picture, x, y))
		}
	}
	return sum.times(1 / float64(area.Dx()*area.Dy()))
}
