// The modules of widgets.

import { request } from "./net.js";

const patience = 15_000; // milliseconds until an import is given up, which browsers never do
const attempts = 3;

/** Gives a widget's module. A browser remembers a module that failed, so each attempt has another address. */
export async function importWidget(name) {
  if (!/^\w+$/.test(name)) throw new Error(`a widget can't be named ${name}`);
  const address = `/widgets/${name}.js`;
  for (let attempt = 1; ; attempt++) {
    try {
      return await Promise.race([import(attempt > 1 ? `${address}?attempt=${attempt}` : address), tooLate()]);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
    await request(address); // it is there, or will be
  }
}

function tooLate() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("the module does not come")), patience));
}

/** A script names widgets that want to get ready in a list, or with terms in an object. */
export function widgetsOf(init) {
  return Array.isArray(init) ? init.map((name) => [name, {}]) : Object.entries(init ?? {});
}
