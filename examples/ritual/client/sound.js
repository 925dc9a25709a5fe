// Sound and videos: what the person muted stays muted whatever a widget wants,
// videos are loaded when the ritual begins, and all browsers are at the same place
// of one at the same time.

import { byId, element } from "./element.js";
import { base, page } from "./page.js";
import { settings } from "./settings.js";

const drift = 0.5; // seconds that a video may be off
const look = 1000; // milliseconds between looking whether it is

const wishes = new WeakMap(); // media -> whether its widget wants it muted
const videos = new Map(); // address -> element
const playing = new Set(); // media, some of which are not in the page
const silent = new Set(); // of these, what the browser plays only after a tap
let muted = settings.get("muted") ?? false;

/** Mutes what a widget plays, or not; the person's own button is stronger. */
export function setMuted(media, is) {
  wishes.set(media, is);
  media.muted = muted || is;
}

function muteAll(is) {
  muted = is;
  settings.set("muted", is);
  for (const media of [...document.querySelectorAll("video, audio"), ...playing]) setMuted(media, wishes.get(media) ?? false);
  byId("sound-button").setAttribute("aria-pressed", muted);
}

/** Begins to load what the script plays, and lets the person mute it. */
export function startSound() {
  for (const { VideoURL, Captions } of page.Preload ?? []) if (VideoURL) load(VideoURL, Captions);
  byId("sound-button").addEventListener("click", () => muteAll(!muted));
  byId("sound-button").setAttribute("aria-pressed", muted);
  byId("tap").addEventListener("click", tap);
}

function load(url, captions) {
  const video = element("video", { src: url, preload: "auto", playsinline: true });
  if (captions) {
    const src = `${base}/captions/${encodeURIComponent(captions)}`;
    video.append(element("track", { kind: "captions", label: "Captions", src, default: true }));
  }
  videos.set(url, video);
  return video;
}

/** Gives the element of a video, which has been loading since the ritual began if the script says so. */
export const preloadedVideo = (url) => videos.get(url) ?? load(url);

/**
 * Plays so that the beginning was some seconds ago, or will be if they are
 * negative, and keeps to that. Where the browser allows no sound before the person
 * did something, it is silent until they tap. It gives what stops it.
 */
export function playSince(media, seconds) {
  const began = performance.now() / 1000 - seconds;
  const keep = () => follow(media, performance.now() / 1000 - began);
  playing.add(media);
  setMuted(media, wishes.get(media) ?? false);
  keep();
  media.addEventListener("loadedmetadata", keep);
  const timer = setInterval(keep, look);
  return () => {
    clearInterval(timer);
    media.removeEventListener("loadedmetadata", keep);
    media.pause();
    playing.delete(media);
    forget(media);
  };
}

function follow(media, at) {
  if (at < 0 || media.readyState === 0) return;
  const end = at >= media.duration;
  if (Math.abs(media.currentTime - at) > drift && !media.seeking) media.currentTime = end ? media.duration : at;
  if (media.paused && !end) media.play().catch((error) => error.name === "NotAllowedError" && playSilently(media));
}

/** A video may be played without sound; what is only sound waits for the tap. */
function playSilently(media) {
  if (!playing.has(media)) return; // it was stopped meanwhile
  media.muted = true;
  media.play().catch(() => {});
  silent.add(media);
  byId("tap").hidden = false;
}

function tap() {
  for (const media of silent) {
    setMuted(media, wishes.get(media) ?? false);
    media.play().catch(() => {});
    forget(media);
  }
}

function forget(media) {
  silent.delete(media);
  byId("tap").hidden = silent.size === 0;
}
