package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/examples/ritual/widgets"
	"github.com/rootspush/roots/internal/chromium"
	"github.com/rootspush/roots/internal/testenv"
)

// A hall is a server with one ritual, for browsers.
type hall struct {
	t       *testing.T
	browser context.Context
	stage   *stage.Stage
	url     string // of the ritual, without a slash at the end
	home    string
}

// openHall begins a ritual that follows a script, until the test ends.
func openHall(t *testing.T, scripts fs.FS, script, ritual string, secrets map[string]string) *hall {
	t.Helper()
	return openHallBehind(t, func(s http.Handler) http.Handler { return s }, scripts, script, ritual, secrets)
}

// openHallBehind does so behind another handler.
func openHallBehind(t *testing.T, before func(http.Handler) http.Handler, scripts fs.FS, script, ritual string, secrets map[string]string) *hall {
	t.Helper()
	t.Parallel() // it waits most of the time
	browser := chromium.Start(t)
	s := stage.New(stage.Options{Scripts: scripts, Widgets: widgets.Files, Secrets: secrets})
	t.Cleanup(s.Close)
	if err := s.Begin(ritual, script, 1); err != nil {
		t.Fatal(err)
	}
	address := "http://" + testenv.Serve(t, before(s), s.Drain).Addr
	return &hall{t, browser, s, address + "/" + url.PathEscape(ritual), address}
}

// A window shows a ritual, or a page that leads there, to one person.
type window struct {
	t   *testing.T
	ctx context.Context
}

// open opens an address of the ritual for a person with cookies of their own.
func (h *hall) open(path string) window {
	h.t.Helper()
	w := window{h.t, chromium.Open(h.t, h.browser, "about:blank")}
	if _, err := chromedp.Call(w.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: prelude}); err != nil {
		h.t.Fatal(err)
	}
	w.do(chromedp.EmulateViewport(1280, 800))
	w.do(chromedp.Navigate(h.url + path))
	return w
}

// prelude notes what goes wrong in a page, gives tests what widgets have as lib,
// and is the page's camera: there is none here. While held is true, nothing happens
// that a page puts off for nine seconds and more.
const prelude = `
	window.wrong = [];
	const later = window.setTimeout;
	window.setTimeout = (does, after, ...all) => later(function due() {
		if (after >= 9000 && window.held) later(due, 50);
		else does(...all);
	}, after);
	addEventListener("error", (event) => wrong.push(event.message));
	addEventListener("unhandledrejection", (event) => wrong.push(String(event.reason)));
	addEventListener("securitypolicyviolation", (event) => wrong.push(event.violatedDirective + " " + event.blockedURI + " " + event.sample));
	const error = console.error;
	console.error = (...all) => { wrong.push(all.join(" ")); error(...all); };
	addEventListener("DOMContentLoaded", async () => {
		if (document.querySelector("#page")) window.lib = await import("/lib.js");
	});
	if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async () => {
		const canvas = document.createElement("canvas");
		[canvas.width, canvas.height] = [640, 480];
		const context = canvas.getContext("2d");
		setInterval(() => { context.fillStyle = "#4a90d9"; context.fillRect(0, 0, 640, 480); }, 50);
		return canvas.captureStream(20);
	};
`

func (w window) do(actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	chromium.Do(w.t, w.ctx, actions...)
}

func (w window) waitFor(expression string) {
	w.t.Helper()
	chromium.WaitFor(w.t, w.ctx, expression)
}

func (w window) press(selector, keys string) {
	w.t.Helper()
	chromium.Type(w.t, w.ctx, selector, keys)
}

// key presses a key while nothing has the focus.
func (w window) key(key string) {
	w.t.Helper()
	w.run("document.activeElement.blur()")
	w.do(chromedp.KeyEvent(key))
}

func (w window) text(expression string) string {
	w.t.Helper()
	return chromium.Eval[string](w.t, w.ctx, expression)
}

// run does something in the page, and waits until that has happened.
func (w window) run(statements string) {
	w.t.Helper()
	chromium.Eval[bool](w.t, w.ctx, "(async () => {"+statements+"; return true })()")
}

