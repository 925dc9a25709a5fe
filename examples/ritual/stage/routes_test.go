package stage_test

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png" // the photos of logins
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/client"
	"github.com/rootspush/roots/examples/ritual/stage"
)

// told writes an answer as it goes over the wire: its status, those headers that
// matter to clients, and its body if it is short.
func told(w *httptest.ResponseRecorder) string {
	var b strings.Builder
	fmt.Fprintln(&b, w.Code, w.Header().Get("Content-Type"))
	for _, name := range []string{"Location", "Set-Cookie", "Cache-Control"} {
		for _, value := range w.Header().Values(name) {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	if w.Body.Len() < 300 && !bytes.ContainsRune(w.Body.Bytes(), 0) {
		b.WriteString(w.Body.String())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

const text, jpg, html = "text/plain; charset=utf-8", "image/jpeg", "text/html; charset=utf-8"

// TestRoutes asks each route, with what is right and with what is not.
func TestRoutes(t *testing.T) {
	singing := fstest.MapFS{"audio-worklet.js": {Data: []byte("worklet")}, "opusjs/opus.js": {Data: []byte("opus")}, "lib.js": {Data: []byte("sing")}}
	r := newRig(t, stage.Options{Scripts: script(), Widgets: fstest.MapFS{"Counter.js": {Data: []byte("count")}}, Singing: singing})
	must(t, r.Begin("petrov", "petrov", 2))
	must(t, r.Begin("Ann's <b>", "petrov", 1))
	cookie := r.logIn("ann@example.org", "Ann")
	id := r.enter("petrov", "partake", cookie)
	watcher := r.enter("petrov", "observe")
	face := "/petrov/clientAvatar/" + id

	for _, c := range []struct {
		what   string
		answer *httptest.ResponseRecorder
		want   string
	}{
		{"no such ritual", r.get("/nobody/partake"), "404 " + text + "\nCache-Control: no-store\nNot Found"},
		{"no such route", r.get("/petrov/nothing"), "404 " + text + "\nCache-Control: no-store\n404 page not found"},
		{"a wrong method", r.get("/petrov/nextPage"), "405 " + text + "\nCache-Control: no-store\nMethod Not Allowed"},
		{"make", r.post("/mkRitual", "name=new&script=petrov"), "302 \nLocation: /new/lead\nCache-Control: no-store"},
		{"make at a page", r.post("/mkRitual", "name=a+b%3F&script=petrov&page=3"), "302 \nLocation: /a%20b%3F/lead\nCache-Control: no-store"},
		{"make without a name", r.post("/mkRitual", "script=petrov"), "400 " + text + "\nCache-Control: no-store\nBad Form"},
		{"make without a script", r.post("/mkRitual", "name=x"), "400 " + text + "\nCache-Control: no-store\nBad Form"},
		{"make again", r.post("/mkRitual", "name=petrov&script=petrov"), "400 " + text + "\nCache-Control: no-store\nDuplicate"},
		{"make at no page", r.post("/mkRitual", "name=y&script=petrov&page=9"), "400 " + text + "\nCache-Control: no-store\nAttempt to access non-existant page 9"},
		{"make at nonsense", r.post("/mkRitual", "name=y&script=petrov&page=x"), "400 " + text + "\nCache-Control: no-store\nAttempt to access non-existant page x"},
		{"preview", r.get("/petrov/partake", header("User-Agent", "facebookexternalhit/1.1")), "403 " + text + "\nCache-Control: no-store\na ritual has no preview"},
		{"preview of none", r.get("/nobody/lead", header("User-Agent", "facebookexternalhit/1.1")), "404 " + text + "\nCache-Control: no-store\nNot Found"},
		{"login", r.get("/petrov/partake"), "200 " + html + "\nSet-Cookie: LastRitual=petrov; Path=/\nCache-Control: no-store"},
		{"login to an odd name", r.get("/Ann's%20%3Cb%3E/lead"), "200 " + html + "\nSet-Cookie: LastRitual=Ann%27s%20%3Cb%3E; Path=/\nCache-Control: no-store"},
		{"a cookie of nobody", r.get("/petrov/lead", header("Cookie", "ritLogin=ABC__DEF")), "200 " + html + "\nSet-Cookie: LastRitual=petrov; Path=/\nCache-Control: no-store"},
		{"partake", r.get("/petrov/partake", cookie), "200 " + html + "\nCache-Control: no-store"},
		{"observe", r.get("/petrov/observe"), "200 " + html + "\nCache-Control: no-store"},
		{"log in", r.upload("/petrov/partake", "email=bob@example.org&name=Bob&photosource=file", "photofile", photo(40, 30)),
			"302 \nLocation: /petrov/partake\nSet-Cookie: ritLogin=" + bobID + "; Path=/\nCache-Control: no-store"},
		{"log in to lead", r.upload("/petrov/lead", "email=bob@example.org&name=Bob&photosource=keep", "", nil, cookie),
			"302 \nLocation: /petrov/lead\nSet-Cookie: ritLogin=" + annID + "__" + bobID + "; Path=/\nCache-Control: no-store"},
		{"log in elsewhere", r.upload("/addLogin", "email=bob@example.org&name=Bob&photosource=keep", "", nil),
			"302 \nLocation: /manageLogins\nSet-Cookie: ritLogin=" + bobID + "; Path=/\nCache-Control: no-store"},
		{"log in without a name", r.upload("/petrov/partake", "email=bob@example.org&photosource=keep", "", nil), "400 " + html + "\nCache-Control: no-store"},
		{"log out", r.post("/manageLogins", "remove="+annID, header("Cookie", "ritLogin="+annID+"__"+bobID)),
			"303 \nLocation: /manageLogins\nSet-Cookie: ritLogin=" + bobID + "; Path=/\nCache-Control: no-store"},
		{"who", r.get("/userinfo?email=Ann@example.org"), "200 text/json; charset=utf-8\nCache-Control: no-store\n" +
			`{"found":true,"hash":"` + annID + `","name":"Ann","email":"ann@example.org"}`},
		{"who by id", r.get("/userinfo?id="+annID, cookie), "200 text/json; charset=utf-8\nCache-Control: no-store\n" +
			`{"found":true,"hash":"` + annID + `","name":"Ann","email":"ann@example.org"}`},
		{"who by another's id", r.get("/userinfo?id=" + annID), "200 text/json; charset=utf-8\nCache-Control: no-store\n" +
			`{"found":true,"hash":"` + annID + `","name":"Ann","email":""}`},
		{"nobody", r.get("/userinfo?email=x"), "200 text/json; charset=utf-8\nCache-Control: no-store\n" + `{"found":false}`},
		{"photo", r.get("/avatar/" + annID + ".png"), "200 image/png\nCache-Control: max-age=60"},
		{"no photo", r.get("/avatar/X.png"), "404 " + text + "\nCache-Control: no-store\nNot Found"},
		{"try a login", r.upload("/login", "email=z&name=Z&photosource=file", "photofile", photo(40, 30)), "200 image/png\nCache-Control: no-store"},
		{"what was tried", r.get("/userinfo?email=z"), "200 text/json; charset=utf-8\nCache-Control: no-store\n" + `{"found":false}`},
		{"next page", r.post("/petrov/nextPage", ""), "204 \nCache-Control: no-store"},
		{"page before", r.post("/petrov/prevPage", ""), "204 \nCache-Control: no-store"},
		{"page 1", r.post("/petrov/prevPage", ""), "204 \nCache-Control: no-store"},
		{"page 0", r.post("/petrov/prevPage", ""), "400 " + text + "\nCache-Control: no-store\nAttempt to access non-existant page 0"},
		{"no widget", r.post("/petrov/widgetData", "x=1"), "404 " + text + "\nCache-Control: no-store\nNot Found"},
		{"page 2", r.post("/petrov/nextPage", ""), "204 \nCache-Control: no-store"},
		{"page 2 again", r.post("/petrov/nextPage", "page=1"), "204 \nCache-Control: no-store"},
		{"data", r.post("/petrov/widgetData?page=2", "x=1"), "204 \nCache-Control: no-store"},
		{"bad data", r.post("/petrov/widgetData", "x=y"), "400 " + text + "\nCache-Control: no-store\nx must be a number"},
		{"late data", r.post("/petrov/widgetData?page=1", "x=1"), "409 " + text + "\nCache-Control: no-store\nthe page has been turned meanwhile"},
		{"skip", r.post("/petrov/skipSpeaker", ""), "204 \nCache-Control: no-store"},
		{"say", r.post("/petrov/chat/send", "text=hi&clientId="+id), "204 \nCache-Control: no-store"},
		{"hear", r.get("/petrov/chat/receive?clientId=" + id), "200 application/json; charset=utf-8\nCache-Control: no-store\n" +
			`{"message":{"sender":"NotYetNamed","text":"hi"}}`},
		{"say nothing", r.post("/petrov/chat/send", "text=+&clientId="+id), "400 " + text + "\nCache-Control: no-store\nthere is no text"},
		{"name", r.post("/petrov/setName", "name=Ann&clientId="+id), "204 \nCache-Control: no-store"},
		{"welcomed", r.post("/petrov/welcomed/"+id, ""), "204 \nCache-Control: no-store"},
		{"room", r.post("/petrov/twilioRoomFail/"+id, ""), "204 \nCache-Control: no-store"},
		{"no room", r.post("/petrov/twilioRoomFail/x", ""), "404 " + text + "\nCache-Control: no-store\nNot Found"},
		{"observer", r.post("/petrov/setName", "name=Ann&clientId="+watcher), "403 " + text + "\nCache-Control: no-store\nwho observes a ritual sends nothing"},
		{"observer's face", r.upload("/petrov/clientAvatar/"+watcher, "", "img", photo(9, 9)), "403 " + text + "\nCache-Control: no-store\nwho observes a ritual sends nothing"},
		{"no face", r.get(face), "200 image/jpg\nCache-Control: max-age=0"},
		{"face", r.upload(face, "", "img", photo(9, 9)), "204 \nCache-Control: no-store"},
		{"a face", r.get(face), "200 image/jpg\nCache-Control: max-age=300"},
		{"empty face", r.upload(face, "", "", nil), "400 " + text + "\nCache-Control: no-store\n" + `there is no picture in the field "img"`},
		{"bad face", r.upload(face, "", "img", []byte("x")), "400 " + text + "\nCache-Control: no-store\nthis is no picture that can be read, it must be a JPEG, PNG, GIF or WebP"},
		{"face goes", r.ask(newDelete(face)), "204 \nCache-Control: no-store"},
		{"background", r.get("/petrov/bkg.jpg"), "200 " + jpg + "\nCache-Control: max-age=300\na night"},
		{"named", r.get("/petrov/namedimg/night.jpg"), "200 " + jpg + "\nCache-Control: max-age=300\na night"},
		{"not named", r.get("/petrov/namedimg/day.jpg"), "404 " + text + "\nCache-Control: no-store\nNot Found"},
		{"captions", r.get("/petrov/captions/words.vtt"), "200 text/vtt; charset=utf-8\nCache-Control: no-store\nWEBVTT"},
		{"picture 0", r.get("/petrov/img/0.jpg"), "200 " + jpg + "\nCache-Control: max-age=300"},
		{"picture 1", r.get("/petrov/img/1.jpg"), "404 " + text + "\nCache-Control: no-store\nNot Found"},
		{"debug", r.get("/petrov/dbg.png"), "404 " + text + "\nCache-Control: no-store\nNot Found"},
		{"widget", r.get("/widgets/Counter.js"), "200 text/javascript; charset=utf-8\nCache-Control: no-cache\ncount"},
		{"no widget's code", r.get("/widgets/Other.js"), "404 " + text + "\nCache-Control: no-store\nNot Found"},
		{"singing", r.get("/petrov/audio-worklet.js"), "200 text/javascript; charset=utf-8\nCache-Control: no-store\nworklet"},
		{"singing's library", r.get("/petrov/lib.js"), "200 text/javascript; charset=utf-8\nCache-Control: no-store\nsing"},
		{"singing's codec", r.get("/petrov/opusjs/opus.js"), "200 text/javascript; charset=utf-8\nCache-Control: no-store\nopus"},
		{"singing below widgets", r.get("/widgets/BucketSinging/opusjs/opus.js"), "200 text/javascript; charset=utf-8\nCache-Control: no-store\nopus"},
		{"icon", r.get("/favicon.ico"), "200 " + jpg + "\nCache-Control: max-age=86400"},
		{"no file", r.get("/other.js"), "404 " + text + "\nCache-Control: no-store\nNot Found"},
	} {
		if diff := cmp.Diff(c.want, told(c.answer)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
	for _, file := range []string{"lib.js", "avatars.js", "welcome.js"} {
		code, err := client.Files.ReadFile(file)
		must(t, err)
		want(t, r.get("/"+file), http.StatusOK, string(code))
	}
}

// TestPages: the pages hold what they are to, and markup in names is text.
func TestPages(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: script()})
	must(t, r.Begin("<script>", "petrov", 1))
	cookie := r.logIn("ann@example.org", "<i>Ann")
	for target, wanted := range map[string][]string{
		"/":                           {"&lt;script&gt; (petrov)</a>", `action="/mkRitual"`, `href="/manageLogins"`, "<option>petrov"},
		"/manageLogins":               {"&lt;i&gt;Ann", "ann@example.org"},
		"/%3Cscript%3E/partake":       {`"Role":"partake"`, `"Token":""`},
		"/%3Cscript%3E/lead":          {`"Role":"lead"`},
		"/%3Cscript%3E/observe":       {`"Role":"observe"`},
		"/%3Cscript%3E/partake?extra": {`"Participants":"avatars"`, `"Rotate":true`, `"BkgAll":false`, `"Ratio":1.777`, `"Reserve":"233px"`},
		"/addLogin":                   {`name="email"`, `name="photosource"`, "multipart/form-data"},
		"/login":                      {`name="email"`},
	} {
		page := r.get(target, cookie)
		for _, part := range wanted {
			if !strings.Contains(page.Body.String(), part) {
				t.Errorf("%s lacks %s:\n%s", target, part, page.Body)
			}
		}
		if body := page.Body.String(); strings.Contains(body, "<script></") || strings.Contains(body, "<i>Ann") {
			t.Errorf("%s has a name as markup:\n%s", target, body)
		}
		if policy := page.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'self'") {
			t.Errorf("%s has the policy %q", target, policy)
		}
	}
}

// TestPolicy: a page may load media from where its script says, and from nowhere
// else.
func TestPolicy(t *testing.T) {
	files := with(open(), "open/1.json", `{"widget": "Counter", "deep": [{"videoUrl": "https://film.example.org/a.mp4"}], "other": "ftp://x/"}`)
	r := newRig(t, stage.Options{Scripts: files})
	must(t, r.Begin("open", "open", 1))
	policy := r.get("/open/partake").Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "media-src 'self' blob: https://film.example.org;") {
		t.Errorf("the policy is %s", policy)
	}
}

// TestFixedRitual: a server for one ritual leads there, once it has begun.
func TestFixedRitual(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: script(), Secrets: map[string]string{"RITUAL_NAME": "one night"}})
	if page := r.get("/"); page.Code != 200 || !strings.Contains(page.Body.String(), `http-equiv="refresh" content="5"`) {
		t.Errorf("before: %d %s", page.Code, page.Body)
	}
	if page := r.get("/?controlpanel"); !strings.Contains(page.Body.String(), "/mkRitual") {
		t.Errorf("the control page: %s", page.Body)
	}
	want(t, r.post("/mkRitual", "name=one+night&script=petrov"), http.StatusFound, "")
	if page := r.get("/"); page.Code != http.StatusFound || page.Header().Get("Location") != "/one%20night/partake" {
		t.Errorf("after: %d %v", page.Code, page.Header())
	}
}

