package stage

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// A script is what a ritual follows. It is read and checked whole, and never
// changes.
type script struct {
	name      string
	files     fs.FS // its folder
	index     index
	pages     []*page // from page 1 on
	welcome   *page   // for those who come; nil if there is none
	preloads  []widget.Preload
	addresses []string // that it names, of pictures and media from elsewhere
}

// An index is the index.json of a script.
type index struct {
	Background string  `json:"background"` // a file of the script
	Show       any     `json:"showParticipants"`
	Rotate     bool    `json:"rotate"`
	BkgAll     bool    `json:"bkgAll"`
	Ratio      float64 `json:"ratio"`
	Reserve    string  `json:"breserve"`
	Welcome    string  `json:"welcome"` // the name of a page
}

// participants says how participants are shown: "avatars", "video" or "none".
func (x *index) participants() string {
	if x.Show == "avatars" || x.Show == "video" {
		return x.Show.(string)
	}
	return "none"
}

// A page is one page of a script.
type page struct {
	name    string // "6", or what the welcome page is called
	encoded []byte // the fields of a status that brings it
	widget  string // the name of its kind; "" if there is none
	terms   json.RawMessage
}

// scripts lists the folders that have an index.json.
func scripts(all fs.FS) (names []string) {
	entries, err := fs.ReadDir(all, ".")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if _, err := fs.Stat(all, path.Join(e.Name(), "index.json")); err == nil && isVisible(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

// readScript reads the script in a folder of all. An error says which file is
// wrong, and why.
func readScript(all fs.FS, name string) (*script, error) {
	if !isVisible(name) {
		return nil, fmt.Errorf("there is no script %q", name)
	}
	files, err := fs.Sub(all, name)
	if err != nil {
		return nil, fmt.Errorf("there is no script %q", name)
	}
	r := &reader{files: files, left: maxScript}
	s := &script{name: name, files: files}
	if err := s.read(r); err != nil {
		return nil, fmt.Errorf("%s/%w", name, err)
	}
	s.addresses = r.addresses
	return s, nil
}

func (s *script) read(r *reader) error {
	if err := s.readIndex(r); err != nil {
		return fmt.Errorf("index.json: %w", err)
	}
	if s.index.Welcome != "" {
		welcome, err := s.readPage(r, s.index.Welcome)
		if err != nil {
			return err
		}
		s.welcome = welcome
	}
	for n := 1; n == 1 || r.has(strconv.Itoa(n)+".svg"); n++ {
		if n > maxPages {
			return fmt.Errorf("%d.svg: a script has at most %d pages", n, maxPages)
		}
		next, err := s.readPage(r, strconv.Itoa(n))
		if err != nil {
			return err
		}
		s.pages = append(s.pages, next)
	}
	return r.checkNoMore(len(s.pages))
}

func (s *script) readIndex(r *reader) error {
	s.index = index{Rotate: true, Ratio: 16.0 / 9, Reserve: "233px"}
	text, given, err := r.object("index.json")
	if err != nil {
		return err
	}
	for _, required := range []string{"background", "showParticipants"} {
		if given[required] == nil {
			return fmt.Errorf("%q is missing", required)
		}
	}
	if err := json.Unmarshal(text, &s.index); err != nil {
		return err
	}
	if s.index.Ratio <= 0 || s.index.Ratio > 100 {
		return fmt.Errorf("the ratio is %v, it must be the width of a page divided by its height", s.index.Ratio)
	}
	if !isVisible(s.index.Background) || !r.has(s.index.Background) {
		return fmt.Errorf("the background %q is no file of the script", s.index.Background)
	}
	return nil
}

// readPage reads NAME.svg, and NAME.json if there is one.
func (s *script) readPage(r *reader, name string) (*page, error) {
	if !isVisible(name) {
		return nil, fmt.Errorf("index.json: the welcome page can't be called %q", name)
	}
	svg, err := r.svg(name + ".svg")
	if err != nil {
		return nil, fmt.Errorf("%s.svg: %w", name, err)
	}
	p := &page{name: name, terms: json.RawMessage("{}")}
	var given map[string]json.RawMessage
	if r.has(name + ".json") {
		if p.terms, given, err = r.object(name + ".json"); err == nil {
			err = s.readWidget(p, given["widget"])
		}
	}
	if err == nil {
		p.encoded, err = pageFields(name, svg, given)
	}
	if err != nil {
		return nil, fmt.Errorf("%s.json: %w", name, err)
	}
	return p, nil
}

// readWidget lets the kind of a page's widget look at its terms.
func (s *script) readWidget(p *page, name json.RawMessage) error {
	if name == nil || string(name) == "null" {
		return nil
	}
	if err := json.Unmarshal(name, &p.widget); err != nil {
		return fmt.Errorf("the widget is %.100s, it must be a name", name)
	}
	kind, found := widget.Find(p.widget)
	if !found {
		return fmt.Errorf("there is no widget %q", p.widget)
	}
	if kind.Preload == nil {
		return nil
	}
	preload, err := preload(kind, s.files, p.terms)
	if preload.VideoURL != "" {
		s.preloads = append(s.preloads, preload)
	}
	return err
}

// preload calls a widget, whose panic is no more than an error in the script.
func preload(kind widget.Kind, files fs.FS, terms json.RawMessage) (p widget.Preload, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("the widget panics: %v", reason)
		}
	}()
	return kind.Preload(files, terms)
}

// pageFields encodes what a status says of a page: its SVG, what the page's JSON
// has for the client, and its name, as the original orders them.
func pageFields(name, svg string, given map[string]json.RawMessage) ([]byte, error) {
	text, err := encode(svg)
	if err != nil {
		return nil, err
	}
	b := append([]byte(`"svg":`), text...)
	for _, key := range []string{"background", "bkZoom", "bkZoomCenter", "chatClass", "initWidgets"} {
		if value := given[key]; value != nil {
			b = append(append(b, `,"`+key+`":`...), value...)
		}
	}
	audio := given["twilioAudioEnabled"]
	if audio == nil {
		audio = json.RawMessage("false")
	}
	b = append(append(b, `,"twilioAudioEnabled":`...), audio...)
	quoted, err := encode(name)
	return append(append(b, `,"page":`...), quoted...), err
}
