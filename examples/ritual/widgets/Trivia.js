// Texts of everybody, all over a part of the slide.

import { anchor, css, element } from "/lib.js";
import { entry } from "./entry.js";

// A note has a place between the edges, however large it is: at 0 it touches the
// one edge, at 1 the other.
css(`
  .trivia { overflow: hidden; font: clamp(.6rem, 2cqw, 1.6rem)/1.2 Georgia, "Times New Roman", serif; }
  .trivia p {
    position: absolute; box-sizing: border-box; margin: 0; padding: .3em .5em; max-width: 100%; overflow-wrap: anywhere;
    left: calc(var(--x) * 100%); top: calc(var(--y) * 100%); transform: translate(calc(var(--x) * -100%), calc(var(--y) * -100%));
    border-radius: .5em; background: #fffe; box-shadow: 0 .1em .4em #0005;
    animation: trivia-in 1s ease-out backwards;
  }
  @keyframes trivia-in { from { opacity: 0; translate: 0 3em; } }
`);

// The server's y leaves a fifth of the height free below.
const lowest = 0.8;

export class Trivia {
  constructor({ boxColors }) {
    this.notes = element("div", { class: "trivia", role: "log", "aria-label": "What people wrote" });
    const text = element("textarea", { maxlength: "200", rows: "2", required: true, "aria-label": "Your text" });
    this.unanchor = [anchor(this.notes, boxColors.results), anchor(entry("txt", text, "Add"), boxColors.controls)];
  }

  // Notes never change or leave: what is new stands behind what is known.
  from_server({ data }) {
    this.notes.append(...data.slice(this.notes.children.length).map(note));
  }

  destroy() {
    for (const remove of this.unanchor) remove();
  }
}

function note({ t, w, x, y, color }) {
  const shown = element("p", { dir: "auto" }, t);
  shown.style.setProperty("--x", x);
  shown.style.setProperty("--y", y / lowest);
  shown.style.width = `calc(${w} + 1em)`; // with what is beside the text
  shown.style.color = color;
  return shown;
}
