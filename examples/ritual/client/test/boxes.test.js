import assert from "node:assert/strict";
import { test } from "node:test";

import { findBox, rgb } from "../boxes.js";

/** A slide of shapes, which knows the selectors that findBox uses. */
function slide(...shapes) {
  const matches = (shape, selector) => {
    const [, tag, name, how, value] = /^(\w+)(?:\[([\w-]+)(\*?=)"([^"]*)"\])?$/.exec(selector);
    if (shape.tag !== tag) return false;
    if (!name) return true;
    return how === "=" ? shape[name] === value : Boolean(shape[name]?.includes(value));
  };
  const querySelectorAll = (selectors) => shapes.filter((shape) => selectors.split(",").some((selector) => matches(shape, selector)));
  return { querySelectorAll, querySelector: (selectors) => querySelectorAll(selectors)[0] ?? null };
}

const path = (rest) => ({ tag: "path", ...rest });
const rect = (rest) => ({ tag: "rect", ...rest });
const computed = (shape) => shape.computed ?? "none";

const red = "#980000";
const attribute = { stroke: red };
const style = { "data-style": `fill:none;stroke:${red};stroke-width:2` };
const both = { computed: "rgb(152, 0, 0)" };

for (const [name, shapes, want] of [
  ["a path before a rect", [rect(attribute), path(attribute)], 1],
  ["the attribute before the style", [path(style), rect(attribute)], 1],
  ["the style before what is computed", [path(both), rect(style)], 1],
  ["styles in the order of the slide", [rect(style), path(style)], 0],
  ["what is computed", [path(), rect(both)], 1],
  ["only paths and rects", [{ tag: "circle", ...attribute }], undefined],
  ["text is compared exactly", [path({ stroke: "#98000" }), path({ stroke: "#980000ff" })], undefined],
  ["a blank in the style is another text", [path({ "data-style": `stroke: ${red}` })], undefined],
  ["none", [path({ stroke: "#000098" })], undefined],
]) {
  test(`finds ${name}`, () => assert.equal(findBox(slide(...shapes), red, computed), shapes[want] ?? null));
}

test("what is no colour in lower case finds nothing", () => {
  for (const colour of ["#98000", "#ABCDEF", "red", `#980000"],path[x="`, "", undefined]) {
    assert.equal(findBox(slide(path({ stroke: colour })), colour, computed), null);
  }
});

test("colours are written as browsers write them", () => {
  assert.equal(rgb("#980a00"), "rgb(152, 10, 0)");
});
