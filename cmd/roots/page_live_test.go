package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/rootspush/roots/internal/chromium"
	"github.com/rootspush/roots/internal/testenv"
)

// A window is the page, open in a browser.
type window struct {
	*process
	context.Context
}

// openPage starts a server and opens its page. What the page breaks of its own policy
// fails the test.
func openPage(t *testing.T, args ...string) window {
	browser := chromium.Start(t)
	p := start(t, append([]string{"--log", "off"}, args...)...)
	w := window{p, chromium.Open(t, browser, p.addresses["page"])}
	w.eval(`(window.broken = [], addEventListener("securitypolicyviolation", (e) => broken.push(e.violatedDirective + e.blockedURI)), addEventListener("error", (e) => broken.push(e.message)))`)
	w.until(listens)
	return w
}

// check fails the test if the page broke a rule or had an error.
func (w window) check() {
	w.t.Helper()
	if broken := chromium.Eval[[]string](w.t, w, "broken"); len(broken) > 0 {
		w.t.Errorf("the page says %q", broken)
	}
}

func (w window) until(expression string) {
	w.t.Helper()
	chromium.WaitFor(w.t, w, expression)
}

func (w window) eval(expression string) {
	w.t.Helper()
	chromium.Eval[any](w.t, w, expression)
}

func (w window) click(selector string) {
	w.t.Helper()
	chromium.Do(w.t, w, chromedp.Click(chromedp.CSS(selector)))
}

func (w window) fill(selector, text string) {
	w.t.Helper()
	w.eval(fmt.Sprintf("document.querySelector(%q).value = %q", selector, text))
}

// labelled is the node of the picture whose label begins so.
func labelled(label string) string { return fmt.Sprintf(`.node[aria-label^=%q]`, label) }

// draws is whether the node is in the picture.
func draws(label string) string {
	return fmt.Sprintf("document.querySelector(%q)", labelled(label))
}

// lines are the paths of the updates that are listed, the newest first.
const lines = `[...document.querySelectorAll("#updates .link")].map((e) => e.textContent).join()`

func TestPageShowsTheRoutes(t *testing.T) {
	w := openPage(t, "--two-way")
	id := w.poll("").id()
	w.post("::connect", id+"->shop/tea")
	w.post("::match", id+"->shop/*")
	for _, label := range []string{"source browsers", "source dudley", "source imperio", "piece filch", "piece dolores", "piece pig", "piece live page",
		"path shop/tea, heard by 1", "pattern shop/*, heard by 1", "session " + id + ", no request, 2 messages", "this window, session "} {
		w.until(draws(label))
	}
	for _, e := range []edge{{"pig", "path:shop/tea"}, {"path:shop/tea", id}, {"pattern:shop/*", id}, {"source:dudley", "dolores"}} {
		w.until(fmt.Sprintf(`document.querySelector('.edges path[data-from=%q][data-to=%q]').getAttribute("d").length > 10`, e.From, e.To))
	}
	w.until(`document.querySelector("#n-sessions").textContent === "2"`)
	w.until(fmt.Sprintf(`[...document.querySelectorAll("#sessions tr")].some((r) => r.querySelector("button").title === %q && r.textContent.includes("no request") && r.textContent.includes("shop/tea, shop/*"))`, id))
	w.post("::disconnect", id+"->shop/tea")
	w.until("!" + draws("path shop/tea"))
	w.check()
}

func TestPageShowsUpdates(t *testing.T) {
	w := openPage(t)
	w.post("shop/tea", "<img src=x>")
	w.until(lines + `.startsWith("shop/tea")`)
	w.until(`document.querySelector("#updates .text").textContent === "<img src=x>"`)
	chromium.Type(t, w, "#paths", "shop/*\r")
	w.until(draws("pattern shop/*")) // the page is who hears it
	w.post("news", "1")
	w.post("shop/milk", "2")
	w.until(lines + ` === "shop/milk"`)
	w.until(`document.querySelector("#l-rate").textContent === "a second on shop/*"`)
	w.click("#pause")
	w.post("shop/jam", "3")
	w.until(`document.querySelector("#sampled").textContent === "Paused. 1 have passed since."`)
	w.until(lines + ` === "shop/milk"`)
	w.click("#pause")
	w.post("shop/bread", "4")
	w.until(lines + ` === "shop/bread,shop/milk"`)
	w.fill("#paths", "a**")
	chromium.Type(t, w, "#paths", "\r")
	w.until(`document.querySelector("#filter-error").textContent.includes("star")`)
	w.check()
}

