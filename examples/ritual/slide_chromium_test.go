package main

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/chromedp/chromedp"
)

// TestBoxes puts an element over boxes that are drawn in each of the ways that
// drawing programs have, and sees it there, in windows of any size.
func TestBoxes(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, [2]string{svg(`
		<style>.third { stroke: #000003 }</style>
		<rect x="1000" y="0" width="160" height="90" stroke="#000001"/>
		<path d="M160 90h320v180h-320z" stroke="#000001" stroke-width="0"/>
		<rect x="800" y="450" width="160" height="90" style="fill:none;stroke-width:0;stroke:#000002"/>
		<path class="third" d="M0 450h160v90h-160z" stroke-width="0"/>
		<circle r="50" stroke="#000004"/>`), ""}), "test", "boxes", nil)
	w := h.open("/partake")
	w.onPage("1")
	w.run(`window.put = Object.fromEntries(["#000001", "#000002", "#000003", "#000004"].map((colour) => {
		const it = lib.element("div");
		lib.anchor(it, colour);
		return [colour, it];
	}))`)
	for _, size := range [][2]int64{{1280, 800}, {1600, 400}, {375, 812}} {
		w.do(chromedp.EmulateViewport(size[0], size[1]))
		for colour, want := range map[string]string{
			"#000001": "10 10 20 20",
			"#000002": "50 50 10 10",
			"#000003": "0 50 10 10",
			"#000004": "20 20 60 60", // there is no such box
		} {
			w.waitFor(fmt.Sprintf(`(() => {
				const slide = document.querySelector("#slide").getBoundingClientRect();
				const it = put[%q].getBoundingClientRect();
				const percent = [(it.left - slide.left) / slide.width, (it.top - slide.top) / slide.height, it.width / slide.width, it.height / slide.height];
				return slide.width <= innerWidth && percent.map((part) => Math.round(100 * part)).join(" ") === %q;
			})()`, colour, want))
		}
	}
	w.waitFor(`getComputedStyle(document.querySelector("#art").shadowRoot.querySelector("path")).visibility === "hidden"`)
	w.checkNothingWrong()
}

// TestNoScriptInSlides: whatever ways an SVG has to run a script, none does, and
// what draws is still there.
func TestNoScriptInSlides(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, [2]string{svg(`
		<script>window.hacked = 1</script>
		<script xlink:href="data:text/javascript,window.hacked = 2"/>
		<style>@import "data:text/css,x"; text { fill: rgb(1, 2, 3) }</style>
		<rect id="r" width="1600" height="900" onclick="window.hacked = 3" onload="window.hacked = 4"/>
		<image xlink:href="x.png" onerror="window.hacked = 5"/>
		<a id="a" xlink:href="javascript:window.hacked = 6"><text y="100" style="font-size:50px">still here</text></a>
		<a id="b" href="#"><animate attributeName="href" to="javascript:window.hacked = 7" begin="0s" fill="freeze"/><text y="200">too</text></a>
		<set attributeName="onmouseover" to="window.hacked = 8"/>
		<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="window.hacked = 9"/><iframe srcdoc="x"/></body></foreignObject>
		<html:script xmlns:html="http://www.w3.org/1999/xhtml">window.hacked = 10</html:script>`), ""}), "test", "safe", nil)
	w := h.open("/partake")
	w.onPage("1")
	const art = `document.querySelector("#art").shadowRoot`
	w.run(`for (const id of ["r", "a", "b"]) ` + art + `.getElementById(id).dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }))`)
	w.waitFor(art + `.querySelectorAll("text").length === 2 && ` + art + `.querySelector("svg").textContent.includes("still here")`)
	w.waitFor(`getComputedStyle(` + art + `.querySelector("text")).fill === "rgb(1, 2, 3)" && getComputedStyle(` + art + `.querySelector("text")).fontSize === "50px"`)
	if left := w.text(`[...` + art + `.querySelectorAll("script, foreignObject, img, iframe, set, animate, [onclick], [onload], [onerror]")].map((it) => it.outerHTML).join()`); left != "" {
		t.Errorf("there is still %s", left)
	}
	if hacked := w.text(`String(window.hacked)`); hacked != "undefined" {
		t.Errorf("script %s ran", hacked)
	}
}

// TestBackground: each page has the background and the zoom it asks for, behind
// the slide or behind everything.
func TestBackground(t *testing.T) {
	pages := [][2]string{
		{svg(""), ""},
		{svg(""), `{"background": "other picture.jpg", "bkZoom": 1.5, "bkZoomCenter": "20% 30%"}`},
		{svg(""), `{"background": "other picture.jpg", "bkZoom": "wide", "bkZoomCenter": "red; x"}`},
	}
	for name, test := range map[string]struct{ index, parent string }{
		"behind the slide":  {plainIndex, "#slide"},
		"behind everything": {`{"background": "bkg.jpg", "showParticipants": "none", "bkgAll": true}`, "body"},
	} {
		t.Run(name, func(t *testing.T) {
			files := oneScript(test.index, pages...)
			files["test/other picture.jpg"] = &fstest.MapFile{Data: plainJPEG()}
			h := openHall(t, files, "test", "walls", nil)
			w := h.open("/lead")
			for i, want := range []string{"bkg.jpg 1 50% 50%", "other%20picture.jpg 1.5 20% 30%", "other%20picture.jpg 1 50% 50%"} {
				w.onPage(fmt.Sprint(i + 1))
				w.waitFor(fmt.Sprintf(`(() => {
					const all = document.querySelectorAll("%s > #backdrop img");
					const style = getComputedStyle(all[0]);
					const [x, y] = style.transformOrigin.split(" ").map(parseFloat);
					const place = Math.round(100 * x / all[0].clientWidth) + "%% " + Math.round(100 * y / all[0].clientHeight) + "%%";
					return all.length === 1 && all[0].naturalWidth > 0 && [all[0].src.split("/").at(-1), all[0].style.scale, place].join(" ") === %q;
				})()`, test.parent, want))
				w.click("Next")
			}
			w.checkNothingWrong()
		})
	}
}
