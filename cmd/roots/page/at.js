// Small tools of all parts. Text from outside is only ever set as text.

export const at = (id) => document.getElementById(id);

/** make returns an element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** setText changes the text of an element only if it is another. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** onSubmit lets act take what a form says, with the button that was pressed. */
export function onSubmit(id, act) {
  at(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act(event.submitter);
  });
}

const digits = new Intl.NumberFormat("en");
export const count = (n) => digits.format(n);

/** many is a number with its noun, as in "1 path" and "2 paths". */
export const many = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

/** short keeps the ends of a long text. */
export function short(text, most) {
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 3);
  return text.slice(0, most - 1 - end) + "…" + (end ? text.slice(-end) : "");
}

/** ageOf is how long ago a time was, in its largest unit. */
export function ageOf(time, now = Date.now()) {
  const seconds = Math.max(0, Math.floor((now - Date.parse(time)) / 1000));
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return `${seconds} s`;
}

/** clock is the time of day. */
export const clock = () => new Date().toLocaleTimeString([], { hourCycle: "h23" });

/** nameOf a transport; a session that has none at the moment is between two requests. */
export const nameOf = (transport) => (transport === "none" ? "no request" : transport);

/** fullness of the queue of a session, from 0 to 1. */
export const fullness = ({ messages, maxMessages, bytes, maxBytes }) => Math.min(1, Math.max(messages / maxMessages, bytes / maxBytes));
