package widgets

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/rootspush/roots/examples/ritual/widget"
)

func init() {
	widget.Register("BucketSinging", widget.Kind{New: newBucketSinging, Preload: preloadBucketSinging})
}

// How long those who are ready wait for the others, from the first on. They are
// looked at a little later than that, so that a clock that is read twice in the
// same moment makes no difference.
const (
	waitForSeen     = time.Second     // if all who have asked are ready
	waitForExpected = 5 * time.Second // whoever is missing
	lookLater       = 100 * time.Millisecond
)

// lateSlot is where those sing who come late: they hear the most of the others
// that can still be heard themselves.
const lateSlot = 2

// songTerms are what a page says about its song. They never change.
type songTerms struct {
	Lyrics        []string
	BoxColor      string
	BoxColors     map[string]string // lyrics, video
	Leader        string            // an e-mail address
	Backing       string            // a track of the singing server, and a file of the script
	VideoURL      string
	Captions      string    // a file of the script
	LyricTimings  []float64 // of each lyric, in seconds from the start
	MuteTimings   []float64
	UnmuteTimings []float64
	StartMuted    bool
	RoundVideo    bool
	JustInit      bool
	Background    json.RawMessage `json:"bsBkg"` // for the singing client, handed on
}

// A bucketSinging gathers those who want to sing, gives each a place in the
// chain of singers, and begins the song: at the singing server if there is one.
//
// Sound takes too long for people to sing together from afar. So singers stand in
// a chain of four slots: each hears those before, and is heard by those behind.
type bucketSinging struct {
	songTerms
	ritual   widget.Ritual
	server   singingServer
	backing  string             // where browsers find the backing track, or ""
	singers  map[string]*singer // by client: those who have asked or are ready, and are still here
	expected int                // clients that were here when last looked
	first    time.Time          // when the first was ready
	began    time.Time          // when the song began
}

// A singer is one client.
type singer struct {
	ready        bool
	uncalibrated bool // does not know how long its sound takes
	lead         bool // opened as a leader of the ritual
	slot         int
}

func newBucketSinging(ritual widget.Ritual, terms json.RawMessage) (widget.Widget, error) {
	b := &bucketSinging{ritual: ritual, server: singingServer(ritual.Secret("BUCKET_SINGING_URL")), singers: map[string]*singer{}}
	if err := b.read(terms); err != nil {
		return nil, err
	}
	if _, err := fs.Stat(ritual.Script(), b.Backing); b.Backing != "" && err == nil {
		b.backing = "namedimg/" + url.PathEscape(b.Backing)
	}
	b.here()
	return b, nil
}

func preloadBucketSinging(_ fs.FS, terms json.RawMessage) (widget.Preload, error) {
	var song songTerms
	err := song.read(terms)
	return widget.Preload{VideoURL: song.VideoURL, Captions: song.Captions}, err
}

func (s *songTerms) read(terms json.RawMessage) error {
	s.RoundVideo = true
	if err := json.Unmarshal(terms, s); err != nil {
		return err
	}
	if s.BoxColors == nil {
		s.BoxColors = map[string]string{"lyrics": s.BoxColor}
	}
	return nil
}

// here returns the clients that are here, and forgets the singers that are not.
func (b *bucketSinging) here() []widget.Client {
	here := b.ritual.Clients()
	known := make(map[string]bool, len(here))
	for _, client := range here {
		known[client.ID] = true
	}
	maps.DeleteFunc(b.singers, func(id string, _ *singer) bool { return !known[id] })
	b.expected = len(here)
	return here
}

// singer returns that of a client, which may be new.
func (b *bucketSinging) singer(client string) *singer {
	s := b.singers[client]
	if s == nil {
		s = &singer{slot: lateSlot}
		b.singers[client] = s
	}
	return s
}

// Asked notes that there is somebody to wait for.
func (b *bucketSinging) Asked(client string) {
	b.singer(client)
	b.beginIfReady()
}

// FromClient takes the two things that a client says: that it is ready, and which
// slot it wants.
func (b *bucketSinging) FromClient(post widget.Post) error {
	client := post.Fields.Get("clientId")
	if !slices.ContainsFunc(b.here(), func(c widget.Client) bool { return c.ID == client }) {
		return fmt.Errorf("clientId %.50q is not here: ask for a status first", client)
	}
	switch action := post.Fields.Get("action"); action {
	case "ready":
		b.ready(b.singer(client), post.Fields)
		return nil
	case "pickslot":
		slot, err := strconv.Atoi(post.Fields.Get("slot"))
		if err != nil || slot < 0 || slot >= slots {
			return fmt.Errorf("slot %.20q is not a number from 0 to %d", post.Fields.Get("slot"), slots-1)
		}
		b.singer(client).slot = slot
		return nil
	default:
		return fmt.Errorf("action %.20q is neither ready nor pickslot", action)
	}
}

// ready notes that a client is ready, once. One that comes late gets its slot
// at once.
func (b *bucketSinging) ready(s *singer, fields url.Values) {
	if s.ready {
		return
	}
	s.ready = true
	s.uncalibrated = fields.Get("calibrationFail") == "true"
	s.lead = fields.Get("islead") == "true"
	if b.hasBegun() {
		if s.uncalibrated {
			s.slot = lastSlot
		}
		return
	}
	if b.first.IsZero() {
		b.first = b.ritual.Now()
		b.ritual.After(waitForSeen+lookLater, b.beginIfReady)
		b.ritual.After(waitForExpected+lookLater, b.beginIfReady)
	}
	b.beginIfReady()
}

// beginIfReady begins the song if everybody is ready who is waited for.
func (b *bucketSinging) beginIfReady() {
	here := b.here()
	if b.first.IsZero() || b.hasBegun() {
		return
	}
	waited, ready := b.ritual.Now().Sub(b.first), b.countReady()
	if ready < b.expected && waited < waitForExpected && (ready < len(b.singers) || waited <= waitForSeen) {
		return
	}
	b.began = b.ritual.Now()
	b.giveSlots(here)
	b.tellServer()
	b.ritual.Changed()
}

func (b *bucketSinging) hasBegun() bool { return !b.began.IsZero() }

func (b *bucketSinging) countReady() (n int) {
	for _, s := range b.singers {
		if s.ready {
			n++
		}
	}
	return n
}

// tellServer begins the song at the singing server. Where that fails people have
// the lyrics and the backing track all the same.
func (b *bucketSinging) tellServer() {
	if b.server == "" {
		return
	}
	b.ritual.Aside(b.server.sing(b.songTerms), func(err error) {
		if err != nil {
			slog.Warn("the singing server did not take the song", "error", err)
		}
	})
}
