// A circle of photos in flames, in which words burn. Then the page turns.

import { base, css, element, isLead, isObserver, post, reducedMotion } from "/lib.js";

// How long it burns, in seconds. The server turns the page at the first post, so
// the leader's browser posts first, and the others only if that did not come.
const burning = 9;
const longestWait = 2;

// More could not be seen. The lists are shuffled.
const mostFlames = 48;
const mostVictims = 150;
const mostStill = 9; // texts, for who wants no motion

css(`
  .circle-flames { container-type: size; position: absolute; inset: 0; overflow: hidden; pointer-events: none; background: radial-gradient(#1a0a04e6 30%, #1a0a0499 60%, #0000 85%); animation: circle-flames-in 1s; }
  .circle-flames > * { position: absolute; left: calc(50% + var(--x) * 1cqmin); top: calc(50% + var(--y) * 1cqmin); transform: translate(-50%, -50%); }
  .circle-flames i {
    width: calc(var(--size) * 1cqmin); aspect-ratio: 1; border-radius: 50%;
    box-shadow: 0 0 1.5cqmin .6cqmin #ffd27a, 0 -1.2cqmin 3cqmin 1cqmin #ff8a1f, 0 -3cqmin 5cqmin 1cqmin #c8320c99;
    animation: circle-flames-flicker 1.3s ease-in-out infinite alternate; animation-delay: var(--delay);
  }
  .circle-flames img { display: block; width: 100%; height: 100%; border-radius: 50%; object-fit: cover; filter: sepia(.35); }
  .circle-flames b {
    font: 400 clamp(1rem, 3.2cqmin, 2.4rem)/1.2 Georgia, serif; max-width: 40cqmin; text-align: center; overflow-wrap: anywhere; color: #fff1d6;
    animation: circle-flames-burn 3s ease-in both; animation-delay: var(--delay);
  }
  @keyframes circle-flames-in { from { opacity: 0; } }
  @keyframes circle-flames-flicker { from { box-shadow: 0 0 1cqmin .3cqmin #ffd27a, 0 -.6cqmin 2cqmin .6cqmin #ff7a1a, 0 -1.5cqmin 3.5cqmin .6cqmin #c8320c77; } }
  @keyframes circle-flames-burn {
    0% { opacity: 0; }
    25% { opacity: 1; color: #fff1d6; text-shadow: 0 0 .4em #ff9a3c; }
    60% { opacity: 1; color: #ff9a3c; text-shadow: 0 -.2em .8em #ff5a1c; }
    100% { opacity: 0; color: #a3240a; text-shadow: 0 -1em 1.2em #a3240a; filter: blur(.15em); translate: 0 -14cqmin; }
  }
`);

export class CircleFlames {
  constructor({ victims, flames }) {
    const texts = reducedMotion() ? list(victims.slice(0, mostStill)) : words(victims.slice(0, mostVictims));
    this.fire = element("div", { class: "circle-flames" }, ...circle(flames.slice(0, mostFlames)), ...texts);
    document.querySelector("main").append(this.fire);
    if (isObserver) return;
    const wait = isLead ? 0 : longestWait * (1 + Math.random()) / 2;
    this.timer = setTimeout(() => post({}), (burning + wait) * 1000);
  }

  from_server() {} // nothing changes while it burns

  destroy() {
    clearTimeout(this.timer);
    this.fire.remove();
  }
}

// circle gives the photos, around the middle.
function circle(flames) {
  const size = Math.min(14, 200 / flames.length);
  return flames.map((id, i) => {
    const angle = (2 * Math.PI * i) / flames.length - Math.PI / 2;
    const photo = element("i", {}, element("img", { src: `${base}/img/${id}.jpg`, alt: "" }));
    return place(photo, { x: 38 * Math.cos(angle), y: 38 * Math.sin(angle), size, delay: `${-(i * 0.37) % 1.3}s` });
  });
}

// words gives the texts: one after the other, in lines that are far from those just before.
function words(victims) {
  return victims.map((text, i) => {
    const line = (i * 3) % 7;
    return place(element("b", {}, text), { x: ((i * 5) % 9) * 2 - 8, y: line * 7 - 17, delay: `${(burning - 3) * i / victims.length}s` });
  });
}

// list gives the texts below each other.
function list(victims) {
  return victims.map((text, i) => place(element("b", {}, text), { x: 0, y: 5 * (i - (victims.length - 1) / 2) }));
}

function place(shown, properties) {
  for (const [name, value] of Object.entries(properties)) shown.style.setProperty(`--${name}`, value);
  return shown;
}
