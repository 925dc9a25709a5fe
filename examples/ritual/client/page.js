// What the server wrote into the page: whose it is, and of which ritual.

import { byId } from "./element.js";

export const page = JSON.parse(byId("page").textContent);

export const isLead = page.Role === "lead";
export const isObserver = page.Role === "observe";

/** The address of the ritual, without a slash at its end. */
export const base = location.pathname.replace(/\/[^/]*$/, "");
