package widgets

import (
	"encoding/json"
	"errors"
	"image"
	"io/fs"
	"maps"
	"strings"

	"github.com/rootspush/roots/examples/ritual/widget"
)

func init() {
	widget.Register("PhotoCollage", widget.Kind{New: newPhotoCollage, Preload: checkPhotoCollage})
}

// A photoCollage puts photos of people where the big picture has their colours.
type photoCollage struct {
	BoxColor string
	BigImage string // a picture of the script
	SaveAs   string // keeps who has which picture, a photos
	ritual   widget.Ritual
	grid     *collage
}

// photos tell the number of the picture of those who share a browser, by the
// key of their logins.
type photos = map[string]int

// together gives the key of people who share a browser.
func together(users []string) string { return strings.Join(users, "__") }

// keptPhotos gives those that are kept under a name.
func keptPhotos(ritual widget.Ritual, name string) photos {
	kept, _ := ritual.Kept(name).(photos)
	return kept
}

func newPhotoCollage(ritual widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
	p := &photoCollage{ritual: ritual}
	big, err := p.read(ritual.Script(), terms)
	if err != nil {
		return nil, err
	}
	p.grid = newCollage(big)
	return p, nil
}

func checkPhotoCollage(script fs.FS, terms json.RawMessage) (widget.Preload, error) {
	_, err := new(photoCollage).read(script, terms)
	return widget.Preload{}, err
}

// read reads the terms, and the big picture that they name.
func (p *photoCollage) read(script fs.FS, terms json.RawMessage) (big image.Image, err error) {
	if err := json.Unmarshal(terms, p); err != nil {
		return nil, err
	}
	if p.BigImage == "" {
		return nil, errors.New("a PhotoCollage needs a bigimage")
	}
	return scriptPicture(script, p.BigImage)
}

// FromClient takes a photo, the file "img".
func (p *photoCollage) FromClient(post widget.Post) error {
	file, users := post.Files["img"], together(post.Users)
	if len(file) == 0 {
		return errors.New(`there is no photo: it should be the file "img"`)
	}
	if kept := keptPhotos(p.ritual, p.SaveAs); kept[users] == 0 {
		if err := checkRoom(len(kept), "photos"); err != nil {
			return err
		}
	}
	number, photo, err := p.ritual.AddPicture(file)
	if err != nil {
		return err
	}
	p.grid.add(number, photo, p.ritual.Rand())
	p.keep(users, number)
	return nil
}

// keep leaves for later pages which picture these people have.
func (p *photoCollage) keep(users string, number int) {
	if p.SaveAs == "" {
		return
	}
	kept := photos{}
	maps.Copy(kept, keptPhotos(p.ritual, p.SaveAs))
	kept[users] = number
	p.ritual.Keep(p.SaveAs, kept)
}

// ToClient implements [widget.Widget].
func (p *photoCollage) ToClient(string) map[string]any {
	return map[string]any{"boxcolor": p.BoxColor, "gridsize": gridSize, "imgs": p.grid.shown()}
}

// Alike implements [widget.Crier].
func (p *photoCollage) Alike() {}

// Draw gives the big picture with the photos on it, as small as they were compared.
func (p *photoCollage) Draw() image.Image { return p.grid.draw() }
