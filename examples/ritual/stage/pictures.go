package stage

import (
	"bytes"
	"image"
	"image/color"
	_ "image/gif" // kinds of pictures that are taken
	"image/jpeg"
	"image/png"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// A picture is a JPEG of ours.
type picture []byte

// decode returns the picture itself.
func (p picture) decode() image.Image {
	img, err := jpeg.Decode(bytes.NewReader(p))
	if err != nil {
		panic("stage: a picture that was encoded can't be decoded: " + err.Error())
	}
	return img
}

// yellow is picture 0, for who has none.
var yellow = sync.OnceValue(func() picture {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	disc(img, image.Pt(32, 32), 64, color.RGBA{0, 0, 0, 255})
	disc(img, image.Pt(32, 32), 32, color.RGBA{255, 255, 0, 255})
	return encodeJPEG(img)
})

// picture returns picture n, or the one for those who have none.
func (r *ritual) picture(n int) picture {
	if n < 1 || n > len(r.pictures) {
		return yellow()
	}
	return r.pictures[n-1]
}

func (r *ritual) addPicture(data []byte) (n int, img image.Image, err error) {
	if len(r.pictures) >= maxPictures {
		return 0, nil, refuse(http.StatusBadRequest, "there are %d pictures already, which is as many as there may be", maxPictures)
	}
	kept, img, err := clean(data, pictureSide)
	if err == nil && !r.stage.pictures.take(len(kept)) {
		err = errNoRoom
	}
	if err != nil {
		return 0, nil, err
	}
	r.pictures = append(r.pictures, kept)
	return len(r.pictures), img, nil
}

var errNoRoom = refuse(http.StatusServiceUnavailable, "the server has no room for more pictures")

// getPicture serves picture N as N.jpg.
func (r *ritual) getPicture(w http.ResponseWriter, req *http.Request) {
	number, isJPEG := strings.CutSuffix(req.PathValue("file"), ".jpg")
	n, err := strconv.Atoi(number)
	var found picture
	r.turn(func() {
		if isJPEG && err == nil && n >= 0 && n <= len(r.pictures) {
			found = r.picture(n)
		}
	})
	if found == nil {
		fail(w, errNotFound)
		return
	}
	w.Header().Set("Cache-Control", "max-age=300")
	writeImage(w, "image/jpeg", found)
}

// debug draws what the widget has to show to those who look for a fault.
func (r *ritual) debug(w http.ResponseWriter, req *http.Request) {
	var drawn image.Image
	r.turn(func() {
		if r.place == nil {
			return
		}
		if d, is := r.place.widget.(widget.Drawer); is {
			drawn = d.Draw()
		}
	})
	if drawn == nil {
		fail(w, errNotFound)
		return
	}
	var b bytes.Buffer
	if err := png.Encode(&b, drawn); err != nil {
		fail(w, err)
		return
	}
	writeImage(w, "image/png", b.Bytes())
}

func writeImage(w http.ResponseWriter, kind string, data []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // fails only if the browser has gone
}

// decoding holds one for each picture that is being decoded, for that takes
// memory in proportion to its pixels.
var decoding = make(chan struct{}, 4)

// clean returns a picture as a JPEG whose longer side has at most so many pixels,
// and decoded. Nothing else that was in the file, such as where it was taken, is
// left.
func clean(data []byte, side int) (picture, image.Image, error) {
	decoding <- struct{}{}
	defer func() { <-decoding }()
	img, err := decodeImage(data)
	if err != nil {
		return nil, nil, err
	}
	img = shrink(img, side)
	return encodeJPEG(img), img, nil
}

// decodeImage decodes what somebody sent. How large the picture is, is known
// before its pixels are.
func decodeImage(data []byte) (image.Image, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "this is no picture that can be read, it must be a JPEG, PNG, GIF or WebP")
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height {
		return nil, refuse(http.StatusBadRequest, "the picture has %d x %d pixels, at most %d in all are allowed", config.Width, config.Height, maxPixels)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the picture is damaged: %v", err)
	}
	return img, nil
}

// shrink scales a picture down so that it fits into a square. What is transparent
// becomes black, as in every JPEG.
func shrink(img image.Image, side int) image.Image {
	size := img.Bounds().Size()
	if longer := max(size.X, size.Y); longer > side {
		size = image.Pt(max(1, size.X*side/longer), max(1, size.Y*side/longer))
	}
	small := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(small, small.Rect, image.Black, image.Point{}, draw.Src)
	draw.BiLinear.Scale(small, small.Rect, img, img.Bounds(), draw.Over, nil)
	return small
}
