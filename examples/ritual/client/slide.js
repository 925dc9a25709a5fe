// The slide, and what widgets put over its boxes. The SVG is in a shadow root, so
// that its ids and styles are its own.

import { findBox } from "./boxes.js";
import { reducedMotion } from "./browser.js";
import { byId } from "./element.js";
import { readSVG } from "./svg.js";

const slide = byId("slide");
const art = byId("art").attachShadow({ mode: "open" });
const anchors = new Map(); // element -> colour

const frame = new CSSStyleSheet();
frame.replaceSync("svg { display: block; width: 100%; height: 100%; }");

/** Shows a slide in place of the last one. */
export function showSlide(text) {
  const { svg, sheets } = readSVG(text) ?? { svg: undefined, sheets: [] };
  if (!svg) console.error("the slide is no SVG");
  art.adoptedStyleSheets = [frame, ...sheets];
  art.replaceChildren(...(svg ? [svg] : []));
  if (!reducedMotion()) byId("art").animate([{ opacity: 0 }, { opacity: 1 }], 400);
  placeAll();
}

/**
 * Puts an element over the box of a colour, and keeps it there. Without such a
 * box it gets the middle of the slide. It gives what takes the element away.
 */
export function anchor(element, colour) {
  element.classList.add("anchored"); // whatever its own styles say, its place is this one
  anchors.set(element, colour);
  slide.append(element);
  place(element, colour);
  return () => {
    anchors.delete(element);
    element.remove();
  };
}

function placeAll() {
  for (const [element, colour] of anchors) place(element, colour);
}

function place(element, colour) {
  const outer = slide.getBoundingClientRect();
  const { left, top, width, height } = areaOf(colour, outer);
  Object.assign(element.style, {
    position: "absolute", left: `${left - outer.left}px`, top: `${top - outer.top}px`, width: `${width}px`, height: `${height}px`,
  });
}

function areaOf(colour, outer) {
  const box = findBox(art, colour);
  if (!box) {
    console.warn(`the slide has no box of the colour ${colour}`);
    return { left: outer.left + outer.width / 5, top: outer.top + outer.height / 5, width: outer.width * 0.6, height: outer.height * 0.6 };
  }
  box.style.visibility = "hidden";
  return box.getBoundingClientRect();
}

new ResizeObserver(placeAll).observe(slide);
