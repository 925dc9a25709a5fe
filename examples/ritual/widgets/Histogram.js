// Photos stacked over a line of numbers.

import { anchor, base, css, element, names } from "/lib.js";
import { entry } from "./entry.js";

// All lengths are percent of the width. Where that makes the highest column
// higher than there is room, photos are lower and narrower, but only to a degree
// narrower, so that there is something to see.
css(`
  .histogram { display: grid; grid-template-rows: 1fr auto; }
  .histogram-photos { position: relative; container-type: size; border-bottom: .15em solid currentColor; }
  .histogram-photos img {
    --unit: min(1cqw, 100cqh / var(--highest));
    position: absolute; box-sizing: border-box; object-fit: cover; border: 1px solid #fff; border-radius: .2em; box-shadow: 0 0 .3em #0006;
    --width: max(var(--w) * var(--unit), var(--w) * .75cqw);
    left: calc((var(--x) + var(--w) / 2) * 1cqw - var(--width) / 2); width: var(--width);
    bottom: calc(var(--y) * var(--unit)); height: calc(var(--h) * var(--unit));
    transition: left .8s, bottom .8s, width .8s, height .8s;
    animation: histogram-fall .9s cubic-bezier(.3, 0, .6, 1) backwards;
  }
  .histogram-ticks { position: relative; height: 1.4em; font-size: clamp(.35rem, 1.6cqw, 1.5rem); }
  .histogram-ticks span { position: absolute; left: calc(var(--x) * 1%); transform: translateX(-50%); transition: left .8s; }
  .histogram-turn { display: grid; place-items: center; font-size: clamp(.6rem, 2.2cqw, 2rem); overflow: hidden; white-space: nowrap; }
  @keyframes histogram-fall { from { bottom: 100cqh; opacity: 0; } 80% { bottom: calc((var(--y) + 1) * var(--unit)); opacity: 1; } }
`);

export class Histogram {
  constructor({ boxColors }) {
    this.photos = element("div", { class: "histogram-photos" });
    this.ticks = element("div", { class: "histogram-ticks" });
    this.turn = element("div", { class: "histogram-turn" });
    const number = element("input", { type: "number", step: "1", required: true, "aria-label": "A whole number" });
    this.unanchor = [
      anchor(element("div", { class: "histogram" }, this.photos, this.ticks), boxColors.result),
      anchor(entry("x", number, "Add"), boxColors.input),
    ];
    if (boxColors.turn) this.unanchor.push(anchor(this.turn, boxColors.turn));
  }

  // Photos never leave, and keep their order.
  from_server({ imgs, xaxes, participants }) {
    const highest = Math.max(1, ...imgs.map(({ y, h }) => y + h));
    this.photos.style.setProperty("--highest", highest);
    imgs.forEach(({ imgId, x, y, w, h }, i) => {
      const photo = this.photos.children[i] ?? this.photos.appendChild(element("img", { alt: "A photo of somebody" }));
      photo.setAttribute("src", `${base}/img/${imgId}.jpg`);
      for (const [name, value] of Object.entries({ x, y, w, h })) photo.style.setProperty(`--${name}`, value);
    });
    this.ticks.replaceChildren(...xaxes.map(tick));
    this.turn.textContent = turn(participants?.[0]?.name);
  }

  // How much of it this browser has: the server answers at once when there is more.
  get page() {
    return this.photos.children.length;
  }

  destroy() {
    for (const remove of this.unanchor) remove();
  }
}

function tick({ x, v }) {
  const label = element("span", {}, String(v));
  label.style.setProperty("--x", x);
  return label;
}

function turn(name) {
  if (!name) return "";
  return names.includes(name) ? `It is your turn, ${name}` : `It is the turn of ${name}`;
}
