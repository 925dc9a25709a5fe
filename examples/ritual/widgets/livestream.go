package widgets

import (
	"encoding/json"

	"github.com/rootspush/roots/examples/ritual/widget"
)

func init() {
	widget.Register("Livestream", widget.Kind{New: newLivestream, Preload: check[livestream]})
}

// A livestream is shown from wherever it is: whoever makes it, and how, is no
// business of the ritual. It is not loaded before its page comes.
type livestream struct {
	BoxColor    string
	PlaybackURL string // any address that a video element plays; without it there is a notice
}

func newLivestream(_ widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
	l := new(livestream)
	return l, json.Unmarshal(terms, l)
}

// FromClient implements [widget.Widget]: there is nothing to post, and no harm in it.
func (l *livestream) FromClient(widget.Post) error { return nil }

// ToClient implements [widget.Widget].
func (l *livestream) ToClient(string) map[string]any {
	return map[string]any{"boxColor": l.BoxColor, "playbackUrl": l.PlaybackURL}
}
