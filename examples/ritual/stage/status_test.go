package stage_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/stage"
)

// inPetrov runs a test with a ritual that Ann partakes of and Bob leads.
func inPetrov(t *testing.T, page int, test func(t *testing.T, r *rig, ann, bob string)) {
	t.Helper()
	bubble(t, stage.Options{Scripts: script()}, func(t *testing.T, r *rig) {
		must(t, r.Begin("petrov", "petrov", page))
		ann := r.enter("petrov", "partake", r.logIn("ann@example.org", "Ann"))
		bob := r.enter("petrov", "lead", r.logIn("bob@example.org", "Bob"))
		pass(2 * time.Second) // what is to be told of arrivals is told
		test(t, r, ann, bob)
	})
}

const people = `"participants":[{"name":"Bob","img":"/avatar/` + bobID + `.png"},{"name":"Ann","img":"/avatar/` + annID + `.png"}]`

// The ids of logins without a key: they are the same each time.
const (
	annID = "1VVQLVQYHTAAE"
	bobID = "-WT56037MAC3J"
)

// TestStatus: what clients are told, byte by byte.
func TestStatus(t *testing.T) {
	inPetrov(t, 2, func(t *testing.T, r *rig, ann, _ string) {
		page := `"svg":"<svg>two</svg>","background":"dusk.jpg","bkZoom":1.5,"chatClass":"left","twilioAudioEnabled":false,"page":"2"`
		for have, want := range map[string]string{
			"0":       `{` + page + `,"widget":"Counter","count":0,` + people + `}`,
			"welcome": `{` + page + `,"widget":"Counter","count":0,` + people + `}`,
			"":        `{` + page + `,"widget":"Counter","count":0,` + people + `}`,
		} {
			if diff := cmp.Diff(want, r.status("petrov", ann, have)); diff != "" {
				t.Errorf("who has %q (-want +got):\n%s", have, diff)
			}
		}
		waits := r.poll("petrov", ann, "2")
		pass(24 * time.Second)
		waits.waits(t)
		pass(time.Second)
		if diff := cmp.Diff(`{"widget":"Counter","count":0,`+people+`}`, waits.says(t)); diff != "" {
			t.Errorf("after the wait (-want +got):\n%s", diff)
		}
	})
}

// TestReleases: what lets those who wait go, and what does not.
func TestReleases(t *testing.T) {
	for name, c := range map[string]struct {
		do       func(r *rig, ann, bob string)
		released bool
	}{
		"next page":     {func(r *rig, _, _ string) { r.post("/petrov/nextPage", "") }, true},
		"previous page": {func(r *rig, _, _ string) { r.post("/petrov/prevPage", "") }, true},
		"skip speaker":  {func(r *rig, _, _ string) { r.post("/petrov/skipSpeaker", "") }, true},
		"widget data":   {func(r *rig, _, _ string) { r.post("/petrov/widgetData", "x=1") }, true},
		"name":          {func(r *rig, ann, _ string) { r.post("/petrov/setName", "clientId="+ann+"&name=Annie") }, true},
		"welcomed":      {func(r *rig, ann, _ string) { r.post("/petrov/welcomed/"+ann, "") }, true},
		"first face":    {func(r *rig, ann, _ string) { r.upload("/petrov/clientAvatar/"+ann, "", "img", photo(9, 9)) }, true},
		"somebody came": {func(r *rig, _, _ string) { r.enter("petrov", "partake", r.logIn("eve@example.org", "Eve")) }, true},

		"chat":           {func(r *rig, ann, _ string) { r.post("/petrov/chat/send", "text=hi&clientId="+ann) }, false},
		"bad data":       {func(r *rig, _, _ string) { r.post("/petrov/widgetData", "x=y") }, false},
		"an observer":    {func(r *rig, _, _ string) { r.enter("petrov", "observe") }, false},
		"a login":        {func(r *rig, _, _ string) { r.get("/petrov/partake") }, false},
		"room failure":   {func(r *rig, ann, _ string) { r.post("/petrov/twilioRoomFail/"+ann, "") }, false},
		"another's page": {func(r *rig, _, _ string) { r.post("/petrov/nextPage", "page=1") }, false},
		"late data":      {func(r *rig, _, _ string) { r.post("/petrov/widgetData?page=1", "x=1") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			inPetrov(t, 2, func(t *testing.T, r *rig, ann, bob string) {
				r.status("petrov", bob, "0")
				waits := r.poll("petrov", bob, "2")
				c.do(r, ann, bob)
				if c.released {
					waits.says(t)
				} else {
					waits.waits(t)
				}
			})
		})
	}
}

