// The bar of buttons: a leader turns pages with it, or with the arrow keys and the
// page keys.

import { byId } from "./element.js";
import { attempt, Refusal } from "./net.js";
import { notice } from "./notice.js";
import { isLead, page } from "./page.js";
import { settings } from "./settings.js";

const keys = { ArrowRight: "nextPage", PageDown: "nextPage", ArrowLeft: "prevPage", PageUp: "prevPage" };
const typing = "input, textarea, select, video, audio, dialog, [contenteditable]";
let shown = ""; // the page
let turn; // that was asked for and is not answered

/** Makes the buttons work. */
export function startControls() {
  byId("settings-button").addEventListener("click", () => byId("settings").showModal());
  byId("forget").addEventListener("click", forget);
  if (!isLead) return;
  for (const button of byId("lead").querySelectorAll("button")) button.addEventListener("click", () => lead(button.value));
  document.addEventListener("keydown", pressed);
}

/** Says which page is shown. */
export function showPage(name) {
  shown = name;
  byId("page-news").textContent = /^\d+$/.test(name) ? `Page ${name}` : "Welcome";
}

function forget() {
  settings.clear();
  byId("settings").close();
  notice("This browser has forgotten your settings.");
}

function pressed(event) {
  const action = keys[event.key];
  if (!action || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.target.closest(typing)) return;
  event.preventDefault();
  lead(action);
}

/**
 * Asks for a page turn once: whether it arrived is seen, and a repeated one could
 * turn two pages. The server is told which page the leader saw. The new page may be
 * here before the answer is, and can be turned too.
 */
async function lead(action) {
  if (turn?.from === shown) return;
  const asked = (turn = { from: shown });
  const fields = { clientId: page.Client, page: shown, ...(page.Token && { token: page.Token }) };
  try {
    await attempt(action, { method: "POST", body: new URLSearchParams(fields), patience: 10_000 });
  } catch (error) {
    notice(error instanceof Refusal ? error.message : "The server did not answer. See whether the page has turned, and try again.");
  }
  if (turn === asked) turn = undefined;
}
