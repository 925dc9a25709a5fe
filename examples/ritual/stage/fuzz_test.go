package stage_test

import (
	"context"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rootspush/roots/examples/ritual/stage"
	_ "github.com/rootspush/roots/examples/ritual/widgets" // with what they make of posts and terms
)

// FuzzScript: whatever is in a script, it is refused with the file and the reason,
// or there is a ritual that can be asked for.
func FuzzScript(f *testing.F) {
	for _, seed := range [][3]string{
		{`{"background": "night.jpg", "showParticipants": "avatars"}`, "<svg/>", `{"widget": "Counter"}`},
		{`{"background": "night.jpg", "showParticipants": "video", "welcome": "1", "ratio": 1.5}`, "<svg><path stroke=\"#980000\"/></svg>", `{"bkZoom": 2, "initWidgets": {"x": 1}}`},
		{`{"background": "night.jpg", "showParticipants": null, "rotate": null}`, "<svg", `{"widget": "Histogram", "boxColors": {"input": "#000000", "result": "#ffffff"}, "images": "a", "saveas": "b"}`},
		{`{"background": "../night.jpg", "showParticipants": 1}`, "", `{"widget": "PhotoCollage", "boxcolor": "#980000", "bigimage": "night.jpg"}`},
		{`{"BACKGROUND": "night.jpg", "background": "x"}`, "\xff", `{"widget": "BucketSinging", "lyrics": ["la"], "boxColor": "#980000"}`},
		{`[]`, "<svg>\u2028</svg>", `{"widget": "Trivia", "boxColors": {}, "saveas": 7}`},
		{`{`, "<svg/>", `{"widget": "CircleFlames", "victims": ["a"], "flames": "b"}`},
		{`{"background": "night.jpg", "showParticipants": []}`, "<svg/>", `{"widget": "CrossWords", "image": "night.jpg", "size": -1, "boxColors": {"content": "", "input": ""}}`},
		{`{"background": "night.jpg", "showParticipants": {}}`, "<svg/>", `{"widget": "Video", "videoUrl": "http://[::1]:99999", "boxColor": "#000000"}`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, index, svg, terms string) {
		files := fstest.MapFS{}
		for name, text := range map[string]string{"index.json": index, "1.svg": svg, "1.json": terms, "night.jpg": string(photo(30, 20))} {
			files["s/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
		r := newRig(t, stage.Options{Scripts: files})
		if err := r.Begin("s", "s", 1); err != nil {
			if !strings.HasPrefix(err.Error(), "s/") {
				t.Errorf("the error names no file: %v", err)
			}
			return
		}
		id := r.enter("s", "observe")
		if got := fieldsOf(t, r.status("s", id, "0"))["page"]; got != "1" {
			t.Errorf("the page is %v", got)
		}
	})
}

// FuzzRoutes: whatever a client sends, the answer is no fault of the server, and
// what is there goes on. The page is one of widgets in turn.
func FuzzRoutes(f *testing.F) {
	for _, seed := range [][4]string{
		{"GET", "/", "", ""},
		{"POST", "/mkRitual", "name=x&script=all&page=-1", ""},
		{"GET", "/all/status?clientId=CLIENT&have=0&subhave=null", "", ""},
		{"GET", "/all/status?clientId=CLIENT&have=2&subhave=%00&seen=-1", "", "3"},
		{"POST", "/all/widgetData", "x=99999999999999999999", "2"},
		{"POST", "/all/widgetData", "x=9223372036854775807", "2"},
		{"POST", "/all/widgetData?post=%zz", "name=%00%ff", "3"},
		{"POST", "/all/widgetData", "txt=%e2%80%ae", "4"},
		{"POST", "/all/widgetData", "action=ready&clientId=CLIENT&calibrationFail=x", "5"},
		{"POST", "/all/widgetData", "action=pickslot&clientId=CLIENT&slot=-1", "5"},
		{"POST", "/all/widgetData", "img=x", "1"},
		{"POST", "/all/chat/send", "text=%ff&clientId=%ff", ""},
		{"POST", "/all/setName", "clientId=CLIENT&name=%00", ""},
		{"DELETE", "/all/clientAvatar/CLIENT", "", ""},
		{"POST", "/all/clientAvatar/CLIENT", "img=x", ""},
		{"POST", "/addLogin", "email=a&name=b&photosource=selfie&selfie=data:image/png%3Bbase64,AAAA&zoom=1e308", ""},
		{"POST", "/all/partake", "email=a&name=b&photosource=url&photourl=http://example.org/", ""},
		{"GET", "/avatar/%2e%2e.png", "", ""},
		{"GET", "/all/img/-1.jpg", "", ""},
		{"GET", "/all/dbg.png", "", "1"},
		{"GET", "/all/namedimg/..%2f1.svg", "", ""},
		{"GET", "//evil.example/%2f..", "", ""},
		{"PATCH", "/all//x/../status", "", ""},
		{"HEAD", "/all/status?clientId=CLIENT&have=1", "", ""},
		{"GET", "/userinfo?id=%ff&email=%00", "", ""},
		{"GET", "/all/lead?fake&token=x", "", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	script := all(f)
	f.Fuzz(func(t *testing.T, method, target, body, page string) {
		r := newRig(t, stage.Options{Scripts: script, Widgets: fstest.MapFS{}})
		must(t, r.Begin("all", "all", 1+len(page)*7%5))
		id := r.enter("all", "partake")
		req, ok := request(method, strings.ReplaceAll(target, "CLIENT", id), strings.ReplaceAll(body, "CLIENT", id))
		if !ok {
			return // this can't be sent
		}
		if w := r.ask(req); w.Code >= 500 {
			t.Errorf("%s %s with %q is answered %d %s", method, target, body, w.Code, w.Body)
		}
		if got := fieldsOf(t, r.status("all", r.enter("all", "observe"), "0"))["widget"]; got == nil {
			t.Error("the widget has gone")
		}
	})
}

// FuzzPhoto: whatever is sent as a photo, it is refused or a picture of ours.
func FuzzPhoto(f *testing.F) {
	f.Add(photo(20, 30), "zoom=0&x=0&y=0")
	f.Add(pngOf(f, quarters(9, 9)), "zoom=-100&x=-1e6&y=1e6")
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"), "")
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"), "zoom=100")
	r := newRig(f, stage.Options{Scripts: all(f)})
	must(f, r.Begin("all", "all", 1))
	id := r.enter("all", "partake")
	f.Fuzz(func(t *testing.T, data []byte, crop string) {
		if _, err := url.ParseQuery(crop); err != nil {
			return
		}
		for target, file := range map[string]string{"/login": "photofile", "/all/clientAvatar/" + id: "img"} {
			w := (&rig{r.Stage, t}).upload(target, "email=a&name=b&photosource=file&"+crop, file, data)
			if w.Code >= 500 || w.Code < 300 && w.Body.Len() > 0 && !strings.HasPrefix(w.Body.String(), "\x89PNG") {
				t.Errorf("%s answers %d %.200s", target, w.Code, w.Body)
			}
		}
	})
}

// request returns one that waits for nothing, and that is possible.
func request(method, target, body string) (*http.Request, bool) {
	u, err := url.ParseRequestURI(target)
	if err != nil || !strings.HasPrefix(target, "/") {
		return nil, false
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://localhost/", strings.NewReader(body))
	if err != nil {
		return nil, false
	}
	req.URL, req.RequestURI, req.RemoteAddr = u, target, "192.0.2.1:99"
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req, true
}

// all is a script with a page for each widget that takes posts.
func all(f *testing.F) fs.FS {
	f.Helper()
	files := fstest.MapFS{"all/big.jpg": {Data: photo(64, 48)}, "all/index.json": {Data: []byte(`{"background": "big.jpg", "showParticipants": "none"}`)}}
	for page, terms := range map[string]string{
		"1": `{"widget": "PhotoCollage", "boxcolor": "#980000", "bigimage": "big.jpg", "saveas": "photos"}`,
		"2": `{"widget": "Histogram", "boxColors": {"input": "#980000", "result": "#009800"}, "images": "photos", "saveas": "years"}`,
		"3": `{"widget": "CrossWords", "boxColors": {"content": "#980000", "input": "#009800"}, "image": "big.jpg", "size": 30}`,
		"4": `{"widget": "Trivia", "boxColors": {"controls": "#980000", "results": "#009800"}, "saveas": "fears"}`,
		"5": `{"widget": "BucketSinging", "boxColor": "#980000", "lyrics": ["la", "la"]}`,
	} {
		files["all/"+page+".svg"] = &fstest.MapFile{Data: []byte("<svg/>")}
		files["all/"+page+".json"] = &fstest.MapFile{Data: []byte(terms)}
	}
	return files
}