// TestOtherFaces: nobody is told of a face that takes the place of another, nor of
// one that goes, nor of a page that is not there.
func TestOtherFaces(t *testing.T) {
	inPetrov(t, 4, func(t *testing.T, r *rig, ann, bob string) {
		face := "/petrov/clientAvatar/" + ann
		r.upload(face, "", "img", photo(9, 9))
		r.status("petrov", bob, "0")
		waits := r.poll("petrov", bob, "4")
		want(t, r.upload(face, "", "img", photo(8, 8)), http.StatusNoContent, "")
		r.ask(newDelete(face))
		want(t, r.post("/petrov/nextPage", ""), http.StatusBadRequest, "Attempt to access non-existant page 5")
		waits.waits(t)
	})
}

// TestNothingIsMissed: a change between two statuses is told by the second at
// once, also by a widget without pages of its own.
func TestNothingIsMissed(t *testing.T) {
	inPetrov(t, 2, func(t *testing.T, r *rig, ann, _ string) {
		r.status("petrov", ann, "0")
		r.post("/petrov/widgetData", "x=5")
		if got := fieldsOf(t, r.status("petrov", ann, "2"))["count"]; got != 5.0 {
			t.Errorf("the count is %v", got)
		}
		r.poll("petrov", ann, "2")
		r.post("/petrov/skipSpeaker", "")
		r.status("petrov", ann, "2")
	})
}

// TestLostAnswer: who says which version it has is told again what it did not get,
// and is not told twice what it did.
func TestLostAnswer(t *testing.T) {
	inPetrov(t, 2, func(t *testing.T, r *rig, ann, _ string) {
		target := "/petrov/status?clientId=" + ann + "&have=2&subhave=null&seen="
		first := r.get(target + "0").Body.String() // is lost
		again := r.get(target + "0").Body.String()
		if first != again || !strings.Contains(first, `"seen":`) {
			t.Errorf("the same question is answered\n%s\n%s", first, again)
		}
		_, seen, _ := strings.Cut(strings.TrimSuffix(again, "}"), `"seen":`)
		waits := r.wait(target + seen)
		waits.waits(t)
		r.post("/petrov/widgetData", "x=1")
		r.get(target + seen) // is lost too
		if got := fieldsOf(t, r.get(target+seen).Body.String())["count"]; got != 1.0 {
			t.Errorf("the count is %v", got)
		}
		for _, odd := range []string{"-1", "x", "99999999999999999999999", ""} {
			want(t, r.get(target+odd), http.StatusOK, "")
		}
	})
}

// TestGoneWhileItWaits: an answer that may not have arrived is told again.
func TestGoneWhileItWaits(t *testing.T) {
	inPetrov(t, 2, func(t *testing.T, r *rig, ann, _ string) {
		r.status("petrov", ann, "0")
		req := newGet("/petrov/status?clientId=" + ann + "&have=2&subhave=null")
		ended, cancel := withCancel(req)
		done := make(chan bool)
		go func() {
			r.ask(ended)
			close(done)
		}()
		synctest.Wait()
		cancel()
		<-done
		r.status("petrov", ann, "2") // at once
	})
}

// TestAskedAgain: of two requests of one client neither takes the other's news:
// the older may be one whose connection broke.
func TestAskedAgain(t *testing.T) {
	inPetrov(t, 2, func(t *testing.T, r *rig, ann, _ string) {
		r.status("petrov", ann, "0")
		older, newer := r.poll("petrov", ann, "2"), r.poll("petrov", ann, "2")
		r.post("/petrov/widgetData", "x=1")
		older.says(t)
		newer.says(t)
	})
}

// TestSubpages: a client waits only with the page within the page that is shown,
// and "null" is none of them.
func TestSubpages(t *testing.T) {
	inPetrov(t, 3, func(t *testing.T, r *rig, ann, _ string) {
		r.status("petrov", ann, "0")
		r.status("petrov", ann, "3") // with the subpage null
		waits := r.wait("/petrov/status?clientId=" + ann + "&have=3&subhave=0")
		waits.waits(t)
		r.post("/petrov/widgetData", "x=0") // changes nothing
		waits.waits(t)
		r.post("/petrov/widgetData", "x=1")
		pass(10 * time.Millisecond)
		if got := fieldsOf(t, waits.says(t))["count"]; got != 1.0 {
			t.Errorf("the count is %v", got)
		}
		r.get("/petrov/status?clientId=" + ann + "&have=3&subhave=0") // is not the one that is shown
	})
}

// TestUnknownClients: 401, so that the page loads itself anew; what is missing is
// 400.
func TestUnknownClients(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: open()})
	must(t, r.Begin("open", "open", 1))
	want(t, r.get("/open/status?have=0"), 400, "the clientId is missing")
	want(t, r.get("/open/status?clientId=x&have=0"), 401, "this page is not known any more, load it again")
	want(t, r.get("/open/chat/receive?clientId=x"), 401, "")
	want(t, r.post("/open/setName", "clientId=x&name=y"), 401, "")
	want(t, r.post("/open/welcomed/x", ""), 404, "Not Found")
	want(t, r.get("/open/clientAvatar/x"), 404, "Not Found")
	want(t, r.get("/nowhere/status?clientId=x&have=0"), 404, "Not Found")
}
