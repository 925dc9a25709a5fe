package main

import "testing"

// silence is a minute of it, in JavaScript.
const silence = `(() => {
	const rate = 8000, bytes = 60 * rate, view = new DataView(new ArrayBuffer(44 + bytes));
	const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
	text(0, "RIFF"); view.setUint32(4, 36 + bytes, true); text(8, "WAVEfmt "); view.setUint32(16, 16, true);
	view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, rate, true); view.setUint32(28, rate, true);
	view.setUint16(32, 1, true); view.setUint16(34, 8, true); text(36, "data"); view.setUint32(40, bytes, true);
	new Uint8Array(view.buffer, 44).fill(128);
	return URL.createObjectURL(new Blob([view.buffer], { type: "audio/wav" }));
})()`

// TestPlayInStep: what is played is where it should be, comes back there whatever
// happens to it, and is as loud as the person wants.
func TestPlayInStep(t *testing.T) {
	h := openHall(t, oneScript(plainIndex, fivePages()...), "test", "sound", nil)
	w := h.open("/partake")
	w.onPage("1")
	w.run(`
		window.audio = lib.element("audio", { src: ` + silence + `, preload: "auto" });
		window.began = performance.now() / 1000 - 20;
		window.off = () => Math.abs(performance.now() / 1000 - began - audio.currentTime);
		window.stop = lib.playSince(audio, 20)`)
	const inStep = `!audio.paused && !audio.seeking && off() < 0.6`
	w.waitFor(`!document.querySelector("#tap").hidden && audio.muted`) // nobody has touched the page
	w.press("#tap", "\r")
	w.waitFor(inStep + ` && !audio.muted && document.querySelector("#tap").hidden`)
	for _, disturbance := range []string{`audio.currentTime = 5`, `audio.currentTime = 58`, `audio.pause()`} {
		w.run(disturbance)
		w.waitFor(inStep)
	}

	w.click("Mute")
	w.waitFor(`audio.muted`)
	w.run(`lib.setMuted(audio, true); lib.setMuted(audio, false)`) // as a widget does
	w.waitFor(`audio.muted`)
	w.click("Mute")
	w.waitFor(`!audio.muted`)
	w.run(`lib.setMuted(audio, true)`)
	w.click("Mute")
	w.click("Mute")
	w.waitFor(`audio.muted`) // the widget still wants it

	w.run(`stop()`)
	w.waitFor(`audio.paused`)
	w.run(`audio.currentTime = 0; window.stop = lib.playSince(audio, -3600)`)
	w.run(`await new Promise((done) => setTimeout(done, 1500)); stop()`) // it looks each second
	w.waitFor(`audio.paused && audio.currentTime === 0`)
	w.run(`window.stop = lib.playSince(audio, 3600)`)
	w.waitFor(`audio.paused && audio.currentTime === audio.duration`)
	w.checkNothingWrong()
}
