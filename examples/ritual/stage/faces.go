package stage

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"strconv"
	"sync"
)

// postFace takes the picture of a visitor, which others see in video mode. It is
// made small, and nothing is left in it but the picture.
func (r *ritual) postFace(req *http.Request) error {
	data, err := fileOf(req, "img")
	if err != nil {
		return err
	}
	face, _, err := clean(data, faceSide)
	if err != nil {
		return err
	}
	return r.setFace(req.PathValue("client"), face)
}

// setFace tells everybody of a first face, and nobody of another.
func (r *ritual) setFace(id string, face []byte) error {
	if !r.stage.pictures.take(len(face)) {
		return errNoRoom
	}
	err := r.change(id, errNotFound, func(v *visitor) {
		first := v.face == nil && face != nil
		face, v.face = v.face, face
		if first {
			r.changeCrowd()
		}
	})
	r.stage.pictures.give(len(face)) // of the one before, or of this if nobody has it
	return err
}

func (r *ritual) deleteFace(req *http.Request) error {
	return r.setFace(req.PathValue("client"), nil)
}

func (r *ritual) getFace(w http.ResponseWriter, req *http.Request) {
	var face []byte
	age := "max-age=300"
	err := r.change(req.PathValue("client"), errNotFound, func(v *visitor) { face = v.face })
	if err != nil {
		fail(w, err)
		return
	}
	if face == nil {
		face, age = defaultFace(), "max-age=0"
	}
	w.Header().Set("Content-Type", "image/jpg")
	w.Header().Set("Cache-Control", age)
	w.Header().Set("Content-Length", strconv.Itoa(len(face)))
	_, _ = w.Write(face) // fails only if the browser has gone
}

// fileOf returns a file that was posted.
func fileOf(req *http.Request, name string) ([]byte, error) {
	if req.MultipartForm == nil || len(req.MultipartForm.File[name]) == 0 {
		return nil, refuse(http.StatusBadRequest, "there is no picture in the field %q", name)
	}
	return contents(req.MultipartForm.File[name][0])
}

// defaultFace is a face for who has none: a head and shoulders.
var defaultFace = sync.OnceValue(func() []byte {
	const side = 100
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	disc(img, image.Pt(50, 50), 200, color.RGBA{0x3a, 0x40, 0x58, 0xff})
	disc(img, image.Pt(50, 38), 19, color.RGBA{0xd8, 0xc8, 0xa8, 0xff})
	disc(img, image.Pt(50, 100), 38, color.RGBA{0xd8, 0xc8, 0xa8, 0xff})
	return encodeJPEG(img)
})

// disc paints a circle, as far as it is in the picture.
func disc(img *image.RGBA, at image.Point, radius int, c color.RGBA) {
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if d := image.Pt(x, y).Sub(at); d.X*d.X+d.Y*d.Y < radius*radius {
				img.SetRGBA(x, y, c)
			}
		}
	}
}

func encodeJPEG(img image.Image) []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, &jpeg.Options{Quality: 85}) // a Buffer takes everything, and no picture here is too large
	return b.Bytes()
}
