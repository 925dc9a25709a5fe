package stage_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/examples/ritual/widget"
)

// TestWelcome: who comes is shown the welcome page and nothing else, until it has
// done with that.
func TestWelcome(t *testing.T) {
	bubble(t, stage.Options{Scripts: open()}, func(t *testing.T, r *rig) {
		must(t, r.Begin("open", "open", 1))
		id := r.enter("open", "partake")
		hello := `{"svg":"<svg>hello</svg>","initWidgets":["Counter"],"twilioAudioEnabled":false,"page":"hello"}`
		if diff := cmp.Diff(hello, r.status("open", id, "0")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		waits := r.poll("open", id, "hello")
		r.post("/open/widgetData", "x=1") // is none of its business
		waits.waits(t)
		pass(25 * time.Second)
		if got := waits.says(t); got != "{}" {
			t.Errorf("after the wait it is told %s", got)
		}
		other := r.enter("open", "partake")
		r.status("open", other, "0")
		waits = r.poll("open", id, "hello")
		otherWaits := r.poll("open", other, "hello")
		want(t, r.post("/open/welcomed/"+other, ""), http.StatusNoContent, "")
		want(t, r.post("/open/welcomed/"+id, ""), http.StatusNoContent, "")
		otherWaits.says(t)
		if got := fieldsOf(t, waits.says(t)); got["page"] != "1" || got["count"] != 1.0 {
			t.Errorf("it is told %v", got)
		}
		for _, role := range []string{"partake?fake", "observe"} {
			if got := fieldsOf(t, r.status("open", r.enter("open", role), "0"))["page"]; got != "1" {
				t.Errorf("%s is shown page %v", role, got)
			}
		}
	})
}

// TestLateJoiner: who comes late is told what all are told.
func TestLateJoiner(t *testing.T) {
	inPetrov(t, 2, func(t *testing.T, r *rig, ann, _ string) {
		r.post("/petrov/widgetData", "x=3")
		early := r.status("petrov", ann, "0")
		late := r.status("petrov", r.enter("petrov", "observe"), "0")
		if early != late {
			t.Errorf("early %s\nlate  %s", early, late)
		}
	})
}

// TestObserver: who observes is no participant, also in a browser with a login.
func TestObserver(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: script()})
	must(t, r.Begin("petrov", "petrov", 1))
	id := r.enter("petrov", "observe", r.logIn("ann@example.org", "Ann"))
	if got := r.status("petrov", id, "0"); !strings.HasSuffix(got, `"participants":[]}`) {
		t.Errorf("it is told %s", got)
	}
}

// TestVideo: a script with video rooms has clients in the place of participants.
func TestVideo(t *testing.T) {
	files := with(open(), "open/index.json", `{"background": "night.jpg", "showParticipants": "video"}`)
	bubble(t, stage.Options{Scripts: files}, func(t *testing.T, r *rig) {
		must(t, r.Begin("open", "open", 2))
		id := r.enter("open", "partake")
		want(t, r.post("/open/setName", "name=Ann&clientId="+id), http.StatusNoContent, "")
		want(t, r.upload("/open/clientAvatar/"+id, "", "img", photo(9, 9)), http.StatusNoContent, "")
		clients := `"clients":[{"id":"` + id + `","room":"","name":"Ann","hj":true}]`
		if got := r.status("open", id, "0"); !strings.HasSuffix(got, `"page":"2",`+clients+`}`) {
			t.Errorf("it is told %s", got)
		}
		pass(31 * time.Second) // it is not seen any more
		watcher := r.enter("open", "observe")
		if got := r.status("open", watcher, "0"); !strings.Contains(got, `"clients":[]`) {
			t.Errorf("it is told %s", got)
		}
	})
}

// TestSameCrowd: who says which version it has is not told again who is there, as
// long as that is so.
func TestSameCrowd(t *testing.T) {
	inPetrov(t, 2, func(t *testing.T, r *rig, ann, bob string) {
		ask := func(have, seen string) map[string]any {
			t.Helper()
			return fieldsOf(t, r.get("/petrov/status?subhave=null&clientId="+ann+"&have="+have+"&seen="+seen).Body.String())
		}
		first := ask("0", "0")
		if first["participants"] == nil {
			t.Fatalf("first it is told %v", first)
		}
		r.post("/petrov/nextPage", "")
		second := ask("2", fmt.Sprint(first["seen"]))
		if second["page"] != "3" || second["participants"] != nil {
			t.Errorf("of the page it is told %v", second)
		}
		r.post("/petrov/skipSpeaker", "")
		third := ask("3", fmt.Sprint(second["seen"]))
		if third["participants"] == nil {
			t.Errorf("of another speaker it is told %v", third)
		}
		if again := ask("3", fmt.Sprint(second["seen"])); again["participants"] == nil {
			t.Errorf("if that is lost it is told %v", again)
		}
	})
}

