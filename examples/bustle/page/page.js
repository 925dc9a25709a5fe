// The page shows the lines of the feed one after the other, the newest on top, and each in a
// way that suits it. The terminal has the same ways (package feed).

import { Pomona } from "/comet/pomona.js";

const interval = 1500; // ms from one line to the next
const rush = 8; // lines may wait before they are just shown
const kept = 100; // lines on the page
const litFor = 6000; // ms that the window of somebody is lit
const flash = 1500; // ms that all are, for who shouts

const byId = (id) => document.getElementById(id);
const feed = byId("feed");
const windows = byId("windows").children;

// What fits a line, the first that does: what is shouted may have anything in it.
const ways = [
  [/ shouts, '/, ["shake", "burst"]],
  [/moving around/, ["footsteps", "drift"]],
  [/noise/, ["murmur"]],
  [/rattling|stirring/, ["rattle"]],
  [/knocking/, ["knock", "rattle"]],
  [/public_html/, ["sparkle", "burst"]],
  [/^/, ["typing", "drift", "sparkle"]],
];

const parts = /(^~\S+)|(^someone\b)|('.*'$)|\b(home directory|public_html|chat room|bbj|ttbp)\b/g;
const classes = [undefined, "who", "someone", "shout", "place"]; // of the groups of parts

const any = (list) => list[Math.floor(Math.random() * list.length)];

// numberOf returns a number that is always the same for a text.
const numberOf = (text) => [...text].reduce((number, character) => (number * 31 + character.codePointAt(0)) % 65521, 7);

// piece returns an element with a text: whatever is in it, it turns nothing beside it around.
function piece(name, text) {
  const element = document.createElement("bdi");
  element.className = name;
  element.textContent = text;
  if (name === "who") element.style.setProperty("--hue", numberOf(text) % 360);
  return element;
}

// line returns what stands on the page for a message. What moves is within it.
function line(message) {
  const item = document.createElement("li");
  const text = item.appendChild(document.createElement("span"));
  let at = 0;
  for (const match of message.matchAll(parts)) {
    const group = match.findIndex((part, i) => i > 0 && part !== undefined);
    text.append(message.slice(at, match.index), piece(classes[group], match[0]));
    at = match.index + match[0].length;
  }
  text.append(message.slice(at));
  return item;
}

// light lights the window of whoever does something, and all for who shouts.
function light(message) {
  const own = windows[numberOf(message.split(" ", 1)[0]) % windows.length];
  const [lit, duration] = / shouts, '/.test(message) ? [windows, flash] : [[own], litFor];
  for (const one of lit) {
    one.classList.add("lit");
    clearTimeout(one.timer);
    one.timer = setTimeout(() => one.classList.remove("lit"), duration);
  }
}

function show(message, animated) {
  const item = line(message);
  if (animated) {
    item.classList.add(any(ways.find(([of]) => of.test(message))[1]));
    light(message);
  }
  feed.prepend(item);
  while (feed.children.length > kept) feed.lastElementChild.remove();
}

const waiting = [];
let timer; // runs until the next line may be shown

function take(message) {
  waiting.push(message);
  while (waiting.length > rush) show(waiting.shift(), false);
  if (timer === undefined) next();
}

function next() {
  timer = undefined;
  if (waiting.length === 0) return;
  show(waiting.shift(), true);
  timer = setTimeout(next, interval / (waiting.length + 1));
}

// What is remembered follows each connection, the first one and every one after a loss.
function begin() {
  waiting.length = 0;
  feed.replaceChildren();
}

const setStatus = (text) => (byId("status").textContent = text);
const pomona = new Pomona({ connectUrl: "/connect/{id}" });
pomona.connect("bustle", take, begin);
pomona.addEventListener("ready", () => setStatus("Live"));
pomona.addEventListener("lost", () => setStatus("Connecting…"));
pomona.addEventListener("unreachable", () => setStatus("Offline, reconnecting…"));
pomona.addEventListener("reachable", () => setStatus("Live"));
