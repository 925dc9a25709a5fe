package stage

import (
	"net/http"
	"strings"
	"sync"

	"github.com/rootspush/roots/thestral"
)

// A mailbox keeps what was said in a chat until its visitor asks for it. It keeps
// as much as a newcomer is told; of those who don't ask, the oldest is dropped.
type mailbox struct {
	mu      sync.Mutex // guards what is below
	letters []string
	reader  thestral.Thestral // who waits for a letter; nil if nobody does
	readers int               // that there ever were
}

var _ thestral.Prompt = (*mailbox)(nil)

// Update takes a message, which is JSON, and tells who waits for it.
func (m *mailbox) Update(sender thestral.Thestral, path, message string) {
	m.mu.Lock()
	if m.letters = append(m.letters, message); len(m.letters) > maxMail {
		m.letters = m.letters[1:]
	}
	reader := m.reader
	m.mu.Unlock()
	if reader != nil {
		reader.Update(sender, path, message)
	}
}

// Next returns nil. A reader only rings, and is not called for long.
func (m *mailbox) Next() []thestral.Thestral { return nil }

// hear has a reader told of each letter. A second takes the place of the first,
// who has nothing to wait for any more: the client has asked again.
func (m *mailbox) hear(reader thestral.Thestral) (off func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.readers++
	mine := m.readers
	m.reader = reader
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.readers == mine {
			m.reader = nil
		}
	}
}

// say hands the oldest letter out.
func (m *mailbox) say(over bool) [][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case len(m.letters) > 0:
		letter := m.letters[0]
		m.letters = m.letters[1:]
		return object([]byte(`"message":` + letter))
	case over:
		return object([]byte(`"message":null`))
	}
	return nil
}

// receive answers with the next message of the chat.
func (r *ritual) receive(w http.ResponseWriter, req *http.Request) {
	var v *visitor
	r.turn(func() { v = r.visitor(req.FormValue("clientId")) })
	if v == nil {
		fail(w, errUnknown)
		return
	}
	r.stage.await(w, req, quest{hear: v.mail.hear, say: v.mail.say, lost: func() {}})
}

// A letter is a message of the chat.
type letter struct {
	Sender string `json:"sender"`
	Text   string `json:"text"`
}

// send says something in the chat. Someone who was forgotten may still speak.
func (r *ritual) send(req *http.Request) error {
	text, id := req.FormValue("text"), req.FormValue("clientId")
	if strings.TrimSpace(text) == "" {
		return refuse(http.StatusBadRequest, "there is no text")
	}
	if len(text) > maxChat {
		return refuse(http.StatusBadRequest, "the text has %d bytes, at most %d are allowed", len(text), maxChat)
	}
	sender := "anon" + id[:min(len(id), maxName)]
	r.turn(func() {
		if v := r.visitor(id); v != nil {
			sender = v.name
		}
	})
	message, err := encode(letter{sender, text})
	if err == nil {
		r.stage.roots.Update(nil, r.chat, string(message))
	}
	return err
}
