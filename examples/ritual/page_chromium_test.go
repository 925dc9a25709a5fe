package main

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestLead: leaders turn pages by keyboard, but not while they type; who takes
// part can't; and who watches sends nothing.
func TestLead(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, fivePages()...), "test", "lead", nil)
	lead, ann, watcher := h.open("/lead"), h.open("/partake"), h.open("/observe")
	for _, w := range []window{lead, ann, watcher} {
		w.onPage("1")
	}
	for _, turn := range [][2]string{{kb.ArrowRight, "2"}, {kb.PageDown, "3"}, {kb.ArrowLeft, "2"}, {kb.PageUp, "1"}} {
		lead.key(turn[0])
		for _, w := range []window{lead, ann, watcher} {
			w.onPage(turn[1])
		}
	}
	lead.key(kb.ArrowLeft)
	lead.waitFor(`document.querySelector("#notice").textContent.includes("non-existant page 0")`)

	lead.press("#say input", kb.ArrowRight+"x"+kb.ArrowLeft+"\r")
	ann.key(kb.ArrowRight)
	watcher.key(kb.ArrowRight)
	watcher.run(`if (await lib.post({ x: "1" })) throw new Error("it was taken")`)
	watcher.waitFor(`document.querySelector("#notice").textContent.startsWith("You are watching") && !document.querySelector("#say")`)
	for _, w := range []window{lead, ann, watcher} {
		w.waitFor(`document.querySelector("#messages").textContent.endsWith("x")`) // so a turn would have come, too
		w.onPage("1")
		w.checkNothingWrong()
	}
	if posts := watcher.text(`performance.getEntriesByType("resource").filter((it) => /setName|welcomed|widgetData|Page|chat.send/.test(it.name)).map((it) => it.name).join()`); posts != "" {
		t.Errorf("the watcher sent %s", posts)
	}
}

// TestChat: what is said reaches everybody as text, with a name; who comes later
// reads it too; and names can change.
func TestChat(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, fivePages()...), "test", "chat", nil)
	ann, bob := h.open("/partake"), h.open("/partake")
	ann.onPage("1")
	bob.onPage("1")
	ann.click("Settings")
	ann.press("#name", "Ann"+kb.Tab)
	ann.waitFor(`performance.getEntriesByType("resource").some((it) => it.name.endsWith("/setName") && it.responseStatus === 204)`)
	ann.click("Close")
	const markup = `<img src=x onerror="hacked = 1">`
	ann.press("#say input", "hello\r")
	ann.press("#say input", "  \r"+markup+"\r")
	const said = `[...document.querySelectorAll("#messages li")].map((it) => it.textContent).join("|")`
	const want = said + ` === 'Ann hello|Ann ` + markup + `' && !window.hacked`
	ann.waitFor(want)
	bob.waitFor(want)
	late := h.open("/partake")
	late.waitFor(want)

	bob.click("Chat")
	bob.waitFor(`document.querySelector("#chat").hidden`)
	ann.press("#say input", "are you there?\r")
	bob.waitFor(`document.querySelector("#chat-button").textContent === "Chat (1)"`)
	bob.click("Chat (1)")
	bob.waitFor(`!document.querySelector("#chat").hidden && document.querySelector("#chat-button").textContent === "Chat"`)
	for _, w := range []window{ann, bob, late} {
		w.checkNothingWrong()
	}
}

// TestSettings: the browser remembers until it is told to forget.
func TestSettings(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, fivePages()...), "test", "memory", nil)
	w := h.open("/partake")
	w.onPage("1")
	w.click("Mute")
	w.click("Settings")
	w.press("#name", "Ann"+kb.Tab)
	w.click("Close")
	const remembered = `document.querySelector("#sound-button").ariaPressed + " " + document.querySelector("#name").value`
	w.waitFor(remembered + ` === "true Ann"`)
	w.do(chromedp.Reload())
	w.waitFor(`window.lib && ` + remembered + ` === "true Ann"`)
	w.click("Settings")
	w.click("Forget my settings")
	w.waitFor(`localStorage.length === 0`)
	w.do(chromedp.Reload())
	w.waitFor(`window.lib && ` + remembered + ` === "false "`)
	w.checkNothingWrong()
}

// TestCut: without a network there is a banner, and nothing that was typed is
// lost. With it everything goes on by itself.
func TestCut(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, append(fivePages(), [2]string{svg(`<rect width="9" height="9" stroke="#000001"/>`),
		`{"widget": "Trivia", "boxColors": {"controls": "#000001", "results": "#000001"}}`})...), "test", "cut", nil)
	ann, lead := h.open("/partake"), h.open("/lead")
	ann.onPage("1")
	lead.onPage("1")
	ann.offline(true)
	ann.waitFor(`document.querySelector("#banner").textContent.startsWith("The connection is lost")`)
	for number := 2; number <= 6; number++ {
		lead.click("Next")
		lead.onPage(fmt.Sprint(number))
	}
	ann.press("#say input", "are you there?\r")
	ann.waitFor(`document.querySelector("#notice").textContent.startsWith("Your message was not sent") && document.querySelector("#say input").value === "are you there?"`)
	ann.offline(false)
	ann.onPage("6")
	ann.waitFor(`document.querySelector("#banner").textContent === ""`)
	ann.press("#say input", "\r")
	lead.waitFor(`document.querySelector("#messages").textContent.includes("are you there?")`)

	ann.offline(true)
	ann.run(`window.posted = lib.post({ txt: "once" })`)
	ann.waitFor(`document.querySelector("#banner").textContent.startsWith("The connection is lost")`)
	ann.offline(false)
	ann.run(`if (!await posted) throw new Error("it was not taken")`)
	for _, w := range []window{ann, lead} {
		w.waitFor(`[...document.querySelectorAll(".trivia p")].map((it) => it.textContent).join() === "once"`)
	}
}

