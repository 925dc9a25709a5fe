// A form of one field, which several widgets have.

import { css, element, isObserver, post } from "/lib.js";

css(`
  .entry { display: flex; gap: .4em; align-items: center; font-size: clamp(.6rem, 2cqw, 2rem); }
  .entry > * { min-width: 0; max-height: 100%; padding: .25em .6em; line-height: 1.2; }
  .entry :is(input, textarea) { flex: 1; resize: none; color: var(--ink); }
  .entry textarea { height: 100%; }
`);

// entry gives a form whose field is posted under a name, and empty again when it
// was taken. Who observes gets nothing to write in.
export function entry(name, field, label) {
  if (isObserver) return element("div");
  const button = element("button", {}, label);

  async function submit(event) {
    event.preventDefault();
    field.readOnly = button.disabled = true;
    const taken = await post({ [name]: field.value });
    field.readOnly = button.disabled = false;
    if (taken) field.value = "";
    field.focus();
  }

  return element("form", { class: "entry", onsubmit: submit }, field, button);
}
