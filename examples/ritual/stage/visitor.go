package stage

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rootspush/roots/examples/ritual/client"
)

// Roles, as they stand in addresses.
const (
	partake = "partake"
	lead    = "lead"
	observe = "observe"
)

// A visitor is one browser page that shows a ritual. What changes belongs to the
// ritual's turn.
type visitor struct {
	id       string
	role     string
	users    []string // the logins of its browser
	endless  bool     // it is not taken for one that left
	mail     *mailbox
	leave    func() // gives back what it had, once it is in the ritual no more
	name     string
	welcomed bool      // it has done with the welcome page
	heard    time.Time // when it last asked for anything
	asked    time.Time // when it last asked for a status; zero before the first
	told     uint64    // the version that it was last told
	face     []byte    // a JPEG; nil if it sent none
}

// newVisitor makes a visitor, who hears the chat from now on.
func (r *ritual) newVisitor(role string, users []string, endless bool) *visitor {
	var id [32]byte
	_, _ = rand.Read(id[:]) // never fails
	v := &visitor{
		id: base64.RawURLEncoding.EncodeToString(id[:]), role: role, users: users, endless: endless,
		mail: new(mailbox), name: "NotYetNamed", heard: time.Now(),
		welcomed: endless || role == observe || r.script.welcome == nil,
	}
	off := r.stage.owl.On(r.chat, v.mail) // and what is remembered of it
	v.leave = func() {
		off()
		r.stage.pictures.give(len(v.face))
	}
	return v
}

// join lets a visitor in. Where a ritual is full, who has been silent for the
// longest makes room, unless all are there.
func (r *ritual) join(v *visitor) error {
	err := errFull
	var left []*visitor
	r.turn(func() {
		if len(r.visitors) >= maxVisitors {
			left = r.forget(r.mostSilent())
		}
		if len(r.visitors) >= maxVisitors {
			return
		}
		err = nil
		r.visitors = append(r.visitors, v)
		r.byID[v.id] = v
		r.enlist(v)
		if r.script.index.participants() != "none" && v.role != observe {
			r.changeCrowd()
		}
	})
	for _, gone := range left {
		gone.leave()
	}
	if err != nil {
		v.leave()
	}
	return err
}

var errFull = refuse(http.StatusServiceUnavailable, "as many take part as there can, try again later")

// mostSilent matches the visitor who was silent for the longest, if that is no
// longer there.
func (r *ritual) mostSilent() func(*visitor) bool {
	first := slices.MinFunc(r.visitors, func(a, b *visitor) int { return a.heard.Compare(b.heard) })
	return func(v *visitor) bool { return v == first && time.Since(v.heard) > presence }
}

// enlist makes participants of the logins of a visitor: leaders come first.
func (r *ritual) enlist(v *visitor) {
	if !r.needsLogin() {
		return
	}
	var added []string
	for _, user := range v.users {
		if !slices.Contains(r.participants, user) {
			added = append(added, user)
		}
	}
	if v.role == lead {
		r.participants = slices.Concat(added, r.participants)
	} else {
		r.participants = slices.Concat(r.participants, added)
	}
}

// forget takes out those who match, and the participants who have left with them.
func (r *ritual) forget(match func(*visitor) bool) (gone []*visitor) {
	var stay []*visitor
	here := map[string]bool{}
	for _, v := range r.visitors {
		if match(v) {
			gone = append(gone, v)
			delete(r.byID, v.id)
			continue
		}
		stay = append(stay, v)
		for _, user := range v.users {
			here[user] = true
		}
	}
	if len(gone) > 0 {
		r.visitors = stay
		r.participants = slices.DeleteFunc(slices.Clone(r.participants), func(user string) bool { return !here[user] })
		r.changeAll()
	}
	return gone
}

// visitor finds one by its id, and notes that it was heard of.
func (r *ritual) visitor(id string) *visitor {
	v := r.byID[id]
	if v != nil {
		v.heard = time.Now()
	}
	return v
}

// isSilent says whether a visitor has not been heard of for long enough to forget
// it.
func (v *visitor) isSilent() bool {
	most := silence
	if v.endless {
		most = oblivion
	}
	return time.Since(v.heard) > most
}

// present are those who asked for a status lately, in the order in which they
// came. Who only observes is not among them.
func (r *ritual) present() (all []*visitor) {
	for _, v := range r.visitors {
		if v.role != observe && (v.endless || time.Since(v.asked) < presence) {
			all = append(all, v)
		}
	}
	return all
}

// needsLogin says whether who takes part is known by name and photo.
func (r *ritual) needsLogin() bool { return r.script.index.participants() == "avatars" }

// open answers with the page of a role, or with a form to log in where that is
// needed.
func (r *ritual) open(role string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		if strings.Contains(req.UserAgent(), "facebookexternalhit") {
			fail(w, refuse(http.StatusForbidden, "a ritual has no preview"))
			return
		}
		if role == lead && !r.stage.mayLead(w, req) {
			fail(w, errNoLeader)
			return
		}
		var users []string // who only observes is nobody
		if role != observe {
			users = r.stage.users(req)
		}
		if len(users) == 0 && r.needsLogin() && role != observe {
			setCookie(w, lastRitual, escapeName(r.name))
			showLogin(w, http.StatusOK, client.LoginPage{Ritual: r.name})
			return
		}
		flags := req.URL.Query()
		v := r.newVisitor(role, users, flags.Has("fake"))
		if err := r.join(v); err != nil {
			fail(w, err)
			return
		}
		r.showStage(w, v)
	}
}

func (r *ritual) showStage(w http.ResponseWriter, v *visitor) {
	x := &r.script.index
	token := ""
	if v.role == lead {
		token = r.stage.secret(leaderToken)
	}
	page := client.StagePage{
		Ritual: r.name, Client: v.id, Role: v.role, Token: token,
		Participants: x.participants(), Rotate: x.Rotate, BkgAll: x.BkgAll, Ratio: x.Ratio, Reserve: x.Reserve,
		Names: r.stage.logins.names(v.users), Preload: r.script.preloads,
	}
	startHTML(w, http.StatusOK, client.Policy(r.script.addresses...))
	_ = client.Stage(w, page) // fails only if the browser has gone
}