// TestLeadersToken: where there is one, only who showed it leads.
func TestLeadersToken(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: open(), Secrets: map[string]string{"LEADER_TOKEN": "s3cret"}})
	want(t, r.post("/mkRitual", "name=open&script=open"), http.StatusForbidden, "")
	shown := r.get("/?token=s3cret")
	cookie := header("Cookie", strings.Split(shown.Header().Get("Set-Cookie"), ";")[0])
	want(t, r.post("/mkRitual", "name=open&script=open", cookie), http.StatusFound, "")
	for _, target := range []string{"/open/nextPage", "/open/skipSpeaker", "/open/prevPage"} {
		want(t, r.post(target, ""), http.StatusForbidden, "")
		want(t, r.post(target, "token=s3cres"), http.StatusForbidden, "")
		want(t, r.post(target, "", header("Cookie", "ritLeader=s3cret")), http.StatusForbidden, "")
		want(t, r.post(target, "token=s3cret"), http.StatusNoContent, "")
		want(t, r.post(target, "page=7", cookie), http.StatusNoContent, "")
	}
	want(t, r.get("/open/lead"), http.StatusForbidden, "")
	for _, page := range []*httptest.ResponseRecorder{r.get("/open/lead", cookie), r.get("/open/lead?token=s3cret")} {
		if !strings.Contains(page.Body.String(), `"Token":"s3cret"`) {
			t.Errorf("a leader gets %d %s", page.Code, page.Body)
		}
	}
	if page := r.get("/open/partake"); strings.Contains(page.Body.String(), "s3cret") {
		t.Errorf("everybody is told the token: %s", page.Body)
	}
}

// TestNoSinging: without the external client its files are clearly not there.
func TestNoSinging(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: open()})
	must(t, r.Begin("open", "open", 1))
	for _, target := range []string{"/open/lib.js", "/open/opusjs/x.js", "/widgets/BucketSinging/lib.js"} {
		want(t, r.get(target), http.StatusNotFound, "there is no singing client on this server: start it with --singing FOLDER")
	}
}

// TestPicture0 is a yellow disc on black.
func TestPicture0(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: open()})
	must(t, r.Begin("open", "open", 1))
	img, _, err := image.Decode(r.get("/open/img/0.jpg").Body)
	must(t, err)
	middle, _, blue, _ := img.At(32, 32).RGBA()
	corner, _, _, _ := img.At(1, 1).RGBA()
	if img.Bounds() != image.Rect(0, 0, 64, 64) || middle < 0xf000 || blue > 0x1000 || corner > 0x1000 {
		t.Errorf("%v, red %x and blue %x in the middle, red %x in the corner", img.Bounds(), middle, blue, corner)
	}
}
