package firenze

import (
	"bytes"
	"encoding/json"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/rootspush/roots/thestral"
)

// A frame is an update in the form in which it goes over the wire. It is shared
// by all sessions that queue it, and never changed.
type frame struct {
	path, message string
	json          []byte
	since         time.Duration // when it was published
	first         *client       // whom it was made for
}

// frames makes frames, and gives out the one that it made for the same update
// just before. An update reaches the sessions one after the other, so that
// encodes it once however many they are. A session that gets the same once more
// tells that it is published anew.
type frames struct {
	recent [64]atomic.Pointer[frame] // by path, so that few updates drive each other out
}

var pathSeed = maphash.MakeSeed()

// frame returns the frame of an update for to, made now or before.
func (fs *frames) frame(to *client, path, message string) *frame {
	recent := &fs.recent[maphash.String(pathSeed, path)%uint64(len(fs.recent))]
	// The comparison is quick: strings that are one and the same are not read.
	if f := recent.Load(); f != nil && f.path == path && f.message == message && f.first != to {
		return f
	}
	f := &frame{path, message, encode(path, message), to.firenze.setClock(), to}
	recent.Store(f)
	return f
}

// forget lets go of what was kept for the next session. Done at every tick, it
// keeps the age of a frame right to a tick.
func (fs *frames) forget() {
	for i := range fs.recent {
		fs.recent[i].Store(nil)
	}
}

func encode(path, message string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(thestral.Update{Path: path, Message: message}); err != nil {
		panic("firenze: two strings can't be encoded: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
