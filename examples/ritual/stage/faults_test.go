package stage_test

import (
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/rootspush/roots/examples/ritual/stage"
)

// broken is a folder that can't be read without a panic.
type broken struct{}

func (broken) Open(string) (fs.File, error) { panic("the disk is on fire") }

// TestNoTraceback: a fault of the server tells clients nothing of its inside, and
// the server goes on.
func TestNoTraceback(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: broken{}})
	for range 2 { // no lock is left behind
		want(t, r.post("/mkRitual", "name=x&script=y"), http.StatusInternalServerError, "this is a fault of the server")
	}
	want(t, r.get("/login"), http.StatusOK, "")
}

// TestScriptsAreReadOnce: what becomes of the files of a ritual that goes on does
// it no harm.
func TestScriptsAreReadOnce(t *testing.T) {
	files := script()
	r := newRig(t, stage.Options{Scripts: files})
	must(t, r.Begin("petrov", "petrov", 1))
	clear(files)
	id := r.enter("petrov", "observe")
	for _, svg := range []string{"<svg>one</svg>", "<svg>two</svg>", "<svg>three</svg>"} {
		if got := fieldsOf(t, r.status("petrov", id, "0"))["svg"]; got != svg {
			t.Errorf("the page is %v", got)
		}
		want(t, r.post("/petrov/nextPage", ""), http.StatusNoContent, "")
	}
	want(t, r.get("/petrov/bkg.jpg"), http.StatusNotFound, "Not Found")
}

// TestOtherSites: what a page of another site makes a browser post does nothing.
func TestOtherSites(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: script()})
	must(t, r.Begin("petrov", "petrov", 1))
	for _, from := range []change{header("Sec-Fetch-Site", "cross-site"), header("Origin", "https://evil.example")} {
		want(t, r.post("/petrov/nextPage", "", from), http.StatusForbidden, "")
		want(t, r.post("/mkRitual", "name=x&script=petrov", from), http.StatusForbidden, "")
	}
	want(t, r.post("/petrov/nextPage", "", header("Sec-Fetch-Site", "same-origin")), http.StatusNoContent, "")
}

// TestRefusedToBrowsers: who fills in the form is shown it again, with the reason.
func TestRefusedToBrowsers(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: script()})
	w := r.post("/mkRitual", "name=%3Cb%3E&script=none&page=7", header("Accept", "text/html,*/*"))
	body := w.Body.String()
	if w.Code != http.StatusBadRequest || !strings.Contains(body, "none/index.json: there is no such file") || !strings.Contains(body, `value="&lt;b&gt;"`) {
		t.Errorf("it is answered %d %s", w.Code, body)
	}
}
