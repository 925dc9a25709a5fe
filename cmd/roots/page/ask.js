// Requests to the trusted port. If it asks for a token so does the page, and the
// request is made again with what is given. The token stays in this module.
import { at } from "./at.js";

let token = "";
let given; // a promise of the next token, while one is waited for

/** ask makes a request, and returns its answer, which is not 401. */
export async function ask(address, options = {}) {
  for (;;) {
    const used = token;
    const headers = { Accept: "application/json", ...(used && { Authorization: `Bearer ${used}` }) };
    const answer = await fetch(address, { ...options, headers });
    if (answer.status !== 401) return answer;
    if (used === token) await (given ??= wait(used));
  }
}

function wait(used) {
  at("authorize").hidden = false;
  at("wrong").textContent = used ? "That is not the token." : "";
  at("token").focus();
  return new Promise((resolve) => {
    const use = (event) => {
      event.preventDefault();
      token = at("token").value;
      at("token").value = "";
      at("authorize").hidden = true;
      given = undefined;
      resolve();
    };
    at("authorize").addEventListener("submit", use, { once: true });
  });
}

/** post sends an update to a path, or a list of updates. It returns what is wrong, or "". */
export function post(path, message) {
  return said("/" + path.split("/").map(encodeURIComponent).join("/"), { method: "POST", body: message });
}

export function postAll(updates) {
  return said("/", { method: "POST", body: JSON.stringify(updates) });
}

async function said(address, options) {
  try {
    const answer = await ask(address, options);
    return answer.ok ? "" : (await answer.json()).error;
  } catch (failure) {
    return `The server can't be reached: ${failure.message}`;
  }
}
