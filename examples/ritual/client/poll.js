// The heart: asks again and again what there is to see, and shows it. A status is
// the whole of it, so that whoever comes late, or misses one, sees the same.

import { showParticipants } from "./avatars.js";
import { showBackground } from "./backdrop.js";
import { styleChat } from "./chat.js";
import { showPage } from "./controls.js";
import { element } from "./element.js";
import { importWidget } from "./modules.js";
import { asJSON, request } from "./net.js";
import { banner } from "./notice.js";
import { page } from "./page.js";
import { showSlide } from "./slide.js";
import { endWelcome, welcome } from "./welcome.js";

const pace = 50; // milliseconds between an answer and the next question
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let last = { page: "0", seen: 0 };
let widget;

/** The last status. */
export const status = () => last;

/** Shows the ritual until the server no longer knows it. */
export async function poll() {
  try {
    for (;;) {
      await take(await request(`status?${question()}`, { read: asJSON }));
      await pause(pace);
    }
  } catch (reason) {
    over(reason);
  }
}

function question() {
  return new URLSearchParams({ clientId: page.Client, have: last.page, subhave: safely(() => widget?.page) ?? null, seen: last.seen ?? 0 });
}

async function take(status) {
  last = status = { page: last.page, participants: last.participants, clients: last.clients, ...status }; // told only when they are others
  showParticipants(status);
  if (status.svg !== undefined) await turn(status);
  if (status.widget) safely(() => widget?.from_server(status));
}

async function turn(status) {
  safely(() => widget?.destroy());
  widget = undefined;
  showSlide(status.svg);
  showBackground(status);
  styleChat(status.chatClass);
  showPage(status.page);
  if (/^\d+$/.test(status.page)) endWelcome();
  else welcome(status);
  if (status.widget) widget = await make(status);
}

async function make(status) {
  try {
    const module = await importWidget(status.widget);
    return new module[status.widget](status);
  } catch (error) {
    console.error(`the widget ${status.widget} could not begin:`, error);
    return undefined;
  }
}

/** Calls a widget, whose faults are its own. */
function safely(call) {
  try {
    return call();
  } catch (error) {
    console.error("the widget failed:", error);
    return undefined;
  }
}

/** Says that there is nothing more to come, or that it takes a new page to go on. */
function over(reason) {
  console.warn("no more statuses:", reason);
  if (reason.status === 404) {
    banner("This ritual is over. ", element("a", { class: "button", href: "/" }, "Other rituals"));
    return;
  }
  const again = () => location.reload();
  banner("This page has lost its place in the ritual. ", element("button", { type: "button", onclick: again }, "Join again"));
  if (performance.now() > 60_000) setTimeout(again, 1000 + 9000 * Math.random()); // not in a circle, nor all at once
}
