package stage_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/examples/ritual/stage"
)

// TestSilence: a client that asks for nothing for ten minutes is forgotten, and
// the participant with it, unless another page has the same login.
func TestSilence(t *testing.T) {
	bubble(t, stage.Options{Scripts: script()}, func(t *testing.T, r *rig) {
		must(t, r.Begin("petrov", "petrov", 1))
		ann, bob := r.logIn("ann@example.org", "Ann"), r.logIn("bob@example.org", "Bob")
		r.enter("petrov", "partake", ann)
		silent := r.enter("petrov", "partake", bob)
		other := r.enter("petrov", "partake", ann)
		fake := r.enter("petrov", "observe?fake")
		for range 10 {
			pass(time.Minute)
			r.status("petrov", other, "0")
		}
		r.status("petrov", silent, "0") // is just early enough
		pass(9 * time.Minute)
		r.status("petrov", other, "0")
		pass(time.Minute + 2*time.Second)
		want(t, r.get("/petrov/status?clientId="+silent), http.StatusUnauthorized, "")
		for _, id := range []string{other, fake} {
			if got := r.status("petrov", id, "0"); !strings.Contains(got, annID) || strings.Contains(got, bobID) {
				t.Errorf("there are %s", got)
			}
		}
		again := r.enter("petrov", "partake", bob)
		if got := r.status("petrov", again, "0"); !strings.Contains(got, bobID) {
			t.Errorf("who came back is not in %s", got)
		}
	})
}

// TestOblivion: a ritual that nobody was in for a day is over, and its name free.
func TestOblivion(t *testing.T) {
	bubble(t, stage.Options{Scripts: open()}, func(t *testing.T, r *rig) {
		must(t, r.Begin("open", "open", 1))
		id := r.enter("open", "partake")
		r.post("/open/chat/send", "text=old&clientId="+id)
		pass(24 * time.Hour)
		must(t, r.Begin("other", "open", 1))
		want(t, r.get("/open/partake"), http.StatusOK, "") // somebody else was there ten minutes after it began
		pass(24*time.Hour + 11*time.Minute)
		want(t, r.get("/open/partake"), http.StatusNotFound, "Not Found")
		must(t, r.Begin("open", "open", 1))
		waits := r.wait("/open/chat/receive?clientId=" + r.enter("open", "partake"))
		waits.waits(t) // and nothing is left of the chat
		pass(25 * time.Second)
	})
}

// TestArrivals: who comes is told at once to a few, and together with others to
// many.
func TestArrivals(t *testing.T) {
	bubble(t, stage.Options{Scripts: script()}, func(t *testing.T, r *rig) {
		must(t, r.Begin("petrov", "petrov", 1))
		cookie := r.logIn("ann@example.org", "Ann")
		first := r.enter("petrov", "partake", cookie)
		answers := 0
		for range 400 {
			r.enter("petrov", "partake", cookie)
			waits := r.wait("/petrov/status?have=1&clientId=" + first)
			pass(10 * time.Millisecond)
			select {
			case answer := <-waits.answer:
				answers++
				if !strings.Contains(answer.Body.String(), annID) {
					t.Errorf("it is told %s", answer.Body)
				}
			default:
				go func() { <-waits.answer }()
			}
		}
		if answers > 50 {
			t.Errorf("400 arrivals in 4 s were told %d times", answers)
		}
		r.get("/petrov/status?have=1&clientId=" + first)
		waits := r.poll("petrov", first, "1")
		r.enter("petrov", "partake", r.logIn("eve@example.org", "Eve"))
		waits.waits(t)
		pass(6 * time.Second)
		if got := waits.says(t); !strings.Contains(got, "Eve") {
			t.Errorf("it is told %s", got)
		}
		pass(30 * time.Second)
	})
}

// TestDrain: who waits is answered when the server stops, and nobody waits from
// then on.
func TestDrain(t *testing.T) {
	bubble(t, stage.Options{Scripts: open()}, func(t *testing.T, r *rig) {
		must(t, r.Begin("open", "open", 1))
		id := r.enter("open", "observe")
		r.status("open", id, "0")
		status, chat := r.poll("open", id, "1"), r.wait("/open/chat/receive?clientId="+id)
		r.Drain()
		if got := status.says(t); !strings.HasPrefix(got, `{"widget":"Counter"`) {
			t.Errorf("the status is %s", got)
		}
		if got := chat.says(t); got != `{"message":null}` {
			t.Errorf("the chat is %s", got)
		}
		r.status("open", id, "1")
	})
}

// TestLeaders: of two leaders who press at the same time one turns the page.
func TestLeaders(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: script()})
	must(t, r.Begin("petrov", "petrov", 1))
	for range 2 {
		want(t, r.post("/petrov/nextPage", "page=1"), http.StatusNoContent, "")
	}
	if got := fieldsOf(t, r.status("petrov", r.enter("petrov", "observe"), "0"))["page"]; got != "2" {
		t.Errorf("the page is %v", got)
	}
}

// TestRotation: the speaker changes with a page that had no widget, and when
// somebody is skipped, unless the script does not rotate.
func TestRotation(t *testing.T) {
	for index, want := range map[string]map[string]string{
		`{"background": "night.jpg", "showParticipants": "avatars"}`:                  {"nextPage": bobID, "skipSpeaker": annID, "prevPage": annID},
		`{"background": "night.jpg", "showParticipants": "avatars", "rotate": false}`: {"nextPage": annID, "skipSpeaker": annID, "prevPage": annID},
	} {
		r := newRig(t, stage.Options{Scripts: with(script(), "petrov/index.json", index)})
		must(t, r.Begin("petrov", "petrov", 1))
		r.enter("petrov", "partake", r.logIn("ann@example.org", "Ann"))
		r.enter("petrov", "partake", r.logIn("bob@example.org", "Bob"))
		watcher := r.enter("petrov", "observe")
		for _, press := range []string{"nextPage", "skipSpeaker", "prevPage"} {
			r.post("/petrov/"+press, "")
			first := fieldsOf(t, r.status("petrov", watcher, "0"))["participants"].([]any)[0].(map[string]any)["img"]
			if first != "/avatar/"+want[press]+".png" {
				t.Errorf("%s after %s speaks %v", index, press, first)
			}
		}
	}
}
