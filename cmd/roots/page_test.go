package main

import (
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/chromium"
)

// says is whether the last messages that the page shows are these.
func says(messages ...string) string {
	return `[...document.querySelectorAll("#messages span")].map((e) => e.textContent).slice(1).join() === "` + strings.Join(messages, ",") + `"`
}

const live = `document.querySelector("#state").textContent === "live"`

func TestPageInTwoWindows(t *testing.T) {
	browser := chromium.Start(t)
	p := start(t)
	var one, two = chromium.Open(t, browser, p.addresses["page"]), chromium.Open(t, browser, p.addresses["page"])
	chromium.WaitFor(t, one, live)
	chromium.WaitFor(t, two, live)
	chromium.Type(t, one, "#message", "hello <b>two</b>\r")
	chromium.WaitFor(t, two, says("hello <b>two</b>"))
	chromium.Type(t, two, "#message", "hello one\r")
	chromium.WaitFor(t, one, says("hello <b>two</b>", "hello one"))
	p.post("demo/hello", "from curl")
	chromium.WaitFor(t, one, says("hello <b>two</b>", "hello one", "from curl"))
}

func TestPageAsksForTheToken(t *testing.T) {
	browser := chromium.Start(t)
	p := start(t, "--token", "sesame")
	window := chromium.Open(t, browser, p.addresses["page"])
	chromium.WaitFor(t, window, `!document.querySelector("#authorize").hidden && document.querySelector("#error").textContent.includes("token")`)
	chromium.Type(t, window, "#token", "sesame\r")
	chromium.WaitFor(t, window, live)
	chromium.Type(t, window, "#message", "open\r")
	chromium.WaitFor(t, window, says("open"))
}
