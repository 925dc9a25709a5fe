// Words that cross each other, in the shape of a picture.

import { anchor, css, element } from "/lib.js";
import { entry } from "./entry.js";

css(`
  .cross-words {
    display: grid; place-items: center; container-type: size;
    border-radius: .5em; background: #000d; overflow: hidden;
  }
  .cross-words-grid {
    --cell: min(100cqw / var(--columns), 100cqh / var(--rows));
    position: relative; width: calc(var(--columns) * var(--cell)); height: calc(var(--rows) * var(--cell));
    font: 600 calc(.95 * var(--cell))/1 ui-monospace, monospace;
  }
  .cross-words-grid span {
    position: absolute; width: var(--cell); height: var(--cell); text-align: center; line-height: var(--cell);
    left: calc(var(--column) * var(--cell)); top: calc(var(--row) * var(--cell));
    transition: color 1s; animation: cross-words-in 1.2s backwards;
  }
  @keyframes cross-words-in { from { opacity: 0; color: #fff; text-shadow: 0 0 .8em #fff; transform: scale(2.5); } }
`);

export class CrossWords {
  constructor({ boxColors }) {
    this.letters = new Map(); // "row column" -> its element
    this.grid = element("div", { class: "cross-words-grid", role: "img", "aria-label": "The words of all, crossing each other" });
    const word = element("input", { type: "text", maxlength: "40", required: true, autocomplete: "off", "aria-label": "A word" });
    this.unanchor = [
      anchor(element("div", { class: "cross-words" }, this.grid), boxColors.content),
      anchor(entry("name", word, "Add"), boxColors.input),
    ];
  }

  // Letters never leave.
  from_server({ data }) {
    this.grid.style.setProperty("--rows", data.length);
    this.grid.style.setProperty("--columns", data[0].length);
    let delay = 0; // of the letters of a new word, one after the other
    data.forEach((cells, row) => cells.forEach(({ t, c }, column) => {
      if (t === " ") return;
      const key = `${row} ${column}`;
      if (!this.letters.has(key)) this.add(key, row, column, delay++);
      const letter = this.letters.get(key);
      letter.textContent = t;
      letter.style.color = c;
    }));
  }

  add(key, row, column, delay) {
    const letter = element("span");
    letter.style.setProperty("--row", row);
    letter.style.setProperty("--column", column);
    letter.style.animationDelay = `${Math.min(delay * 60, 1500)}ms`;
    this.letters.set(key, letter);
    this.grid.append(letter);
  }

  destroy() {
    for (const remove of this.unanchor) remove();
  }
}
