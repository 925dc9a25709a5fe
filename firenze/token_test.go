package firenze_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze"
)

// others are characters that one could be mistaken for.
func others(c byte) []string {
	all := []string{string(c ^ 1), "A", "z", "7", "-", ".", "%00", "%ff", "%C3%A9", ""}
	if lower := strings.ToLower(string(c)); lower != string(c) {
		all = append(all, lower)
	} else {
		all = append(all, strings.ToUpper(string(c)))
	}
	return append(all, string(c)+string(c))
}

// forgeries are what one change of a character makes of the id or the key. What
// follows "KEY-" is the number, which may be anything.
func forgeries(session string) (all []string) {
	right := session[:strings.LastIndex(session, "-")+1]
	for i := range right {
		if right[i] == '/' {
			continue
		}
		for _, other := range others(right[i]) {
			if forged := session[:i] + other + session[i+1:]; !strings.HasPrefix(forged, right) {
				all = append(all, forged)
			}
		}
	}
	return all
}

// TestEachChangeOfATokenIsRefused: it gets a new session as anybody does, and
// the poll that waits in the old one, its messages and its life stay as they are.
func TestEachChangeOfATokenIsRefused(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		quiet, session := r.open(), r.open()
		r.tell(session, "1")
		session = r.poll(session).want(0, "1")
		r.tell(session, "2")
		waiting := r.poll(quiet)
		for _, s := range []string{quiet, session} {
			for _, forged := range forgeries(s) {
				got := r.poll(forged).wantNew(session)
				if idOf(got) == idOf(quiet) {
					t.Fatalf("%s leads to %s", forged, s)
				}
				r.ask("DELETE", "/"+forged)
				r.ask("POST", "/"+forged+"/bye")
				r.ask("DELETE", "/"+got)
			}
		}
		waiting.wantWaiting()
		pass(firenze.Absence - 1)
		r.poll(session).want(0, "2")
		r.tell(quiet, "3")
		pass(0)
		waiting.want(firenze.Absence-1, "3")
	})
}

// TestForgeriesAreNoRequests: to be asked for does not keep a session alive if
// the key is wrong.
func TestForgeriesAreNoRequests(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		for range firenze.Absence / time.Second {
			pass(time.Second)
			r.poll(idOf(session) + "/WRONG-0").wantNew(session)
		}
		pass(firenze.Tick)
		if r.alive(session) {
			t.Error("a wrong key kept the session alive")
		}
	})
}

// TestKeyOfAnother session opens nothing, and neither does the id for the key.
func TestKeyOfAnother(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		a, b := r.open(), r.open()
		_, key, _ := strings.Cut(b, "/")
		for _, forged := range []string{idOf(a) + "/" + key, idOf(a) + "/" + idOf(a) + "-0", idOf(a) + "/-0", idOf(a) + "//" + key, key + "/" + key, key + "/" + idOf(a)} {
			got := r.poll(forged).wantNew(a)
			if idOf(got) == idOf(b) {
				t.Errorf("%s leads to %s", forged, b)
			}
		}
	})
}
