package main

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rootspush/roots/internal/chromium"
)

// be opens the page as one of the people.
func be(t *testing.T, browser context.Context, url, who string) (window context.Context) {
	t.Helper()
	window = chromium.Open(t, browser, url)
	choose(t, window, "#who", who)
	chromium.WaitFor(t, window, `document.querySelector("#status").textContent === "Connected"`)
	return window
}

// choose chooses what a select offers.
func choose(t *testing.T, window context.Context, selector, value string) {
	t.Helper()
	chromium.Eval[bool](t, window, `{
		const select = document.querySelector("`+selector+`");
		select.value = "`+value+`";
		select.dispatchEvent(new Event("change"));
	}; true`)
}

func click(t *testing.T, window context.Context, room string) {
	t.Helper()
	chromium.Do(t, window, chromedp.Click(chromedp.CSS(`[name="`+room+`"]`)))
}

const lastFrame = `document.querySelector("#frames").lastChild.textContent`

// TestPage: three people of the demonstration in a real browser. Each hears what they
// may, and sees why they may not.
func TestPage(t *testing.T) {
	browser := chromium.Start(t)
	c := start(t, nil)
	url := "http://" + c.clients + "/"
	ann, bob, eve := be(t, browser, url, "ann"), be(t, browser, url, "bob"), be(t, browser, url, "eve")
	chromium.WaitFor(t, ann, `document.querySelector("#people").textContent === "ann, bob, eve"`)

	click(t, ann, "all customers")
	click(t, bob, "customer 1")
	click(t, eve, "customer 2")
	for _, window := range []context.Context{ann, bob, eve} {
		chromium.WaitFor(t, window, lastFrame+` === '← {"code": "success"}'`)
	}
	click(t, bob, "customer 2")
	chromium.WaitFor(t, bob, `document.querySelector("#problem").textContent === "customer 2: room-not-found"`)
	chromium.WaitFor(t, bob, `!document.querySelector('[name="customer 2"]').checked`)

	choose(t, bob, "#to", "customer 1")
	chromium.Type(t, bob, "#text", "is <b>anybody</b> there?\r")
	for window, room := range map[context.Context]string{bob: "customer 1", ann: "all customers"} {
		chromium.WaitFor(t, window, `document.querySelector("#messages").innerText === "bob: is <b>anybody</b> there? heard in `+room+`"`)
	}
	choose(t, ann, "#to", "all customers")
	chromium.Type(t, ann, "#text", "yes\r")
	chromium.WaitFor(t, eve, `document.querySelector("#messages").innerText === "ann: yes heard in customer 2"`)
	chromium.WaitFor(t, bob, `document.querySelectorAll("#messages li").length === 2`)

	click(t, bob, "customer 1")
	chromium.WaitFor(t, bob, lastFrame+` === '← {"code": "success"}'`)
	choose(t, bob, "#who", "")
	chromium.WaitFor(t, bob, `document.querySelector("#status").textContent === "Closed (1000)"`)
	chromium.WaitFor(t, bob, `document.querySelector("#allowed").textContent === "The application does not know who this is."`)
	chromium.WaitFor(t, ann, `document.querySelector("#people").textContent === "ann, eve"`)
}