// TestNobodyIsDisturbed: what others post changes nothing in a widget but what it
// shows, so that who is typing goes on.
func TestNobodyIsDisturbed(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, [2]string{svg(""), `{"widget": "Trivia", "boxColors": {"controls": "#000001", "results": "#000002"}}`}), "test", "typing", nil)
	ann, bob := h.open("/partake"), h.open("/partake")
	for _, w := range []window{ann, bob} {
		w.onPage("1")
		w.waitFor(`document.querySelector(".entry textarea")`)
	}
	ann.press(".entry textarea", "half a wo")
	for i := range 3 {
		bob.run(fmt.Sprintf(`await lib.post({ txt: "%d" })`, i))
		ann.waitFor(fmt.Sprintf(`document.querySelectorAll(".trivia p").length === %d`, i+1))
	}
	ann.waitFor(`document.activeElement.value === "half a wo"`)
	ann.checkNothingWrong()
}

// TestModuleLate: a widget whose module does not load at first is there in the end.
func TestModuleLate(t *testing.T) {
	var asked atomic.Int32
	failing := func(s http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/widgets/Trivia.js" && asked.Add(1) < 4 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			s.ServeHTTP(w, r)
		})
	}
	h := openHallBehind(t, failing, oneScript(plainIndex, [2]string{svg(""), `{"widget": "Trivia", "boxColors": {"controls": "#000001", "results": "#000002"}}`}), "test", "late", nil)
	w := h.open("/partake")
	w.waitFor(`document.querySelector(".entry textarea")`)
	w.run(`if (!await lib.post({ txt: "here" })) throw new Error("it was not taken")`)
	w.waitFor(`document.querySelector(".trivia p").textContent === "here" && document.querySelector("#banner").textContent === ""`)
}

// TestAnswerLost: a post whose answer is lost is sent again and counts once.
func TestAnswerLost(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, [2]string{svg(""), `{"widget": "Trivia", "boxColors": {"controls": "#000001", "results": "#000002"}}`}), "test", "twice", nil)
	w := h.open("/partake")
	w.onPage("1")
	w.run(`
		const real = fetch;
		window.fetch = async (url, options) => {
			const answer = await real(url, options);
			if (!/widgetData/.test(url)) return answer;
			window.fetch = real;
			throw new TypeError("the answer is lost");
		};
		if (!await lib.post({ txt: "one" }) || !await lib.post({ txt: "two" })) throw new Error("it was not taken")`)
	w.waitFor(`[...document.querySelectorAll(".trivia p")].map((it) => it.textContent).join() === "one,two"`)
}

// TestForgotten: a page that the server does not know says so, and comes back; one
// whose ritual is over says that.
func TestForgotten(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, fivePages()...), "test", "memory", nil)
	w := h.open("/partake")
	w.onPage("1")
	w.run(`
		const real = fetch;
		window.fetch = (url, options) => real(url.replace(/clientId=[^&]*/, "clientId=nobody"), options)`)
	lead := h.open("/lead")
	lead.onPage("1")
	lead.click("Next")
	w.waitFor(`document.querySelector("#banner").textContent.includes("Join again")`)
	w.click("Join again")
	w.waitFor(`document.querySelector("#banner").textContent === ""`)
	w.onPage("2")

	w.run(`
		const real = fetch;
		window.fetch = (url, options) => real(new URL(url, location.href.replace("memory", "nothing")), options)`)
	lead.click("Next")
	w.waitFor(`document.querySelector("#banner").textContent.includes("This ritual is over")`)
}

// TestControl: a ritual is begun by hand, and found by others.
func TestControl(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, fivePages()...), "test", "first", nil)
	w := h.open("/../")
	w.waitFor(`document.querySelector(".cards a").textContent === "first (test)"`)
	w.press("[name=name]", "50% of <us>?")
	w.run(`document.querySelector("[name=page]").value = 3`)
	w.click("Begin")
	w.onPage("3")
	w.waitFor(`lib.isLead && lib.ritual === "50% of <us>?"`)
	w.do(chromedp.Navigate(h.home))
	w.click("50% of <us>? (test)")
	w.onPage("3")
	w.waitFor(`!lib.isLead`)
	w.checkNothingWrong()
}

// TestLeaderToken: with a token in the secrets only who has it leads, in that
// browser.
func TestLeaderToken(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, fivePages()...), "test", "led", map[string]string{"LEADER_TOKEN": "open sesame"})
	stranger, lead := h.open("/lead"), h.open("/lead?token=open+sesame")
	stranger.waitFor(`document.body.innerText.includes("needs the leader's token")`)
	lead.onPage("1")
	lead.click("Next")
	lead.onPage("2")
	ann := h.open("/partake")
	ann.onPage("2")
	ann.run(`await fetch("nextPage", { method: "POST" }).then((answer) => { window.refused = answer.status })`)
	ann.waitFor(`refused === 403`)
	ann.onPage("2")
	lead.checkNothingWrong()
}

// TestNotReady: a server that is for one ritual shows that it has not begun, and
// then leads there by itself.
func TestNotReady(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, fivePages()...), "test", "another", map[string]string{"RITUAL_NAME": "the one"})
	w := h.open("/../")
	w.waitFor(`document.body.innerText.includes("the one") && document.body.innerText.includes("not ready yet")`)
	if err := h.stage.Begin("the one", "test", 4); err != nil {
		t.Fatal(err)
	}
	w.onPage("4")
	w.checkNothingWrong()
}