// TestCrowdAfterWelcome: who comes from the welcome page is told who is there.
func TestCrowdAfterWelcome(t *testing.T) {
	files := with(open(), "open/index.json", `{"background": "night.jpg", "showParticipants": "avatars", "welcome": "hello"}`)
	r := newRig(t, stage.Options{Scripts: files})
	must(t, r.Begin("open", "open", 1))
	id := r.enter("open", "partake", r.logIn("ann@example.org", "Ann"))
	r.status("open", r.enter("open", "observe"), "0")
	target := "/open/status?subhave=null&clientId=" + id
	seen := fieldsOf(t, r.get(target+"&have=0&seen=0").Body.String())["seen"]
	want(t, r.post("/open/welcomed/"+id, ""), http.StatusNoContent, "")
	if got := fieldsOf(t, r.get(fmt.Sprint(target, "&have=hello&seen=", seen)).Body.String()); got["participants"] == nil {
		t.Errorf("it is told %v", got)
	}
}

// TestFlood: who waits is told of many posts together, and who asks anyway is told
// what is so.
func TestFlood(t *testing.T) {
	bubble(t, stage.Options{Scripts: open()}, func(t *testing.T, r *rig) {
		must(t, r.Begin("open", "open", 1))
		var id string
		for range 100 { // so that a gate is closed for 100 ms
			id = r.enter("open", "observe")
		}
		answers, done := 0, make(chan bool)
		go func() {
			defer close(done)
			for count, seen := 0.0, any("0"); count < 1000; answers++ {
				told := fieldsOf(t, r.get(fmt.Sprintf("/open/status?have=1&clientId=%s&seen=%v", id, seen)).Body.String())
				count, seen = told["count"].(float64), told["seen"]
			}
		}()
		other := r.enter("open", "observe")
		for sent := range 1000 {
			r.post("/open/widgetData", "x=1")
			if got := fieldsOf(t, r.status("open", other, "0"))["count"]; got != float64(sent+1) {
				t.Fatalf("after %d posts it is told %v", sent+1, got)
			}
			pass(time.Millisecond)
		}
		pass(101 * time.Millisecond)
		<-done
		if answers > 15 {
			t.Errorf("1,000 posts in a second were told one client %d times", answers)
		}
	})
}

// TestLeftUnnoticed: of one who left without a word the others are told with their
// next status.
func TestLeftUnnoticed(t *testing.T) {
	files := with(open(), "open/index.json", `{"background": "night.jpg", "showParticipants": "video"}`)
	bubble(t, stage.Options{Scripts: files}, func(t *testing.T, r *rig) {
		must(t, r.Begin("open", "open", 2))
		r.status("open", r.enter("open", "partake"), "0")
		target := "/open/status?clientId=" + r.enter("open", "partake")
		told := fieldsOf(t, r.get(target+"&have=0&seen=0").Body.String())
		if all := told["clients"].([]any); len(all) != 2 {
			t.Fatalf("there are %v", all)
		}
		for range 2 {
			told = fieldsOf(t, r.get(fmt.Sprint(target, "&have=2&seen=", told["seen"])).Body.String())
		}
		if all, is := told["clients"].([]any); !is || len(all) != 1 {
			t.Errorf("after 50 s it is told %v", told)
		}
	})
}

// A crier is a doll that tells all the same.
type crier struct{ *doll }

func (crier) Alike() {}

// TestCrier: a widget that tells all the same is asked once for each version, and
// another for each client.
func TestCrier(t *testing.T) {
	for _, alike := range []bool{true, false} {
		var asked []string
		d := &doll{tell: func(client string) map[string]any {
			asked = append(asked, client)
			return nil
		}}
		puppet = func(widget.Ritual, json.RawMessage) (widget.Widget, error) {
			if alike {
				return crier{d}, nil
			}
			return d, nil
		}
		r := newRig(t, stage.Options{Scripts: with(script(), "petrov/2.json", `{"widget": "Puppet"}`)})
		must(t, r.Begin("petrov", "petrov", 2))
		ann, bob := r.enter("petrov", "observe"), r.enter("petrov", "observe")
		for _, id := range []string{ann, bob, ann} {
			r.status("petrov", id, "0")
		}
		r.post("/petrov/widgetData", "")
		r.status("petrov", ann, "0")
		want := []string{ann, bob, ann, ann}
		if alike {
			want = []string{"", ""}
		}
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("alike is %v (-want +got):\n%s", alike, diff)
		}
	}
}
