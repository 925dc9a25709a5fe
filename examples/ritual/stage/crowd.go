package stage

import (
	"bytes"
	"time"
)

// A crowd is the part of a status that tells who is there. It is the same for
// all, so it is made once for each version, or after a while: some have left
// then.
type crowd struct {
	version uint64
	at      time.Time
	encoded []byte
	since   uint64 // the version from which on it was the same
}

// A participant is somebody with a login.
type participant struct {
	Name string `json:"name"`
	Img  string `json:"img"`
}

// A face is a client of a ritual in video mode.
type face struct {
	ID     string `json:"id"`
	Room   string `json:"room"` // there are no rooms
	Name   string `json:"name"`
	HasImg bool   `json:"hj"`
}

// crowdPart is nil for a client that says itself which version it has, if nobody
// came or went since: of a thousand participants it is the largest part.
func (r *ritual) crowdPart(q question) []byte {
	c := &r.here
	if c.version != r.version || time.Since(c.at) >= tick {
		r.renewCrowd()
	}
	comes := r.script.welcome != nil && q.have == r.script.welcome.name // that page is told nothing of it
	if q.counts && q.seen >= c.since && !comes {
		return nil
	}
	return c.encoded
}

func (r *ritual) renewCrowd() {
	c := &r.here
	encoded := r.encodeCrowd()
	if !bytes.Equal(encoded, c.encoded) {
		if c.version == r.version {
			r.version++ // somebody left, which nobody noticed
		}
		c.encoded, c.since = encoded, r.version
	}
	c.version, c.at = r.version, time.Now()
}

func (r *ritual) encodeCrowd() []byte {
	var part []byte
	switch r.script.index.participants() {
	case "avatars":
		part, _ = fields(map[string]any{"participants": r.people()}) // texts can always be encoded
	case "video":
		part, _ = fields(map[string]any{"clients": r.clients()})
	}
	return part
}

func (r *ritual) people() []participant {
	all := []participant{}
	for _, user := range r.participants {
		all = append(all, participant{r.stage.logins.get(user).name, "/avatar/" + user + ".png"})
	}
	return all
}

func (r *ritual) clients() []face {
	all := []face{}
	for _, v := range r.present() {
		all = append(all, face{ID: v.id, Name: v.name, HasImg: v.face != nil})
	}
	return all
}
