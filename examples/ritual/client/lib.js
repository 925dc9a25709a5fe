// What widgets import. A widget is a class in /widgets/NAME.js:
//
//	export class Name {
//		constructor(data) {}    // the status of the page that was turned to
//		from_server(data) {}    // that one too, then each later status
//		destroy() {}            // the page is turned
//		get page() {}           // optional: what it has, which the server is told
//	}
//	export function welcome({ place, terms }) {} // optional: on the welcome page
//
// Text from people is only ever given to element, as a child.

import { notice } from "./notice.js";
import { base, isLead, isObserver, page } from "./page.js";
import { Refusal, request } from "./net.js";
import { status } from "./poll.js";

export { flag, reducedMotion } from "./browser.js";
export { clientPicture } from "./avatars.js";
export { css, element, svgElement } from "./element.js";
export { photoPicker } from "./picker.js";
export { settings } from "./settings.js";
export { anchor } from "./slide.js";
export { playSince, preloadedVideo, setMuted } from "./sound.js";
export { base, isLead, isObserver, notice, status };

/** The id of this page, the ritual's name, and the names of the browser's logins. */
export const clientId = page.Client;
export const ritual = page.Ritual;
export const names = page.Names ?? [];

/**
 * Posts to the widget of this page: an object of texts and Blobs, or a FormData.
 * It tries until an answer comes, and gives whether the post was taken. Why not is
 * shown, unless the page has been turned meanwhile.
 */
export async function post(fields) {
  if (isObserver) {
    notice("You are watching. To take part, join the ritual.");
    return false;
  }
  // The server applies a post once, however often it comes, and only to the page it was meant for.
  const query = new URLSearchParams({ page: status().page, post: clientId + Math.random() });
  try {
    await request(`${base}/widgetData?${query}`, { method: "POST", body: formOf(fields) });
    return true;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.status !== 409) notice(refusal.message);
    return false;
  }
}

function formOf(fields) {
  if (fields instanceof FormData) return fields;
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}
