package main

import (
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/chromium"
)

// says is whether the last messages that this window got are these, the newest
// first. What it says of itself is no message.
func says(messages ...string) string {
	return `[...document.querySelectorAll("#messages li:not(.note) .text")].map((e) => e.textContent).join() === "` + strings.Join(messages, ",") + `"`
}

// listens is whether this window hears its path.
const listens = `document.querySelector("#messages .note")`

const isLive = `document.querySelector("#state").textContent === "live"`

func TestPageInTwoWindows(t *testing.T) {
	browser := chromium.Start(t)
	p := start(t)
	var one, two = chromium.Open(t, browser, p.addresses["page"]), chromium.Open(t, browser, p.addresses["page"])
	chromium.WaitFor(t, one, listens)
	chromium.WaitFor(t, two, listens)
	chromium.Type(t, one, "#message", "hello <b>two</b>\r")
	chromium.WaitFor(t, two, says("hello <b>two</b>"))
	chromium.Type(t, two, "#message", "hello one\r")
	chromium.WaitFor(t, one, says("hello one", "hello <b>two</b>"))
	p.post("demo/hello", "from curl")
	chromium.WaitFor(t, one, says("from curl", "hello one", "hello <b>two</b>"))
}

func TestPageAsksForTheToken(t *testing.T) {
	browser := chromium.Start(t)
	p := start(t, "--token", "sesame")
	window := chromium.Open(t, browser, p.addresses["page"])
	chromium.WaitFor(t, window, `!document.querySelector("#authorize").hidden`)
	chromium.Type(t, window, "#token", "simsim\r")
	chromium.WaitFor(t, window, `document.querySelector("#wrong").textContent.includes("not the token")`)
	chromium.Type(t, window, "#token", "sesame\r")
	chromium.WaitFor(t, window, isLive)
	chromium.WaitFor(t, window, listens)
	chromium.Type(t, window, "#message", "open\r")
	chromium.WaitFor(t, window, says("open"))
}
