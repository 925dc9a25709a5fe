// The welcome page: before the ritual everybody says who they are, shows a face
// if they like, and lets widgets get ready.

import { byId, element } from "./element.js";
import { importWidget, widgetsOf } from "./modules.js";
import { nameToOffer, setName } from "./name.js";
import { Refusal, request } from "./net.js";
import { notice } from "./notice.js";
import { isObserver, page } from "./page.js";
import { squared } from "./photo.js";
import { photoPicker } from "./picker.js";

const portrait = 100; // pixels, of a client's picture
const panel = byId("welcome");
let picker;

/** Shows the welcome page, with what the widgets that the script names want of people. */
export async function welcome({ initWidgets }) {
  if (!panel.hidden) return;
  panel.hidden = false;
  panel.addEventListener("submit", enter);
  panel.elements.name.value = nameToOffer();
  if (page.Participants !== "avatars") offerPicture();
  byId("video-note").hidden = page.Participants !== "video";
  panel.elements.name.focus({ preventScroll: true });
  for (const [name, terms] of widgetsOf(initWidgets)) await prepare(name, terms);
}

/** Ends the welcome page. */
export function endWelcome() {
  if (panel.hidden) return;
  panel.hidden = true;
  picker?.close();
  byId("preparations").replaceChildren();
  byId("picture").replaceChildren();
}

async function prepare(name, terms) {
  const place = element("div");
  byId("preparations").append(place);
  try {
    const { welcome: begin } = await importWidget(name);
    await begin?.({ place, terms });
  } catch (error) {
    console.error(`the widget ${name} could not get ready:`, error);
  }
}

function offerPicture() {
  picker = photoPicker({ label: "Your picture", take: upload });
  byId("picture").replaceChildren(picker.element);
}

async function upload(photo) {
  const form = new FormData();
  form.append("img", await squared(photo, portrait), "img.jpg");
  try {
    await request(`clientAvatar/${page.Client}`, { method: "POST", body: form });
    notice("Others see your picture now.");
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    notice(refusal.message);
  }
}

async function enter(event) {
  event.preventDefault();
  if (isObserver) return;
  byId("name").value = panel.elements.name.value;
  await setName(panel.elements.name.value);
  await request(`welcomed/${page.Client}`, { method: "POST" }).catch((refusal) => notice(refusal.message));
}
