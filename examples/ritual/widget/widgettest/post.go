package widgettest

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"net/url"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// Text gives the post of one field by these users.
func Text(field, text string, users ...string) widget.Post {
	return widget.Post{Fields: url.Values{field: {text}}, Users: users}
}

// File gives the post of one file by these users.
func File(field string, content []byte, users ...string) widget.Post {
	return widget.Post{Files: map[string][]byte{field: content}, Users: users}
}

// JPEG gives a picture of one colour, as it would be uploaded. It panics when
// the size is none.
func JPEG(width, height int, c color.Color) []byte {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(picture, picture.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// AddPicture implements [widget.Ritual]: it takes any JPEG.
func (r *Ritual) AddPicture(file []byte) (n int, picture image.Image, err error) {
	picture, err = jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		return 0, nil, err
	}
	r.pictures = append(r.pictures, picture)
	return len(r.pictures) - 1, picture, nil
}

// Picture implements [widget.Ritual]. Picture 0 is 64 by 64 pixels large.
func (r *Ritual) Picture(n int) image.Image {
	if n < 0 || n >= len(r.pictures) {
		n = 0
	}
	return r.pictures[n]
}
