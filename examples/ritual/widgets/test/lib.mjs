// What widgets import as /lib.js. It notes what they do with it.

import "./document.mjs";

export { css, element, svgElement } from "../../client/element.js";

export const base = "/petrov";
export const clientId = "client";
export const names = ["Ann"];
export let isLead = false;
export let isObserver = false;

export const seen = { anchored: new Map(), posts: [], notices: [], pickers: [], taken: true };

// begin forgets what was before, and is somebody: "lead", "partake" or "observe".
export function begin(role = "partake") {
  isLead = role === "lead";
  isObserver = role === "observe";
  Object.assign(seen, { anchored: new Map(), posts: [], notices: [], pickers: [], taken: true });
  document.body.replaceChildren();
}

export function anchor(element, colour) {
  seen.anchored.set(colour, element);
  return () => seen.anchored.delete(colour);
}

export async function post(fields) {
  seen.posts.push(fields);
  return seen.taken;
}

export function notice(text) {
  seen.notices.push(text);
}

export function photoPicker(options) {
  const picker = { ...options, element: document.createElement("div"), closed: 0, close: () => picker.closed++ };
  seen.pickers.push(picker);
  return picker;
}

export const settings = { get() {}, set() {} };
export const status = () => ({ page: "1" });
export const reducedMotion = () => false;
