package widgets_test

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/chromedp/chromedp"

	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/examples/ritual/widgets"
	"github.com/rootspush/roots/internal/chromium"
	"github.com/rootspush/roots/internal/testenv"
)

// box is a page's picture, with a box for each colour that the pages here name.
const box = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 900">
	<rect x="200" y="100" width="600" height="600" fill="none" stroke="#aa5500"/>
	<rect x="900" y="100" width="600" height="600" fill="none" stroke="#aa5511"/></svg>`

// perform serves a ritual with these pages until the test ends, with media of the
// example scripts, and returns its address. In it there are clients, not logins.
func perform(t *testing.T, pages ...string) (ritual string) {
	t.Helper()
	return performAs(t, `{"background":"night.jpg","showParticipants":"video"}`, pages...)
}

// performAs does that with what index.json says; "door" is a welcome page.
func performAs(t *testing.T, index string, pages ...string) (ritual string) {
	t.Helper()
	script := fstest.MapFS{"show/index.json": {Data: []byte(index)}, "show/door.svg": {Data: []byte(box)}}
	for _, name := range []string{"night.jpg", "candle.webm", "candle.vtt", "song.mp3"} {
		content, err := fs.ReadFile(os.DirFS("../scripts/everything"), name)
		if err != nil {
			t.Fatal(err)
		}
		script["show/"+name] = &fstest.MapFile{Data: content}
	}
	for i, terms := range pages {
		script[fmt.Sprintf("show/%d.json", i+1)] = &fstest.MapFile{Data: []byte(terms)}
		script[fmt.Sprintf("show/%d.svg", i+1)] = &fstest.MapFile{Data: []byte(box)}
	}
	s := stage.New(stage.Options{Scripts: script, Widgets: widgets.Files})
	t.Cleanup(s.Close)
	server := testenv.Serve(t, s, s.Drain)
	if err := s.Begin("evening", "show", 1); err != nil {
		t.Fatal(err)
	}
	return "http://" + server.Addr + "/evening"
}

// turn turns the page.
func turn(t *testing.T, ritual string) {
	t.Helper()
	response, err := http.PostForm(ritual+"/nextPage", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		t.Fatalf("the page is not turned: %s", response.Status)
	}
}

// TestOnScreen shows widgets in a real browser, side by side.
func TestOnScreen(t *testing.T) {
	t.Parallel()
	browser := chromium.Start(t)
	for name, test := range map[string]func(*testing.T, context.Context){
		"video": showVideo, "song": showSong, "led song": showLedSong, "livestream": showLivestream, "people": showPeople, "door": showDoor,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, browser)
		})
	}
}

// tap touches a page, after which a browser lets it play sound. A touch counts
// for nothing before the page was painted, so it may take several.
func tap(t *testing.T, window context.Context) {
	t.Helper()
	for range 100 {
		chromium.Do(t, window, chromedp.Click(chromedp.CSS("#slide")))
		if chromium.Eval[bool](t, window, `navigator.userActivation.hasBeenActive`) {
			return
		}
	}
	t.Fatal("the browser takes no touch")
}

// checkInStep checks that a video or audio is heard in two windows that were
// tapped, and began at the same time. It presses what is offered for the sound of
// what began before the tap.
func checkInStep(t *testing.T, one, other context.Context, media string) {
	t.Helper()
	for _, window := range []context.Context{one, other} {
		chromium.WaitFor(t, window, `(document.querySelector("#tap:not([hidden])")?.click(), `+media+`.currentTime > 0 && !`+media+`.paused && !`+media+`.muted)`)
	}
	clock := fmt.Sprintf(`Date.now() / 1000 - %s.currentTime`, media)
	began := func(window context.Context) float64 { return chromium.Eval[float64](t, window, clock) }
	testenv.Eventually(t, "they are in step", func() bool { return math.Abs(began(one)-began(other)) <= 1.2 }) // it looks each second
}

// showVideo: whoever comes late is where the others are, with captions, and the
// video is gone with its page. It is a tune, for that is long enough.
func showVideo(t *testing.T, browser context.Context) {
	ritual := perform(t, `{}`, `{"widget":"Video","videoUrl":"namedimg/song.mp3","captions":"candle.vtt","boxColor":"#aa5500"}`, `{}`)
	early := chromium.Open(t, browser, ritual+"/partake")
	tap(t, early)
	turn(t, ritual)
	const video = `document.querySelector("video.anchored")`
	chromium.WaitFor(t, early, video+`.currentTime > 3`)
	late := chromium.Open(t, browser, ritual+"/partake")
	tap(t, late)
	checkInStep(t, early, late, video)
	chromium.WaitFor(t, late, video+`.textTracks[0].cues.length === 3`)
	turn(t, ritual)
	for _, window := range []context.Context{early, late} {
		chromium.WaitFor(t, window, `!document.querySelector("video")`)
	}
}

// showSong: two see the same words, in step with the tune; the video, a round one,
// is silent beside it; and the page's own button silences the tune.
func showSong(t *testing.T, browser context.Context) {
	ritual := perform(t, `{"widget":"BucketSinging","lyrics":["a","b","c"],"lyricTimings":[0.5,8,11],"backing":"song.mp3",
		"boxColors":{"lyrics":"#aa5500","video":"#aa5511"},"videoUrl":"namedimg/candle.webm"}`, `{}`)
	early := chromium.Open(t, browser, ritual+"/partake")
	tap(t, early)
	const now, audio = `document.querySelector(".song li.now").textContent`, `document.querySelector(".song audio")`
	chromium.WaitFor(t, early, now+` === "a"`)
	late := chromium.Open(t, browser, ritual+"/partake")
	tap(t, late)
	checkInStep(t, early, late, audio)
	for _, window := range []context.Context{early, late} {
		chromium.WaitFor(t, window, now+` === "c"`)
		if at := chromium.Eval[float64](t, window, audio+`.currentTime`); at < 10.4 {
			t.Errorf("it shows the words of 11 seconds at %g seconds of the tune", at)
		}
		chromium.WaitFor(t, window, `document.querySelector("video.songvideo.round").muted`)
	}
	chromium.Eval[bool](t, early, `document.querySelector("#sound-button").click() === undefined`)
	chromium.WaitFor(t, early, audio+`.muted`)
	turn(t, ritual)
	chromium.WaitFor(t, early, `!document.querySelector("audio, video, .song")`)
}

// showLedSong: without timings all words are shown, and the leader is told; who
// observes is not asked to sing.
func showLedSong(t *testing.T, browser context.Context) {
	ritual := perform(t, `{"widget":"BucketSinging","lyrics":["a","b"],"boxColor":"#aa5500"}`)
	lead := chromium.Open(t, browser, ritual+"/lead")
	chromium.WaitFor(t, lead, `document.querySelector(".song p").textContent.startsWith("You lead")`)
	chromium.WaitFor(t, lead, `getComputedStyle(document.querySelector(".song li")).opacity === "1"`)
	for _, role := range []string{"/partake", "/observe"} {
		late := chromium.Open(t, browser, ritual+role)
		chromium.WaitFor(t, late, `document.querySelectorAll(".song li").length === 2 && document.querySelector(".song p").textContent === ""`)
		if said := chromium.Eval[string](t, late, `document.querySelector("#notice").textContent`); said != "" {
			t.Errorf("%s is told %q", role, said)
		}
	}
}

// showLivestream: a stream that is not there yet is looked for until it is.
func showLivestream(t *testing.T, browser context.Context) {
	film, err := os.ReadFile("../scripts/everything/candle.webm")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	hall := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "video/webm")
		w.Write(film)
	}))
	t.Cleanup(hall.Close)
	ritual := perform(t, `{"widget":"Livestream","name":"of old","boxColor":"#aa5500"}`,
		`{"widget":"Livestream","playbackUrl":"`+hall.URL+`/live","boxColor":"#aa5500"}`, `{}`)
	window := chromium.Open(t, browser, ritual+"/partake")
	const note = `document.querySelector(".livestream p").textContent`
	chromium.WaitFor(t, window, note+`.startsWith("There is no livestream")`)
	turn(t, ritual)
	chromium.WaitFor(t, window, note+`.startsWith("The stream has not begun")`)
	chromium.WaitFor(t, window, note+` === "" && document.querySelector(".livestream video").currentTime > 0`)
	turn(t, ritual)
	chromium.WaitFor(t, window, `!document.querySelector(".livestream")`)
}

// showPeople: everybody is shown, and who has no picture; and a name is text.
func showPeople(t *testing.T, browser context.Context) {
	ritual := perform(t, `{"widget":"AvatarTester","boxColor":"#aa5500"}`)
	ann := chromium.Open(t, browser, ritual+"/partake")
	chromium.WaitFor(t, ann, `document.querySelectorAll(".avatartester figure").length === 1`)
	bob := chromium.Open(t, browser, ritual+"/partake")
	const rename = `import("/lib.js").then(({ clientId }) => fetch("setName", { method: "POST", body: new URLSearchParams({ clientId, name: "<b>Bob</b>" }) }))
		.then(({ status }) => status === 204)`
	if !chromium.Eval[bool](t, bob, rename) {
		t.Fatal("the name is refused")
	}
	chromium.WaitFor(t, ann, `[...document.querySelectorAll(".avatartester .missing figcaption")].some((one) => one.textContent === "<b>Bob</b>")`)
}

// showDoor: who is in sees that somebody comes, and enters.
func showDoor(t *testing.T, browser context.Context) {
	ritual := performAs(t, `{"background":"night.jpg","showParticipants":"video","welcome":"door"}`, `{"widget":"WelcomeWatch","boxColor":"#aa5500"}`)
	in, comes := chromium.Open(t, browser, ritual+"/partake"), chromium.Open(t, browser, ritual+"/partake")
	enter := func(window context.Context) {
		chromium.WaitFor(t, window, `!document.querySelector("#welcome").hidden`)
		chromium.Type(t, window, "#welcome [name=name]", "Ann\r")
	}
	enter(in)
	chromium.WaitFor(t, in, `document.querySelector(".welcomewatch").textContent === "One person is still at the door."`)
	enter(comes)
	for _, window := range []context.Context{in, comes} {
		chromium.WaitFor(t, window, `document.querySelector(".welcomewatch").textContent === "Everybody is in."`)
	}
}
