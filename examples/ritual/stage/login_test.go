package stage_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/internal/testenv"
)

// quarters is a picture with another colour in each corner.
func quarters(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{A: 255}
			if x >= width/2 {
				c.R = 255
			}
			if y >= height/2 {
				c.G = 255
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, img))
	return b.Bytes()
}

// shown returns what a login form makes of a photo.
func (r *rig) shown(fields string, data []byte) image.Image {
	r.t.Helper()
	w := r.upload("/login", "email=a&name=A&photosource=file&"+fields, "photofile", data)
	want(r.t, w, http.StatusOK, "")
	img, err := png.Decode(w.Body)
	must(r.t, err)
	if img.Bounds() != image.Rect(0, 0, 100, 100) {
		r.t.Errorf("the photo is %v", img.Bounds())
	}
	return img
}

// colourAt says which of red and green are there, and how much is seen.
func colourAt(img image.Image, x, y int) (name string, alpha uint8) {
	c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
	if c.R > 128 {
		name += "red"
	}
	if c.G > 128 {
		name += "green"
	}
	return name, c.A
}

// TestPortrait: the photo is scaled by 2^(zoom/5), and the square from (x, y) on is
// shown as a circle with a soft edge.
func TestPortrait(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: open()})
	data := pngOf(t, quarters(200, 200))
	at := [4]image.Point{{30, 30}, {70, 30}, {30, 70}, {70, 70}}
	for fields, want := range map[string][4]string{
		"":                    {"", "red", "green", "redgreen"}, // the middle, as large as it fits
		"zoom=-5&x=0&y=0":     {"", "red", "green", "redgreen"}, // all of it
		"zoom=0&x=50&y=50":    {"", "red", "green", "redgreen"}, // the middle
		"zoom=0&x=0&y=0":      {"", "", "", ""},                 // a corner
		"zoom=0&x=60&y=0":     {"", "red", "", "red"},
		"zoom=0&x=0&y=60":     {"", "", "green", "green"},
		"zoom=5&x=300&y=300":  {"redgreen", "redgreen", "redgreen", "redgreen"}, // another corner, larger
		"zoom=-12.25&x=0&y=0": {"redgreen", "", "", ""},                         // smaller than the square
		"zoom=-5&x=-40&y=0":   {"", "", "", "green"},                            // partly beside it
		"zoom=-5&x=900&y=900": {"", "", "", ""},                                 // nowhere
		"zoom=-100&x=0&y=0":   {"", "", "", ""},                                 // too small to be seen
		"zoom=100&x=0&y=0":    {"", "", "", ""},                                 // a single pixel
	} {
		img := r.shown(fields, data)
		for i, p := range at {
			if got, _ := colourAt(img, p.X, p.Y); got != want[i] {
				t.Errorf("%q: %v is %q, want %q", fields, p, got, want[i])
			}
		}
	}
	img := r.shown("", data)
	for at, want := range map[image.Point][2]uint8{{50, 50}: {255, 255}, {3, 50}: {255, 255}, {0, 0}: {0, 0}, {99, 0}: {0, 0}, {50, 0}: {100, 160}, {14, 14}: {60, 220}} {
		if _, alpha := colourAt(img, at.X, at.Y); alpha < want[0] || alpha > want[1] {
			t.Errorf("of %v %d is seen, want %v", at, alpha, want)
		}
	}
}

