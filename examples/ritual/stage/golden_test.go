package stage_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/stage"
)

// TestGoldenStatus has an answer of the original, with the id of this Ann and
// without its blanks.
func TestGoldenStatus(t *testing.T) {
	const golden = `{"svg":"...<svg>","twilioAudioEnabled":false,"page":"6","widget":"PhotoCollage","boxcolor":"#980000","gridsize":16,"imgs":[],` +
		`"participants":[{"name":"Ann","img":"/avatar/` + annID + `.png"}]}`
	files := fstest.MapFS{
		"PetrovDay/index.json": {Data: []byte(`{"background": "big.jpg", "showParticipants": "avatars"}`)},
		"PetrovDay/big.jpg":    {Data: photo(64, 48)},
		"PetrovDay/6.json":     {Data: []byte(`{"widget": "PhotoCollage", "boxcolor": "#980000", "bigimage": "big.jpg", "saveas": "photos"}`)},
	}
	for n := range 6 {
		files[fmt.Sprintf("PetrovDay/%d.svg", n+1)] = &fstest.MapFile{Data: []byte("...<svg>")}
	}
	r := newRig(t, stage.Options{Scripts: files})
	must(t, r.Begin("petrov", "PetrovDay", 5))
	id := r.enter("petrov", "partake", r.logIn("ann@example.org", "Ann"))
	if got := fieldsOf(t, r.status("petrov", id, "0"))["page"]; got != "5" {
		t.Errorf("the page is %v, it must be a text", got)
	}
	want(t, r.post("/petrov/nextPage", ""), http.StatusNoContent, "")
	if diff := cmp.Diff(golden, r.status("petrov", id, "5")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want(t, r.upload("/petrov/widgetData", "", "img", photo(30, 20)), http.StatusNoContent, "")
	imgs := fieldsOf(t, r.status("petrov", id, "6"))["imgs"].([]any)
	if len(imgs) != 1 || imgs[0].(map[string]any)["imgid"] != 1.0 {
		t.Errorf("after a photo there are %v", imgs)
	}
	if w := r.get("/petrov/img/1.jpg"); w.Code != 200 || w.Header().Get("Content-Type") != "image/jpeg" {
		t.Errorf("the photo is answered %d %v", w.Code, w.Header())
	}
	if w := r.get("/petrov/dbg.png"); w.Code != 200 || w.Header().Get("Content-Type") != "image/png" {
		t.Errorf("the debug picture is answered %d %v", w.Code, w.Header())
	}
}
