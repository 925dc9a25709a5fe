package widgets

import (
	"encoding/json"
	"errors"
	"io/fs"
	"time"

	"github.com/rootspush/roots/examples/ritual/widget"
)

func init() {
	widget.Register("Video", widget.Kind{New: newVideo, Preload: preloadVideo})
}

// videoTerms are what a page says about its video.
type videoTerms struct {
	BoxColor string
	VideoURL string // any address that a video element plays
	Captions string // a file of the script
}

// A video is watched by everybody together: it began when its page was turned to.
type video struct {
	videoTerms
	ritual widget.Ritual
	began  time.Time
}

func newVideo(ritual widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
	v := &video{ritual: ritual, began: ritual.Now()}
	return v, v.read(terms)
}

// preloadVideo has the video loaded before its page comes, so that it can begin
// for all at once.
func preloadVideo(_ fs.FS, terms json.RawMessage) (widget.Preload, error) {
	var v videoTerms
	err := v.read(terms)
	return widget.Preload{VideoURL: v.VideoURL, Captions: v.Captions}, err
}

func (v *videoTerms) read(terms json.RawMessage) error {
	if err := json.Unmarshal(terms, v); err != nil {
		return err
	}
	if v.VideoURL == "" {
		return errors.New("a Video needs a videoUrl")
	}
	return nil
}

// FromClient implements [widget.Widget]: there is nothing to post, and no harm in it.
func (v *video) FromClient(widget.Post) error { return nil }

// ToClient implements [widget.Widget].
func (v *video) ToClient(string) map[string]any {
	return map[string]any{
		"boxColor":   v.BoxColor,
		"videoUrl":   v.VideoURL,
		"startedAgo": v.ritual.Now().Sub(v.began).Seconds(),
	}
}