func TestPageExplainsAndConnects(t *testing.T) {
	w := openPage(t)
	id := w.poll("").id()
	w.until(draws("session " + id))
	w.click(fmt.Sprintf("#sessions button[title=%q]", id))
	chromium.Type(t, w, "#heard", "shop/tea\r")
	answer := func(begin string) {
		w.until(fmt.Sprintf(`document.querySelector("#answer").textContent.startsWith(%q)`, begin))
	}
	answer(`No, not connected: "` + id)
	w.click("#ask [value=connect]")
	answer(`Sent ::connect. Yes: "` + id + `" would get it, because it hears the path "shop/tea"`)
	w.click("#ask [value=disconnect]")
	answer("Sent ::disconnect. No, not connected: ")
	w.fill("#heard", "shop/*")
	w.click("#ask [value=connect]")
	answer("Sent ::match.")
	w.until(draws("pattern shop/*, heard by 1"))
	w.click("#me")
	w.fill("#heard", "demo/hello")
	w.click("#ask [value=explain]")
	answer("Yes: ")
	w.check()
}

// TestPageByKeyboard: one Tab comes to the picture, arrows walk in it, Enter picks.
func TestPageByKeyboard(t *testing.T) {
	w := openPage(t)
	w.until(draws("path demo/hello"))
	if tabs := chromium.Eval[int](t, w, `document.querySelectorAll(".node[tabindex='0']").length`); tabs != 1 {
		t.Errorf("%d nodes are reached by Tab", tabs)
	}
	w.eval(`document.querySelector(".node[tabindex='0']").focus()`)
	here := `document.activeElement.getAttribute("aria-label")`
	for range 20 {
		if strings.HasPrefix(chromium.Eval[string](t, w, here), "path demo/hello") {
			break
		}
		chromium.Do(t, w, chromedp.KeyEvent(kb.ArrowDown))
	}
	w.post("other", "1")
	w.until(here + `.startsWith("path demo/hello")`) // a new picture does not take the focus away
	chromium.Do(t, w, chromedp.KeyEvent("\r"))
	w.until(`document.querySelector("#paths").value === "demo/hello"`)
	w.until(`document.querySelector(".edges .on")`)
	unnamed := `[...document.querySelectorAll("input, button, meter, .node, [role=region]")].filter((e) => !(e.labels?.length || e.ariaLabel || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.textContent.trim())).map((e) => e.outerHTML)`
	if without := chromium.Eval[[]string](t, w, unnamed); len(without) > 0 {
		t.Errorf("these have no name for a screen reader: %q", without)
	}
	w.check()
}

// TestPageOnAPhone: nothing is wider than the screen.
func TestPageOnAPhone(t *testing.T) {
	w := openPage(t, "--two-way")
	id := w.poll("").id()
	for i := range 5 {
		w.post("::connect", fmt.Sprintf("%s->a/long/path/of/number/%d", id, i))
	}
	chromium.Do(t, w, chromedp.EmulateViewport(375, 812, chromedp.EmulateMobile))
	w.until(draws("path a/long/path/of/number/4"))
	w.until(`document.documentElement.scrollWidth <= 375`)
	w.until(`[...document.querySelectorAll(".node")].every((n) => n.getBoundingClientRect().right <= 375 && n.getBoundingClientRect().left >= 0)`)
	w.check()
}

func TestPageWithoutFirenze(t *testing.T) {
	browser := chromium.Start(t)
	p := start(t, "--log", "off", "--firenze", "")
	w := window{p, chromium.Open(t, browser, p.addresses["page"])}
	w.until(draws("source dudley"))
	w.until(`document.querySelector("#send-error").textContent.includes("Firenze is off")`)
	w.until(`document.querySelector("#drawn").textContent === "No session is open."`)
}

// TestPageComesBack by itself after the server did.
func TestPageComesBack(t *testing.T) {
	places := []string{"--firenze", testenv.FreeAddress(t), "--dudley", testenv.FreeAddress(t)}
	w := openPage(t, places...)
	w.command.Process.Kill()
	w.status()
	w.until(`document.querySelector("#state").textContent.includes("reconnecting")`)
	w.process = start(t, append([]string{"--log", "off"}, places...)...)
	w.until(isLive)
	w.until(`document.querySelectorAll("#messages .note").length === 2`) // it listens again
	w.post("demo/hello", "again")
	w.until(says("again"))
	w.until(lines + `.startsWith("demo/hello")`)
	w.check()
}
