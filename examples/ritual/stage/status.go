package stage

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/rootspush/roots/examples/ritual/widget"
	"github.com/rootspush/roots/thestral"
)

// A question is what a client says that it has when it asks for a status.
type question struct {
	have    string // the page
	subhave string // the page within the page
	counts  bool   // it says itself which version it was told
	seen    uint64 // that version; otherwise the last one that it was sent
}

func questionOf(query url.Values) question {
	seen, _ := strconv.ParseUint(query.Get("seen"), 10, 64) // any other text is no version, so it is told anew
	return question{query.Get("have"), query.Get("subhave"), query.Has("seen"), seen}
}

// getStatus tells a client what it does not have, as soon as there is anything.
func (r *ritual) getStatus(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	if !query.Has("clientId") {
		fail(w, refuse(http.StatusBadRequest, "the clientId is missing"))
		return
	}
	q := questionOf(query)
	var v *visitor
	r.turn(func() {
		if v = r.visitor(query.Get("clientId")); v == nil {
			return
		}
		if !q.counts {
			q.seen = v.told // as it is now: of two requests neither takes the other's news
		}
		r.asks(v)
	})
	if v == nil {
		fail(w, errUnknown)
		return
	}
	r.stage.await(w, req, quest{
		hear: func(t thestral.Thestral) (off func()) { return r.stage.owl.On(r.path, t) },
		say:  func(over bool) [][]byte { return r.say(v, q, over) },
		lost: func() { r.turn(func() { v.told = 0 }) },
	})
}

// asks notes that a client asked for a status.
func (r *ritual) asks(v *visitor) {
	v.asked = time.Now()
	if r.place == nil || v.role == observe {
		return
	}
	if a, is := r.place.widget.(widget.Asker); is {
		a.Asked(v.id)
	}
}

// say returns the status of a client, or nil while it has that already and the
// wait is not over.
func (r *ritual) say(v *visitor, q question, over bool) (status [][]byte) {
	r.turn(func() {
		if over || !r.isTold(v, q) {
			status = r.status(v, q)
		}
	})
	if status == nil && over {
		return object() // the ritual is over
	}
	return status
}

// isTold says whether a client has all that its status would tell.
func (r *ritual) isTold(v *visitor, q question) bool {
	page := r.pageOf(v)
	switch {
	case q.have != page.name:
		return false
	case page == r.script.welcome:
		return true // whoever is there is told nothing else
	case q.seen < r.own:
		return false
	case r.place == nil:
		return true
	}
	s, is := r.place.widget.(widget.Subpager)
	if !is {
		return q.seen >= r.rung
	}
	same := false
	r.safely(func() { same = s.SubpageSame(q.subhave, v.id) })
	return same
}

// pageOf is the page that a client is to show.
func (r *ritual) pageOf(v *visitor) *page {
	if v.welcomed {
		return r.page()
	}
	return r.script.welcome
}

func (r *ritual) status(v *visitor, q question) [][]byte {
	var page, shown, crowd, seen []byte
	if p := r.pageOf(v); q.have != p.name {
		page = p.encoded
	}
	if v.welcomed {
		shown, crowd = r.widgetPart(v), r.crowdPart(q)
	}
	if q.counts {
		seen = fmt.Appendf(nil, `"seen":%d`, r.version)
	}
	v.told = r.version
	return object(page, shown, crowd, seen)
}

// widgetPart is what the widget tells a client.
func (r *ritual) widgetPart(v *visitor) []byte {
	p := r.place
	if p == nil {
		return nil
	}
	if _, alike := p.widget.(widget.Crier); !alike {
		return r.encodeWidget(v.id)
	}
	if p.toldAt != r.version {
		p.told, p.toldAt = r.encodeWidget(""), r.version
	}
	return p.told
}

// encodeWidget has the widget's name, and what it tells a client. If it fails, the
// page is shown all the same.
func (r *ritual) encodeWidget(client string) []byte {
	var told []byte
	r.safely(func() {
		var err error
		if told, err = fields(r.place.widget.ToClient(client)); err != nil {
			r.wrong = err
		}
	})
	name, _ := encode(r.place.name) // a text can always be encoded
	part := append([]byte(`"widget":`), name...)
	if len(told) == 0 {
		return part
	}
	return append(append(part, ','), told...)
}
