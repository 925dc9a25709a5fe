package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/rootspush/roots/examples/ritual/scripts"
	"github.com/rootspush/roots/internal/chromium"
)

// seen is what everybody sees of a page: the texts, the pictures, and where they
// are, whatever came first. What one can type into, and the places of singers, are
// one's own.
const seen = `(() => {
	const copy = document.querySelector("#slide").cloneNode(true);
	copy.querySelectorAll("form, .photo, button, fieldset, [role=status]").forEach((it) => it.remove());
	const all = [...copy.querySelectorAll("*"), ...document.querySelectorAll("#backdrop img")];
	const sorted = (get) => all.map(get).filter(Boolean).sort();
	return JSON.stringify({
		page: lib.status().page, widget: lib.status().widget,
		slide: document.querySelector("#art").shadowRoot.textContent.trim(),
		texts: sorted((it) => it.children.length ? "" : it.textContent),
		pictures: sorted((it) => it.getAttribute("src")),
		styles: sorted((it) => it.getAttribute("style")?.replace(/animation-delay: [^;]*; /, "")),
		people: [...document.querySelectorAll("#participants li")].map((it) => it.textContent),
	});
})()`

// An act is what people do on a page with a widget, and what they then see.
type act struct {
	do  func(p people)
	see string // in JavaScript, true of every window
}

// People are in a ritual: some take part, one leads, one only watches.
type people struct {
	ann, bob, lead, watcher window
}

func (p people) all() []window { return []window{p.ann, p.bob, p.lead, p.watcher} }

// hold has their pages wait with what they do by themselves after some seconds.
func (p people) hold(is bool) {
	for _, w := range p.all() {
		w.run(fmt.Sprintf("window.held = %v", is))
	}
}

// acts are what is done with each widget, by its name.
var acts = map[string]act{
	"":             {see: `!document.querySelector(".anchored")`},
	"WelcomeWatch": {see: `document.querySelector(".welcomewatch").textContent === "Everybody is in."`},
	"AvatarTester": {see: `document.querySelectorAll(".avatartester img").length === 3 &&
		[...document.querySelectorAll(".avatartester img")].every((img) => img.naturalWidth === 100)`},
	"PhotoCollage": {
		do: func(p people) {
			p.ann.choosePicture(".photo-collage [type=file]", "#c05020", 400, 300)
			p.bob.choosePicture(".photo-collage [type=file]", "#f0e0a0", 300, 400)
		},
		see: `document.querySelectorAll(".photo-collage figure img").length === 2 &&
			[...document.querySelectorAll(".photo-collage figure img")].every((img) => img.naturalWidth > 0)`,
	},
	"Histogram": {
		do: func(p people) {
			p.ann.press(".entry input", "1990\r")
			p.bob.press(".entry input", "1990\r")
		},
		see: `document.querySelectorAll(".histogram img").length === 2`,
	},
	"CrossWords": {
		do: func(p people) {
			p.ann.press(".entry input", "candle\r")
			p.bob.press(".entry input", "lantern\r")
		},
		see: `document.querySelectorAll(".cross-words-grid span").length === "candle".length + "lantern".length - 1`,
	},
	"Trivia": {
		do: func(p people) {
			p.ann.press(".entry textarea", "<b>the old coat</b>")
			p.ann.click("Add")
			p.bob.press(".entry textarea", "haste")
			p.bob.click("Add")
		},
		see: `[...document.querySelectorAll(".trivia p")].map((it) => it.textContent).sort().join() === "<b>the old coat</b>,haste"`,
	},
	"CircleFlames": {see: `document.querySelectorAll(".circle-flames i").length === 2 && document.querySelectorAll(".circle-flames b").length === 2`},
	"Video":        {see: `document.querySelector("video.anchored")?.currentTime > 0`},
	"BucketSinging": {see: `document.querySelectorAll(".song li").length === 8 &&
		(document.querySelector(".song li.now") || /^[1-4]$/.test(document.querySelector(".song p").textContent))`},
	"Livestream": {see: `document.querySelector(".livestream video").currentTime > 0`},
}

// TestEverything goes through a ritual with every widget: everybody sees the same
// on each page, and so does who comes late.
func TestEverything(t *testing.T) {
	h := openHall(t, scripts.Files, "everything", "The Long Night", nil)
	p := people{h.open("/partake"), h.open("/partake"), h.open("/lead"), h.open("/observe")}
	p.ann.logIn("Ann", "#c05020")
	p.bob.logIn("Bob", "#2050c0")
	p.lead.logIn("Lea", "#20a050")
	for _, w := range []window{p.ann, p.bob, p.lead} {
		w.enter("1")
	}
	done := map[string]bool{}
	for number := 1; number <= 13; number++ {
		name := fmt.Sprint(number)
		for _, w := range p.all() {
			w.onPage(name)
		}
		widget := p.lead.text(`lib.status().widget ?? ""`)
		done[widget] = true
		play(t, p, widget)
		if widget == "CircleFlames" { // which turns the page itself
			p.hold(false)
			continue
		}
		compare(t, p, name)
		p.hold(true) // until all have seen the next page
		if number < 13 {
			p.lead.key(kb.ArrowRight)
		}
	}
	for widget := range acts {
		if !done[widget] {
			t.Errorf("the script has no page with %q", widget)
		}
	}
	for _, w := range p.all() {
		w.checkNothingWrong()
	}
}

func play(t *testing.T, p people, widget string) {
	t.Helper()
	act, known := acts[widget]
	if !known {
		t.Fatalf("nothing is known of the widget %q", widget)
	}
	if act.do != nil {
		act.do(p)
	}
	for _, w := range p.all() {
		w.waitFor(act.see)
	}
}

// compare lets bob come late, and looks whether he sees what ann sees, who was
// there all along.
func compare(t *testing.T, p people, page string) {
	t.Helper()
	p.bob.do(chromedp.Reload())
	p.bob.enter(page)
	p.ann.waitFor(`document.querySelectorAll("#backdrop img").length === 1`) // the last one has faded
	for end := time.Now().Add(chromium.Patience); ; time.Sleep(20 * time.Millisecond) {
		ann, bob := p.ann.text(seen), p.bob.text(seen) // anew each time: either may be told of the other later
		if ann == bob {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("on page %s ann sees\n%s\nand bob\n%s", page, ann, bob)
		}
	}
}
