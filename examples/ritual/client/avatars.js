// The participants: everybody has a round picture, with their name where there is
// room. They move when the order changes.

import { byId, element } from "./element.js";
import { auditorium, named, queue } from "./layout.js";
import { base, page } from "./page.js";

const list = byId("participants");
const people = new Map(); // key -> element, in the order shown
let crowd = []; // of the last status

/** The picture of a client that uploaded one. */
export const clientPicture = (id) => `${base}/clientAvatar/${encodeURIComponent(id)}`;

/** Shows the participants that a status tells of. */
export function showParticipants(status) {
  const next = status.participants ?? status.clients?.map(({ id, name, hj }) => ({ id, name, img: hj ? clientPicture(id) : "" })) ?? [];
  if (JSON.stringify(next) === JSON.stringify(crowd)) return;
  crowd = next;
  arrange();
}

function arrange() {
  const { clientWidth, clientHeight } = list;
  const places = (page.Rotate ? queue : auditorium)(crowd.length, clientWidth, clientHeight);
  const seen = new Set();
  places.forEach((place, i) => seen.add(seat(crowd[i], place, i, seen)));
  for (const [key, person] of people) {
    if (seen.has(key)) continue;
    person.remove();
    people.delete(key);
  }
  const missing = crowd.length - places.length;
  byId("more").textContent = missing > 0 ? `and ${missing} more` : "";
}

/** Puts one person into a place, and gives the key by which they are found again. */
function seat(participant, { x, y, size }, i, seen) {
  let key = participant.id ?? participant.name + participant.img;
  while (seen.has(key)) key += "+"; // two who look the same
  const person = people.get(key) ?? element("li", {}, element("span", { class: "face" }), element("span", { class: "name" }));
  people.set(key, person);
  portray(person, participant);
  person.style.translate = `${x}px ${y}px`;
  person.style.setProperty("--size", `${size}px`);
  person.classList.toggle("unnamed", size < named);
  person.classList.toggle("speaker", page.Rotate && i === 0);
  order(person, list.children[i] ?? null);
  return key;
}

/** Moves as few as possible, for what is moved in the page does not glide. So a speaker goes behind the others. */
function order(person, here) {
  if (here === person) return;
  if (here?.nextSibling === person) list.append(here);
  else list.insertBefore(person, here);
}

/** Who has no picture, or one that does not come, gets the first letter of their name. */
function portray(person, { name, img }) {
  if (person.title === name && person.dataset.img === img) return;
  person.title = name;
  person.dataset.img = img;
  const [face, label] = person.children;
  label.textContent = name;
  face.style.setProperty("--hue", hue(name));
  const letter = () => face.replaceChildren([...name.trim()][0] ?? "?");
  if (img) face.replaceChildren(element("img", { src: img, alt: "", onerror: letter }));
  else letter();
}

/** A colour that is the same wherever a name is shown. */
function hue(name) {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
}

new ResizeObserver(arrange).observe(list);
