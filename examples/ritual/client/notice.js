// Short messages: a notice passes, the banner stays as long as what it tells of.

import { byId, element } from "./element.js";
import { networkChanged, retryNow, trouble } from "./net.js";

const lasting = 6000; // milliseconds
let timer;

/** Shows a message for a few seconds. */
export function notice(text) {
  byId("notice").textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => byId("notice").replaceChildren(), lasting);
}

/** Shows what people have to know, and what they can do. */
export function banner(...children) {
  byId("banner").replaceChildren(...children);
}

/** Shows the banner while requests fail. */
export function watchTrouble() {
  trouble.addEventListener("change", () => {
    if (trouble.is) banner("The connection is lost. Trying again… ", element("button", { type: "button", onclick: retryNow }, "Try now"));
    else banner();
  });
  addEventListener("online", networkChanged);
  addEventListener("offline", networkChanged);
  document.addEventListener("visibilitychange", () => document.hidden || retryNow());
}