// TestPhotoSources: where a photo may come from, and what is wrong with it.
func TestPhotoSources(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: open()})
	data := pngOf(t, quarters(50, 60))
	selfie := "data:image/png;base64," + base64.StdEncoding.EncodeToString(data)
	want(t, r.upload("/addLogin", "email=a&name=A&photosource=selfie&selfie="+url.QueryEscape(selfie), "", nil), http.StatusFound, "")
	first := r.get("/avatar/" + ridOf(r, "a") + ".png").Body.Bytes()
	want(t, r.upload("/addLogin", "email=a&name=B&photosource=keep", "", nil), http.StatusFound, "")
	if again := r.get("/avatar/" + ridOf(r, "a") + ".png").Body.Bytes(); len(first) == 0 || !bytes.Equal(first, again) {
		t.Error("the photo was not kept")
	}
	if got := r.get("/userinfo?email=a").Body.String(); !strings.Contains(got, `"name":"B"`) {
		t.Errorf("the name was kept: %s", got)
	}
	for fields, wanted := range map[string]string{
		"name=A&photosource=selfie":                                                    "must have 1 to 254 bytes",
		"email=a&photosource=selfie":                                                   "the name is missing",
		"email=a&name=" + strings.Repeat("x", 101):                                     "the name has 101 bytes",
		"name=A&photosource=keep&email=" + strings.Repeat("x", 255):                    "must have 1 to 254 bytes",
		"email=b&name=B&photosource=keep":                                              "there is no photo yet to keep",
		"email=b&name=B&photosource=other":                                             "the photo can&#39;t come from &#34;other&#34;",
		"email=b&name=B":                                                               "the photo can&#39;t come from &#34;&#34;",
		"email=b&name=B&photosource=file":                                              "there is no picture in the field",
		"email=b&name=B&photosource=selfie&selfie=x":                                   "must be a data URL",
		"email=b&name=B&photosource=selfie&selfie=data:image/png%3Bbase64,?":           "the selfie is damaged",
		"email=b&name=B&photosource=selfie&selfie=data:image/png%3Bbase64,":            "no picture that can be read",
		"email=a&name=A&photosource=selfie&zoom=x&selfie=" + url.QueryEscape(selfie):   "zoom is &#34;x&#34;",
		"email=a&name=A&photosource=selfie&x=NaN&selfie=" + url.QueryEscape(selfie):    "x is &#34;NaN&#34;",
		"email=a&name=A&photosource=selfie&y=1e7&selfie=" + url.QueryEscape(selfie):    "y is &#34;1e7&#34;",
		"email=a&name=A&photosource=selfie&zoom=101&selfie=" + url.QueryEscape(selfie): "zoom is 101",
		"email=b&name=B&photosource=url&photourl=ftp://x/":                             "must begin with https",
		"email=b&name=B&photosource=url&photourl=//x/":                                 "must begin with https",
		"email=b&name=B&photosource=url&photourl=http://u:p@x/":                        "must begin with https",
		"email=b&name=B&photosource=url&photourl=http://127.0.0.1:1/":                  "not on the public Internet",
		"email=b&name=B&photosource=url&photourl=http://localhost/":                    "not on the public Internet",
	} {
		w := r.upload("/addLogin", fields, "", nil)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), wanted) {
			t.Errorf("%.100s is answered %d %s\nwant %s", fields, w.Code, w.Body, wanted)
		}
	}
}

func ridOf(r *rig, email string) string {
	hash, _ := fieldsOf(r.t, r.get("/userinfo?email="+email).Body.String())["hash"].(string)
	return hash
}

// TestHugePhoto: a small file that says that it has many pixels is not decoded.
func TestHugePhoto(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: open()})
	for size, status := range map[image.Point]int{{4096, 4096}: http.StatusOK, {4097, 4096}: http.StatusBadRequest, {1, 20000}: http.StatusOK} {
		if status == http.StatusOK && size.X > 1 && testenv.Race() {
			continue // takes long
		}
		data := pngOf(t, image.NewPaletted(image.Rectangle{Max: size}, color.Palette{color.Black}))
		w := r.upload("/login", "email=a&name=A&photosource=file", "photofile", data)
		if w.Code != status {
			t.Errorf("%v is answered %d %s", size, w.Code, w.Body)
		}
	}
}

// TestSeveralInOneBrowser: each login is added to those of the browser, up to 20;
// one that is unknown is left out.
func TestSeveralInOneBrowser(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: script()})
	cookie := header("Cookie", "ritLogin=NOBODY")
	for i := range 22 {
		cookie = r.logIn(strings.Repeat("x", i+1), "X", cookie)
	}
	page := r.get("/manageLogins", cookie).Body.String()
	if strings.Contains(page, ">xx<") || !strings.Contains(page, "xxx") || strings.Contains(page, "NOBODY") {
		t.Errorf("the browser has %s", page)
	}
	must(t, r.Begin("petrov", "petrov", 1))
	id := r.enter("petrov", "partake", cookie)
	if all := fieldsOf(t, r.status("petrov", id, "0"))["participants"].([]any); len(all) != 20 {
		t.Errorf("%d take part", len(all))
	}
	twice := header("Cookie", "ritLogin="+ridOf(r, "xxx")+"__"+ridOf(r, "xxx"))
	if names := r.get("/petrov/partake", twice).Body.String(); !strings.Contains(names, `"Names":["X"]`) {
		t.Errorf("the same login twice is %s", names)
	}
}

// TestStableIDs: ids are the same each time the server starts, others with another
// key, and of the alphabet that clients know.
func TestStableIDs(t *testing.T) {
	ids := map[string]bool{}
	for _, key := range []string{"", "one key", "another key"} {
		for range 2 {
			r := newRig(t, stage.Options{Scripts: open(), Secrets: map[string]string{"LOGIN_KEY": key}})
			r.logIn("Ann@Example.org ", "Ann")
			id := ridOf(r, "ann@example.org")
			if strings.Trim(strings.TrimPrefix(id, "-"), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || id == "" {
				t.Errorf("the id is %q", id)
			}
			ids[id] = true
		}
	}
	if len(ids) != 3 {
		t.Errorf("three keys have %d ids", len(ids))
	}
}
