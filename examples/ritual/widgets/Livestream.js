// A stream from elsewhere, as it comes.

import { anchor, css, element, setMuted } from "/lib.js";

css(`
  .livestream { display: grid; place-items: center; color: #fff; text-align: center }
  .livestream > * { grid-area: 1 / 1 }
  .livestream video { width: 100%; height: 100% }
  .livestream p { margin: 0; padding: .4em .8em; border-radius: .6em; background: #0009; font-size: 2.2cqw }
  .livestream p:empty { display: none }
`);

const again = 5000; // milliseconds until a stream that is not there is looked for again

export class Livestream {
  constructor({ playbackUrl, boxColor }) {
    this.url = playbackUrl;
    this.note = element("p", { role: "status" });
    this.video = element("video", {
      playsinline: true,
      controls: true,
      onplaying: () => this.say(""),
      onended: () => this.load(),
      onerror: () => this.wait(),
    });
    this.remove = anchor(element("div", { class: "livestream" }, this.video, this.note), boxColor);
    if (playbackUrl) this.load();
    else this.say("There is no livestream for this page.");
  }

  from_server() {}

  say(text) {
    this.note.textContent = text;
  }

  /** A browser may refuse sound until somebody touched the page; then the picture goes ahead. */
  async load() {
    this.video.src = this.url;
    setMuted(this.video, false);
    try {
      await this.video.play();
    } catch (error) {
      if (error.name !== "NotAllowedError") return; // of what is wrong with the stream there is an event
      this.video.muted = true;
      this.video.play().catch(() => {});
    }
  }

  /** Looks again later; once the page was turned there is nothing to look for. */
  wait() {
    if (!this.url) return;
    this.say("The stream has not begun, or was interrupted. It goes on here as soon as it is there.");
    this.timer = setTimeout(() => this.load(), again);
  }

  destroy() {
    this.url = "";
    clearTimeout(this.timer);
    this.video.removeAttribute("src");
    this.video.load(); // lets go of the connection
    this.remove();
  }
}
