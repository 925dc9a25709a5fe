package firenze_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/thestral"
)

// openLatest begins a session that keeps the latest message of each path.
func (r *rig) openLatest() string { return read(r.t, r.ask("GET", "/?latest")).ReconnectWith }

// updates are made of paths and messages in turn.
func updates(texts ...string) (all []thestral.Update) {
	for pair := range slices.Chunk(texts, 2) {
		all = append(all, thestral.Update{Path: pair[0], Message: pair[1]})
	}
	return all
}

// TestLatestReplaces what is still queued. The newer message takes its place at
// the end, so that the order stays that of the numbers.
func TestLatestReplaces(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.openLatest()
		to, _ := r.dolores.Lookup(idOf(session))
		for _, u := range updates("a", "1", "b", "1", "a", "2", "c", "1", "b", "2", "b", "3") {
			to.Update(nil, u.Path, u.Message)
		}
		a := read(t, r.ask("GET", "/"+session))
		if diff := cmp.Diff(updates("a", "2", "c", "1", "b", "3"), a.Updates); diff != "" {
			t.Errorf("updates (-want +got):\n%s", diff)
		}
		r.poll(a.ReconnectWith).wantWaiting()
	})
}

// TestLatestInFlight: the old message is on its way when the newer one takes
// its place, and confirming the old one does not confirm the newer.
func TestLatestInFlight(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.openLatest()
		r.tell(session, "1")
		next := r.poll(session).want(0, "1")
		r.tell(session, "2")
		r.poll(session).want(0, "2") // the answer with 1 was lost
		last := r.poll(next).want(0, "2")
		r.tell(session, "3")
		r.poll(next).want(0, "3")
		r.poll(last).want(0, "3")
		r.poll(next).want(0, "3")
	})
}

// TestLatestNeverOverflows as long as the paths are few.
func TestLatestNeverOverflows(t *testing.T) {
	bubble(t, firenze.Options{MaxMessages: 1, MaxBytes: frameSize + 4}, func(t *testing.T, r *rig) {
		session := r.openLatest()
		for i := range 5000 {
			r.tell(session, strconv.Itoa(i))
		}
		r.poll(session).want(0, "4999")
		other, _ := r.dolores.Lookup(idOf(session))
		other.Update(nil, "q", "1")
		r.poll(session).wantNew(session)
	})
}

// TestLatestKeepsControlPaths: that one path was disconnected does not make the
// news old that another one was.
func TestLatestKeepsControlPaths(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.openLatest()
		for _, path := range []string{"a", "b"} {
			r.connect(session, path)
			r.dolores.Update(nil, thestral.Disconnect, thestral.JoinConnection(idOf(session), path))
		}
		want := updates("a", "", thestral.Disconnected, "a", "b", "", thestral.Disconnected, "b")
		if diff := cmp.Diff(want, read(t, r.ask("GET", "/"+session)).Updates); diff != "" {
			t.Errorf("updates (-want +got):\n%s", diff)
		}
	})
}

// TestLatestIsOfTheSession that is begun: to ask for it later changes nothing,
// and who asks with each request has it again in the next session.
func TestLatestIsOfTheSession(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		r.tell(session, "1", "2")
		r.poll(session+"?latest").want(0, "1", "2")
		r.ask("DELETE", "/"+session)
		session = r.poll(session + "?latest").wantNew(session)
		r.tell(session, "1", "2")
		r.poll(session).want(0, "2")
	})
}
