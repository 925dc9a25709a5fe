// The name that others see. The server asks for it anew with every page, so it is
// kept in the browser.

import { byId } from "./element.js";
import { Refusal, request } from "./net.js";
import { notice } from "./notice.js";
import { isObserver, page } from "./page.js";
import { settings } from "./settings.js";

/** The name to begin with: of the logins, or the one given last time. */
export const nameToOffer = () => page.Names?.join(" & ") || (settings.get("name") ?? "");

/** Tells everybody the person's name. */
export async function setName(name) {
  name = name.trim();
  if (!name || isObserver) return;
  settings.set("name", name);
  try {
    await request("setName", { method: "POST", body: new URLSearchParams({ clientId: page.Client, name }) });
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    notice(refusal.message);
  }
}

/** Lets the person change their name, and says the one that is known. */
export function startName() {
  const field = byId("name");
  field.value = nameToOffer();
  field.addEventListener("change", () => setName(field.value));
  return setName(field.value);
}
