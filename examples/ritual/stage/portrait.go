package stage

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"strconv"

	"golang.org/x/image/draw"
)

// A crop says which part of a photo is shown: it is scaled by 2^(zoom/5), and then
// the portrait begins at a point of it. The zero value shows the middle.
type crop struct {
	given      bool
	zoom, x, y float64
}

// cropOf reads the form's zoom, x and y; a form without them shows the middle.
func cropOf(req *http.Request) (c crop, err error) {
	for name, into := range map[string]*float64{"zoom": &c.zoom, "x": &c.x, "y": &c.y} {
		text := req.PostFormValue(name)
		if text == "" {
			continue
		}
		c.given = true
		*into, err = strconv.ParseFloat(text, 64)
		if err != nil || !(math.Abs(*into) <= 1e6) {
			return c, refuse(http.StatusBadRequest, "%s is %.20q, it must be a number", name, text)
		}
	}
	if math.Abs(c.zoom) > 100 {
		return c, refuse(http.StatusBadRequest, "zoom is %v, it must be between -100 and 100", c.zoom)
	}
	return c, nil
}

// of is the square of a photo that is shown.
func (c crop) of(photo image.Rectangle) image.Rectangle {
	if !c.given {
		side := min(photo.Dx(), photo.Dy())
		at := photo.Min.Add(image.Pt((photo.Dx()-side)/2, (photo.Dy()-side)/2))
		return image.Rectangle{at, at.Add(image.Pt(side, side))}
	}
	scale := math.Exp2(c.zoom / 5)
	side := max(1, int(math.Round(portraitSize/scale)))
	at := photo.Min.Add(image.Pt(int(math.Round(c.x/scale)), int(math.Round(c.y/scale))))
	return image.Rectangle{at, at.Add(image.Pt(side, side))}
}

// portrait cuts the photo of a login out: a circle, as a PNG.
func portrait(data []byte, c crop) ([]byte, error) {
	decoding <- struct{}{}
	defer func() { <-decoding }()
	photo, err := decodeImage(data)
	if err != nil {
		return nil, err
	}
	square := image.NewNRGBA(image.Rect(0, 0, portraitSize, portraitSize))
	draw.Draw(square, square.Rect, image.Black, image.Point{}, draw.Src)
	paste(square, photo, c.of(photo.Bounds()))
	round := circle()
	for i := range round.Pix {
		square.Pix[i*4+3] = round.Pix[i]
	}
	var b bytes.Buffer
	if err := png.Encode(&b, square); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// paste scales the part of a photo to the square, as far as it is in the photo.
// What is beyond stays as it was.
func paste(square *image.NRGBA, photo image.Image, part image.Rectangle) {
	seen := part.Intersect(photo.Bounds())
	scale := float64(portraitSize) / float64(part.Dx())
	to := func(p image.Point) image.Point {
		return image.Pt(int(math.Round(float64(p.X-part.Min.X)*scale)), int(math.Round(float64(p.Y-part.Min.Y)*scale)))
	}
	draw.BiLinear.Scale(square, image.Rectangle{to(seen.Min), to(seen.Max)}, photo, seen, draw.Over, nil)
}

// circle is how much of each pixel is seen: those within the circle, with an edge
// that is softened over five pixels.
func circle() *image.Alpha {
	const half = portraitSize / 2
	hard := image.NewAlpha(image.Rect(0, 0, portraitSize, portraitSize))
	for y := range portraitSize {
		for x := range portraitSize {
			if math.Hypot(float64(x)+0.5-half, float64(y)+0.5-half) <= half {
				hard.SetAlpha(x, y, color.Alpha{A: 255})
			}
		}
	}
	soft := image.NewAlpha(hard.Rect)
	for y := range portraitSize {
		for x := range portraitSize {
			soft.SetAlpha(x, y, color.Alpha{A: mean(hard, x, y)})
		}
	}
	return soft
}

// mean is that of the 5 x 5 pixels around; what is beyond the edge is not seen.
func mean(img *image.Alpha, x, y int) uint8 {
	sum := 0
	for dy := -2; dy <= 2; dy++ {
		for dx := -2; dx <= 2; dx++ {
			sum += int(img.AlphaAt(x+dx, y+dy).A)
		}
	}
	return uint8(sum / 25)
}
