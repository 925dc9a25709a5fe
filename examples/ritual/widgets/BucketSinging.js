// A song: its words in step with the backing track, for everybody at once.

import { anchor, clientId, css, element, isLead, isObserver, playSince, post, preloadedVideo, setMuted } from "/lib.js";

css(`
  .song { display: flex; flex-direction: column; gap: 1cqw; color: #fff; text-align: center; font: 2.6cqw/1.35 Georgia, serif }
  .song ol { flex: 1; min-height: 0; margin: 0; padding: 0; overflow: auto; list-style: none; scrollbar-width: none }
  .song li { padding: .25em 0; white-space: pre-line; transition: opacity .4s }
  .song.timed li { opacity: .35 }
  .song.timed li.now, .song.untimed li { opacity: 1 }
  .song li.now { font-weight: bold }
  .song p { margin: 0; font-size: 1.8cqw }
  .song fieldset { display: flex; flex-wrap: wrap; justify-content: center; align-items: center; gap: .5em; margin: 0; padding: 0; border: 0; font-size: 1.6cqw }
  .song fieldset[hidden] { display: none }
  .song button { width: auto; padding: .15em .8em; font: inherit }
  .song button[aria-pressed=true] { font-weight: bold; outline: .15em solid }
  .songvideo { object-fit: cover }
  .songvideo.round { border-radius: 50% }
`);

const patience = 4000; // milliseconds for which a backing track may keep the others waiting
const countIn = 4; // seconds before the first words

export class BucketSinging {
  constructor(data) {
    this.data = data;
    this.note = element("p", { role: "status" });
    this.lines = (data.lyrics ?? []).map((text) => element("li", {}, text));
    this.slots = slotButtons(data);
    const box = element("div", { class: "song" }, this.note, element("ol", {}, ...this.lines), this.slots);
    box.classList.add(data.lyricTimings?.length ? "timed" : "untimed");
    this.ends = [anchor(box, data.boxColors.lyrics)];
    this.addMedia(data, box);
    if (data.justInit) this.ends.push(soundTest(box));
    else this.getReady();
  }

  /** What is sent with the question for a status: which slot is known here. */
  get page() {
    return this.data.ready ? String(this.data.slot) : "-1";
  }

  from_server(data) {
    this.data = data;
    this.showSlots();
    if (data.ready && this.began === undefined) this.begin(data.startedAgo);
    if (!this.clock) this.note.textContent = message(data);
  }

  destroy() {
    this.gone = true;
    clearInterval(this.clock);
    this.ends.forEach((end) => end());
  }

  /** The video has the sound if there is no backing track. */
  addMedia({ videoUrl, backingUrl, roundVideo, boxColors }, box) {
    this.media = [];
    if (backingUrl) this.media.push(element("audio", { src: backingUrl, preload: "auto" }));
    box.append(...this.media); // where the page's button for muting finds it
    if (!videoUrl || !boxColors.video) return;
    const video = preloadedVideo(videoUrl);
    setMuted(video, Boolean(backingUrl));
    video.classList.add("songvideo");
    video.classList.toggle("round", roundVideo);
    this.media.push(video);
    this.ends.push(anchor(video, boxColors.video), () => setMuted(video, false), () => video.classList.remove("songvideo", "round"));
  }

  /**
   * Says that it can begin. Without a singing client nobody here knows how long
   * the sound takes, which is what failed calibration means to the server.
   */
  async getReady() {
    await Promise.all(this.media.map(loaded));
    if (!this.gone && !isObserver) post({ action: "ready", clientId, calibrationFail: "true", islead: String(isLead) });
  }

  begin(startedAgo) {
    this.began = performance.now() / 1000 - startedAgo;
    for (const media of this.media) this.ends.push(playSince(media, startedAgo));
    if (!this.data.lyricTimings?.length) return;
    this.show();
    this.clock = setInterval(() => this.show(), 100);
  }

  /** Seconds since the song began, by what is heard if anything is. */
  now() {
    const [sound] = this.media;
    if (sound && !sound.paused && !sound.ended) return sound.currentTime;
    return performance.now() / 1000 - this.began;
  }

  /** Shows the words for which it is time, or how long it is until the first. */
  show() {
    const timings = this.data.lyricTimings, now = this.now();
    const wait = Math.ceil(timings[0] - now);
    this.note.textContent = wait > 0 && wait <= countIn ? wait : "";
    const line = this.lines[timings.findLastIndex((time) => time <= now)];
    if (line === this.line) return;
    this.line?.classList.remove("now");
    line?.classList.add("now");
    line?.parentElement.scrollTo({ top: line.offsetTop - line.parentElement.offsetTop - line.parentElement.clientHeight / 2, behavior: "smooth" });
    this.line = line;
  }

  showSlots() {
    const { ready, slot, slotCounts } = this.data;
    this.slots.hidden = !ready || !this.data.server_url;
    [...this.slots.querySelectorAll("button")].forEach((button, i) => {
      button.textContent = `${i + 1} (${slotCounts[i]})`;
      button.setAttribute("aria-pressed", String(i === slot));
    });
  }
}

/** What there is to say while nothing is timed. */
function message({ ready, justInit, lyricLead, slot }) {
  if (justInit) return "";
  if (!ready) return "A moment, until everybody is ready …";
  return lyricLead && slot === 0 ? "You lead: sing, and the others follow." : "";
}

/** Buttons to sing earlier or later in the chain; they are of use where there is a singing server. */
function slotButtons({ slotCounts }) {
  const buttons = slotCounts.map((_, slot) => {
    const button = element("button", { type: "button" });
    button.addEventListener("click", () => post({ action: "pickslot", clientId, slot: String(slot) }));
    return button;
  });
  return element("fieldset", { "aria-label": "Your place in the chain of singers" }, "Your place: ", ...buttons);
}

/** Waits until media can be played to its end, or will not be for long. */
function loaded(media) {
  return new Promise((resolve) => {
    if (media.readyState === HTMLMediaElement.HAVE_ENOUGH_DATA) return resolve();
    for (const event of ["canplaythrough", "error"]) media.addEventListener(event, resolve, { once: true });
    setTimeout(resolve, patience);
  });
}

/** A button that plays a short sound: browsers let a page play one once it was touched. */
function soundTest(place) {
  const button = element("button", { type: "button" }, "Test your sound");
  let audio;
  button.addEventListener("click", () => {
    audio ??= new AudioContext();
    bell(audio, 523.25, 0);
    bell(audio, 659.25, 0.25);
  });
  place.append(button);
  return () => audio?.close();
}

function bell(audio, pitch, after) {
  const tone = new OscillatorNode(audio, { frequency: pitch });
  const volume = new GainNode(audio, { gain: 0 });
  const begin = audio.currentTime + after;
  volume.gain.setValueAtTime(0.3, begin);
  volume.gain.exponentialRampToValueAtTime(0.001, begin + 1);
  tone.connect(volume).connect(audio.destination);
  tone.start(begin);
  tone.stop(begin + 1);
}

/** On the welcome page people can hear whether they will hear the song. */
export function welcome({ place }) {
  soundTest(place);
}
