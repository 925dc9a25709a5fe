package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// fivePages is a script without widgets, of one word on each page.
func fivePages() [][2]string {
	var pages [][2]string
	for i := range 5 {
		pages = append(pages, [2]string{svg(fmt.Sprintf(`<text y="100">page %d</text>`, i+1)), ""})
	}
	return pages
}

const avatarsIndex = `{"background": "bkg.jpg", "showParticipants": "avatars", "rotate": true}`

// named is the names of the participants, as they are shown.
const named = `[...document.querySelectorAll("#participants li")].map((it) => it.querySelector(".name").textContent).join()`

// TestLogins: several people use one browser, keep their photos, and one goes.
func TestLogins(t *testing.T) {
	h := openHall(t, oneScript(avatarsIndex, fivePages()...), "test", "family", nil)
	w := h.open("/partake")
	w.waitFor(`document.title === "Join family"`)
	w.logIn("Ann", "#c05020")
	w.onPage("1")
	w.waitFor(named + ` === "Ann"`)
	w.checkNothingWrong()

	w.do(chromedp.Navigate(h.home + "/addLogin"))
	w.logIn("Bob <b>", "#2050c0")
	w.waitFor(`document.title === "Who uses this browser" && document.body.innerText.includes("Bob <b>")`)
	w.click("Back to family")
	w.onPage("1")
	w.waitFor(named + ` === "Ann,Bob <b>"`)
	w.waitFor(`[...document.querySelectorAll("#participants img")].filter((img) => img.naturalWidth === 100).length === 2`)
	w.waitFor(`document.querySelector("#name").value === "Ann & Bob <b>"`)

	w.do(chromedp.Navigate(h.home + "/manageLogins"))
	w.click("Remove")
	w.waitFor(`document.title === "Who uses this browser" && document.querySelectorAll(".person").length === 1`)
	w.checkNothingWrong()

	other := h.open("/partake") // Ann comes again, from another browser, and keeps her photo
	other.press("[name=email]", "Ann@example.org"+kb.Tab)
	other.waitFor(`document.querySelector("[name=photosource]:checked").value === "keep" && document.querySelector("[name=name]").value === "Ann"`)
	other.waitFor(`document.querySelector("#kept").naturalWidth === 100`)
	other.press("[name=name]", "\r")
	other.onPage("1")
	other.waitFor(`lib.names.join() === "Ann" && [...document.querySelectorAll("#participants img")].every((img) => img.naturalWidth === 100)`)
	other.checkNothingWrong()
}

// TestCrop: the part of a photo that is chosen is what others see, by drag, by
// keyboard, and with zoom.
func TestCrop(t *testing.T) {
	h := openHall(t, oneScript(avatarsIndex, fivePages()...), "test", "faces", nil)
	w := h.open("/partake")
	w.press("[name=email]", "ann@example.org")
	w.press("[name=name]", "Ann")
	w.run(`
		const canvas = document.createElement("canvas");
		[canvas.width, canvas.height] = [400, 200];
		const context = canvas.getContext("2d");
		["#c00000", "#00c000", "#0000c0", "#c0c000"].forEach((fill, i) => { context.fillStyle = fill; context.fillRect(100 * i, 0, 100, 200) });
		const list = new DataTransfer();
		list.items.add(new File([await new Promise((done) => canvas.toBlob(done))], "me.png", { type: "image/png" }));
		const input = document.querySelector("[name=photofile]");
		input.files = list.files;
		input.dispatchEvent(new Event("change", { bubbles: true }))`)
	const crop = `["zoom", "x", "y"].map((name) => document.querySelector("[name=" + name + "]").value).join(" ")`
	w.waitFor(crop + ` === "-5 50 0"`)
	w.run(`
		const slider = document.querySelector("#zoom-slider");
		slider.value = 0;
		slider.dispatchEvent(new Event("input"))`)
	w.waitFor(crop + ` === "0 150 50"`)
	for range 25 {
		w.press("#circle", kb.ArrowLeft) // the photo goes left, so the circle sees its right
	}
	w.waitFor(crop + ` === "0 200 50"`)
	w.press("[name=name]", "\r")
	w.onPage("1")
	w.waitFor(`document.querySelector("#participants img").naturalWidth === 100`)
	w.run(`
		const canvas = document.createElement("canvas");
		[canvas.width, canvas.height] = [100, 100];
		const context = canvas.getContext("2d", { willReadFrequently: true });
		window.pixel = (x, y) => { // drawn each time: a photo whose size is known may not be there yet
			context.drawImage(document.querySelector("#participants img"), 0, 0);
			return [...context.getImageData(x, y, 1, 1).data];
		}`)
	w.waitFor(`(([r, g, b, a]) => r < 30 && g < 30 && b > 160 && a === 255)(pixel(50, 50))`)
	w.waitFor(`pixel(1, 1)[3] === 0`) // it is round
	w.checkNothingWrong()
}

