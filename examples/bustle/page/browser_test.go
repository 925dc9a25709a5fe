package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/examples/bustle/page"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/chromium"
	"github.com/rootspush/roots/pig"
)

// startTown serves the page until the test ends. What is said to roots is told.
func startTown(t *testing.T) (roots *dolores.Dolores, url string) {
	t.Helper()
	roots = new(dolores.Dolores)
	owl := pig.New(roots, pig.Options{Remember: 20, Age: 24 * time.Hour})
	roots.Delegate(owl)
	push := firenze.New(roots, firenze.Options{})
	mux := http.NewServeMux()
	mux.Handle("/", page.Handler(owl))
	mux.Handle("/comet/", http.StripPrefix("/comet", push))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(push.Close) // before, as it gives connections back
	return roots, server.URL + "/"
}

// lines is what stands on the page, the newest first, in JavaScript.
const lines = `JSON.stringify([...document.querySelectorAll("#feed li")].map((line) => line.textContent))`

// waitForLines waits until the page has these, the newest last.
func waitForLines(t *testing.T, window context.Context, want ...string) {
	t.Helper()
	newestFirst := []string{}
	for _, line := range want {
		newestFirst = append([]string{line}, newestFirst...)
	}
	text, err := json.Marshal(newestFirst)
	if err != nil {
		t.Fatal(err)
	}
	chromium.WaitFor(t, window, fmt.Sprintf("%s === JSON.stringify(%s)", lines, text))
}

// emulate makes the browser say so of a feature of the media.
func emulate(t *testing.T, window context.Context, feature, value string) {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: feature, Value: value}}}
	if _, err := chromedp.Call(window, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
}

const isLive = `document.querySelector("#status").textContent === "Live"`

// TestPage: the feed comes to the page, what was said before too, and markup is text.
func TestPage(t *testing.T) {
	browser := chromium.Start(t)
	roots, url := startTown(t)
	said := []string{
		"you hear faint noise in the chat room",
		"~vilmibm just added to their public_html",
		`someone shouts, '<img src=x onerror="window.hacked = true">'`,
	}
	for _, line := range said {
		roots.Update(nil, page.Path, line)
	}
	window := chromium.Open(t, browser, url)
	chromium.WaitFor(t, window, isLive)
	waitForLines(t, window, said...)
	said = append(said, "~archangelic shouts, 'HELLO BACK'")
	roots.Update(nil, page.Path, said[3])
	waitForLines(t, window, said...)
	parts := chromium.Eval[string](t, window, `[...document.querySelectorAll("#feed bdi")].map((part) => part.className + "=" + part.textContent).join(";")`)
	want := `who=~archangelic;shout='HELLO BACK';someone=someone;shout='<img src=x onerror="window.hacked = true">';who=~vilmibm;place=public_html;place=chat room`
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Error(diff)
	}
	if chromium.Eval[bool](t, window, "Boolean(window.hacked)") {
		t.Error("a message ran as a script")
	}
	chromium.WaitFor(t, window, `document.querySelectorAll("#windows .lit").length === document.querySelectorAll("#windows rect").length`)
	chromium.WaitFor(t, window, `document.querySelectorAll("#windows .lit").length === 0`)
}

// TestFlood: a thousand lines are on the page at once, the last hundred of them.
func TestFlood(t *testing.T) {
	browser := chromium.Start(t)
	roots, url := startTown(t)
	window := chromium.Open(t, browser, url)
	chromium.WaitFor(t, window, isLive)
	var want []string
	for i := range 900 {
		line := fmt.Sprintf("~ann shouts, '%d'", i)
		roots.Update(nil, page.Path, line)
		if i >= 800 {
			want = append(want, line)
		}
	}
	waitForLines(t, window, want...)
}

// TestWays: each line moves in a way that suits it, and for who wants none of it nothing does.
func TestWays(t *testing.T) {
	browser := chromium.Start(t)
	roots, url := startTown(t)
	window := chromium.Open(t, browser, url)
	for reduce, want := range map[string]bool{"no-preference": true, "reduce": false} {
		emulate(t, window, "prefers-reduced-motion", reduce)
		chromium.Do(t, window, chromedp.Reload())
		chromium.WaitFor(t, window, isLive)
		line := "there is a rattling sound in ttbp, and " + reduce
		roots.Update(nil, page.Path, line)
		chromium.WaitFor(t, window, fmt.Sprintf(`document.querySelector("#feed li.rattle").textContent === %q`, line))
		if moves := chromium.Eval[string](t, window, `getComputedStyle(document.querySelector("#feed li > span")).animationName`); (moves == "rattle") != want {
			t.Errorf("%s: the animation is %s", reduce, moves)
		}
	}
}

// TestPhone: nothing is wider than a phone, however long a word is.
func TestPhone(t *testing.T) {
	browser := chromium.Start(t)
	roots, url := startTown(t)
	window := chromium.Open(t, browser, url)
	chromium.Do(t, window, chromedp.EmulateViewport(320, 640))
	chromium.WaitFor(t, window, isLive)
	long := "someone shouts, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"
	roots.Update(nil, page.Path, long)
	waitForLines(t, window, long)
	chromium.WaitFor(t, window, `document.getAnimations().length === 0`)
	if wide := chromium.Eval[int](t, window, "document.documentElement.scrollWidth"); wide != 320 {
		t.Errorf("the page is %d wide", wide)
	}
	if hidden := chromium.Eval[int](t, window, `document.querySelector("#feed").scrollWidth - document.querySelector("#feed").clientWidth`); hidden != 0 {
		t.Errorf("%d of the line are hidden", hidden)
	}
}
