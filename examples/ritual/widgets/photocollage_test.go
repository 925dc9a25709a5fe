package widgets

import (
	"bytes"
	"fmt"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

var (
	white = color.RGBA{255, 255, 255, 255}
	red   = color.RGBA{255, 0, 0, 255}
)

// inRitual makes a widget in a ritual whose script has these files.
func inRitual(t testing.TB, files fstest.MapFS, kind, terms string) *widgettest.Ritual {
	t.Helper()
	ritual := widgettest.New(files)
	if err := ritual.Show(kind, terms); err != nil {
		t.Fatal(err)
	}
	return ritual
}

// post wants that a post is taken.
func post(t testing.TB, ritual *widgettest.Ritual, field, text string, users ...string) {
	t.Helper()
	if err := ritual.Post(widgettest.Text(field, text, users...)); err != nil {
		t.Fatal(err)
	}
}

// postPhoto wants that a photo of one colour is taken.
func postPhoto(t testing.TB, ritual *widgettest.Ritual, width, height int, users ...string) {
	t.Helper()
	if err := ritual.Post(widgettest.File("img", widgettest.JPEG(width, height, red), users...)); err != nil {
		t.Fatal(err)
	}
}

// TestPhotoCollageTells: what a newcomer is told before and after the first photo.
func TestPhotoCollageTells(t *testing.T) {
	ritual := inRitual(t, fstest.MapFS{"big.png": file(t, plain(white))}, "PhotoCollage", `{"bigimage":"big.png","boxcolor":"#980000","unknown":{}}`)
	if got, want := ritual.Status("c"), `{"boxcolor":"#980000","gridsize":16,"imgs":[]}`; got != want {
		t.Errorf("it tells %s, not %s", got, want)
	}
	postPhoto(t, ritual, 64, 48, "ANN")
	img := told(t, ritual, "c")["imgs"].([]any)[0].(map[string]any)
	scale, tilt := img["sm"].(float64), img["theta"].(float64)
	if scale < 0.9 || scale > 1 || tilt < -5 || tilt > 5 {
		t.Errorf("sm is %v, theta %v", scale, tilt)
	}
	delete(img, "sm")
	delete(img, "theta")
	want := map[string]any{"imgid": 1.0, "x": 0.0, "y": 0.0, "size": 8.0, "r": 255.0, "g": 255.0, "b": 255.0}
	if diff := cmp.Diff(want, img); diff != "" {
		t.Errorf("of the photo it tells (-want +got):\n%s", diff)
	}
	if a, b := ritual.Status("c"), ritual.Status("late"); a != b {
		t.Errorf("one is told %s, another %s", a, b)
	}
}

// TestPhotoCollageKeeps: the last photo of those who share a browser. What was
// kept before stays as it was for who has it.
func TestPhotoCollageKeeps(t *testing.T) {
	ritual := inRitual(t, fstest.MapFS{"big.png": file(t, plain(white))}, "PhotoCollage", `{"bigimage":"big.png","saveas":"faces"}`)
	postPhoto(t, ritual, 8, 8, "ANN", "BOB")
	postPhoto(t, ritual, 8, 8, "EVE")
	before := ritual.Kept("faces")
	postPhoto(t, ritual, 8, 8, "ANN", "BOB")
	if diff := cmp.Diff(photos{"ANN__BOB": 1, "EVE": 2}, before); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(photos{"ANN__BOB": 3, "EVE": 2}, ritual.Kept("faces")); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
}

// TestPhotoCollageRefuses: what is no photo changes nothing, and neither does one
// more than are kept.
func TestPhotoCollageRefuses(t *testing.T) {
	ritual := inRitual(t, fstest.MapFS{"big.png": file(t, plain(white))}, "PhotoCollage", `{"bigimage":"big.png","saveas":"faces"}`)
	full := photos{}
	for i := range maxEntries - 1 {
		full[fmt.Sprint(i)] = 1
	}
	ritual.Keep("faces", full)
	postPhoto(t, ritual, 8, 8, "the last")
	before := ritual.Status("c")
	for wrong, err := range map[string]error{
		"there is no photo":     ritual.Post(widgettest.Text("img", "text", "0")),
		"invalid JPEG":          ritual.Post(widgettest.File("img", []byte("text"), "0")),
		"there are 2000 photos": ritual.Post(widgettest.File("img", widgettest.JPEG(8, 8, red), "one more")),
	} {
		wantError(t, err, wrong)
	}
	if after := ritual.Status("c"); after != before {
		t.Errorf("it told %s, and then %s", before, after)
	}
	postPhoto(t, ritual, 8, 8, "7") // who is kept may have another photo
}

// wantError wants an error that has wrong in it.
func wantError(t testing.TB, err error, wrong string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), wrong) {
		t.Errorf("the error is %v, it should say %q", err, wrong)
	}
}

// FuzzPhotoCollage: whatever is uploaded is refused, or shown.
func FuzzPhotoCollage(f *testing.F) {
	f.Add([]byte("text"))
	f.Add(widgettest.JPEG(8, 1, red))
	files := fstest.MapFS{"big.png": file(f, plain(white))}
	f.Fuzz(func(t *testing.T, upload []byte) {
		ritual := inRitual(t, files, "PhotoCollage", `{"bigimage":"big.png"}`)
		if config, err := jpeg.DecodeConfig(bytes.NewReader(upload)); err == nil && config.Width*config.Height > 1<<16 {
			return // the ritual bounds it
		}
		err := ritual.Post(widgettest.File("img", upload, "ANN"))
		if shown := len(told(t, ritual, "c")["imgs"].([]any)); (shown == 1) != (err == nil) {
			t.Errorf("%d photos are shown, and the error is %v", shown, err)
		}
	})
}