// click presses the first button that says what is given.
func (w window) click(label string) {
	w.t.Helper()
	found := fmt.Sprintf(`[...document.querySelectorAll("button, a, label")].find((it) => it.checkVisibility() && it.textContent.trim() === %q)`, label)
	w.waitFor(found)
	w.run(found + ".click()")
}

// choosePicture puts a picture file of one colour into a file input, as soon as there
// is one: a widget may come later than its page.
func (w window) choosePicture(selector, fill string, width, height int) {
	w.t.Helper()
	w.waitFor(fmt.Sprintf(`document.querySelector(%q)`, selector))
	w.run(fmt.Sprintf(`
		const canvas = document.createElement("canvas");
		[canvas.width, canvas.height] = [%d, %d];
		const context = canvas.getContext("2d");
		context.fillStyle = %q;
		context.fillRect(0, 0, canvas.width, canvas.height);
		const list = new DataTransfer();
		list.items.add(new File([await new Promise((done) => canvas.toBlob(done))], "me.png", { type: "image/png" }));
		const input = document.querySelector(%q);
		input.files = list.files;
		input.dispatchEvent(new Event("change", { bubbles: true }));
	`, width, height, fill, selector))
}

// logIn fills the login form, with a photo of one colour.
func (w window) logIn(name, fill string) {
	w.t.Helper()
	w.press("[name=email]", strings.Fields(name)[0]+"@example.org")
	w.press("[name=name]", name)
	w.choosePicture("[name=photofile]", fill, 300, 200)
	w.waitFor(`document.querySelector("[name=zoom]").value !== ""`)
	w.press("[name=name]", "\r")
}

// enter ends the welcome page, to be with the others on theirs.
func (w window) enter(page string) {
	w.t.Helper()
	w.waitFor(`!document.querySelector("#welcome").hidden`)
	w.click("Enter")
	w.onPage(page)
}

func (w window) onPage(name string) {
	w.t.Helper()
	w.waitFor(fmt.Sprintf(`lib.status().page === %q`, name))
}

// checkNothingWrong fails if a script failed or the policy was broken.
func (w window) checkNothingWrong() {
	w.t.Helper()
	if wrong := w.text(`wrong.join("\n")`); wrong != "" {
		w.t.Errorf("in the page went wrong:\n%s", wrong)
	}
}

// offline cuts the network of the window's person, or brings it back.
func (w window) offline(is bool) {
	w.t.Helper()
	all := &network.Conditions{Offline: is, DownloadThroughput: -1, UploadThroughput: -1}
	_, err := chromedp.Call(w.ctx, network.EmulateNetworkConditionsByRule,
		network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{all}})
	if err == nil {
		_, err = chromedp.Call(w.ctx, network.OverrideNetworkState,
			network.OverrideNetworkStateParams{Offline: is, DownloadThroughput: -1, UploadThroughput: -1})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// oneScript is a script called "test": an index, and pages from 1 on, each an SVG
// and its JSON, or "".
func oneScript(index string, pages ...[2]string) fstest.MapFS {
	files := fstest.MapFS{"test/index.json": {Data: []byte(index)}, "test/bkg.jpg": {Data: plainJPEG()}}
	for i, page := range pages {
		files[fmt.Sprintf("test/%d.svg", i+1)] = &fstest.MapFile{Data: []byte(page[0])}
		if page[1] != "" {
			files[fmt.Sprintf("test/%d.json", i+1)] = &fstest.MapFile{Data: []byte(page[1])}
		}
	}
	return files
}

const plainIndex = `{"background": "bkg.jpg", "showParticipants": "none"}`

// svg is a slide of 1600 by 900 with this in it.
func svg(content string) string {
	return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 1600 900">` + content + `</svg>`
}

func plainJPEG() []byte {
	picture := image.NewRGBA(image.Rect(0, 0, 16, 9))
	for i := range picture.Pix {
		picture.Pix[i] = 128
	}
	picture.Set(0, 0, color.White)
	var b bytes.Buffer
	_ = jpeg.Encode(&b, picture, nil) // a Buffer takes everything
	return b.Bytes()
}