// TestSelfie: a photo of the camera serves for a login.
func TestSelfie(t *testing.T) {
	h := openHall(t, oneScript(avatarsIndex, fivePages()...), "test", "selfies", nil)
	w := h.open("/partake")
	w.press("[name=email]", "ann@example.org")
	w.press("[name=name]", "Ann")
	w.run(`document.querySelector("[value=selfie]").click()`)
	w.waitFor(`document.querySelector("#camera video").videoWidth === 640`)
	w.click("Take the photo")
	w.waitFor(`document.querySelector("[name=selfie]").value.startsWith("data:image/jpeg;base64,") && document.querySelector("[name=zoom]").value !== ""`)
	w.press("[name=name]", "\r")
	w.onPage("1")
	w.waitFor(`document.querySelector("#participants img").naturalWidth === 100`)
	w.checkNothingWrong()
}

// TestSpeakers: the speaker changes with each page, or when skipped, for everybody.
func TestSpeakers(t *testing.T) {
	h := openHall(t, oneScript(avatarsIndex, fivePages()...), "test", "queue", nil)
	ann, bob, lead := h.open("/partake"), h.open("/partake"), h.open("/lead")
	ann.logIn("Ann", "#c05020")
	ann.onPage("1")
	bob.logIn("Bob", "#2050c0")
	bob.onPage("1")
	lead.logIn("Lea", "#20a050")
	all := []window{ann, bob, lead}
	everybodySees := func(expression string) {
		t.Helper()
		for _, w := range all {
			w.waitFor(expression)
		}
	}
	everybodySees(named + ` === "Lea,Ann,Bob"`)
	everybodySees(`document.querySelector(".speaker").title === "Lea"`)
	lead.key(kb.ArrowRight)
	everybodySees(named + ` === "Ann,Bob,Lea" && lib.status().page === "2"`)
	lead.click("Skip speaker")
	everybodySees(named + ` === "Bob,Lea,Ann" && lib.status().page === "2"`)
	lead.key(kb.ArrowLeft)
	everybodySees(`lib.status().page === "1"`)
	for _, w := range all {
		w.checkNothingWrong()
	}
}

// TestVideoMode: a script that asks for video rooms gets pictures, a notice, and
// runs. Somebody's picture and name reach the others.
func TestVideoMode(t *testing.T) {
	files := oneScript(`{"background": "bkg.jpg", "showParticipants": "video", "rotate": false, "welcome": "hello"}`, fivePages()...)
	files["test/hello.svg"] = files["test/1.svg"]
	h := openHall(t, files, "test", "rooms", nil)
	ann, bob := h.open("/partake"), h.open("/partake")
	ann.waitFor(`document.body.innerText.includes("written for video rooms")`)
	ann.press("#welcome [name=name]", "Ann")
	ann.click("Use the camera")
	ann.waitFor(`document.querySelector(".camera video").videoWidth === 640`)
	ann.click("Take the photo")
	ann.waitFor(`document.querySelector("#notice").textContent === "Others see your picture now."`)
	ann.enter("1")
	bob.press("#welcome [name=name]", "Bob")
	bob.enter("1")
	for _, w := range []window{ann, bob} {
		w.waitFor(named + `.split(",").sort().join() === "Ann,Bob"`)
		w.waitFor(`[...document.querySelectorAll("#participants img")].map((img) => img.naturalWidth).join() === "100"`)
		w.waitFor(`[...document.querySelectorAll("#participants li")].find((it) => it.title === "Bob").querySelector(".face").textContent === "B"`)
		w.checkNothingWrong()
	}
}
