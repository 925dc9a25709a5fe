import assert from "node:assert/strict";
import { test } from "node:test";

import { isHarmful, withoutStyles } from "../svg.js";

for (const [name, value, want] of [
  ["onload", "x()", true],
  ["ONCLICK", "x()", true],
  ["href", "javascript:x()", true],
  ["xlink:href", " \n\u0001java\tscript:x()", true],
  ["href", "JaVaScRiPt:x()", true],
  ["href", "data:text/html,<script>", true],
  ["href", "data:image/png;base64,AAAA", false],
  ["href", "namedimg/candle.png", false],
  ["xlink:href", "#gradient", false],
  ["d", "M0 0javascript:", false],
  ["stroke", "#980000", false],
]) {
  test(`${name}=${JSON.stringify(value)} is ${want ? "" : "not "}harmful`, () => assert.equal(isHarmful(name, value), want));
}

for (const [text, want] of [
  ['<path style="fill:none"/>', '<path data-style="fill:none"/>'],
  ["<path d='M0 0'\n\tstyle = 'fill:none'/>", "<path d='M0 0'\n\tdata-style = 'fill:none'/>"],
  ["<style>a{}</style>", "<sheet>a{}</sheet>"],
  ['<svg:style type="text/css">a{}</svg:style >', '<svg:sheet type="text/css">a{}</svg:sheet >'],
  ['<text font-style="italic">style and <tspan>style</tspan></text>', '<text font-style="italic">style and <tspan>style</tspan></text>'],
]) {
  test(`${JSON.stringify(text)} has other names for styles`, () => assert.equal(withoutStyles(text), want));
}
