import assert from "node:assert/strict";
import { test } from "node:test";

import { Crop } from "../crop.js";

/** The square lies within the scaled photo, whichever way a server rounds that. */
function check(crop, width, height) {
  const scale = 2 ** (crop.zoom / 5);
  for (const [at, length] of [[crop.x, width], [crop.y, height]]) {
    assert.ok(Number.isInteger(at) && at >= 0, `it begins at ${at}`);
    assert.ok(at + 100 <= Math.floor(length * scale), `${at} + 100 is beyond ${length * scale}`);
  }
  assert.ok(crop.zoom >= crop.least && crop.zoom <= crop.most);
}

test("it begins with the middle, as large as it can be", () => {
  const crop = new Crop(800, 400);
  assert.equal(crop.zoom, -10); // a quarter
  assert.deepEqual([crop.x, crop.y], [50, 0]);
  assert.deepEqual(crop.source, { x: 200, y: 0, side: 400 });
});

test("a small photo is enlarged", () => {
  const crop = new Crop(50, 50);
  assert.equal(crop.zoom, 5);
  assert.deepEqual([crop.x, crop.y], [0, 0]);
});

test("what is in the middle stays there", () => {
  const crop = new Crop(400, 400);
  crop.zoomTo(0);
  assert.deepEqual([crop.x, crop.y], [150, 150]);
  crop.move(-50, 100);
  assert.deepEqual([crop.x, crop.y], [200, 50]);
  crop.zoomTo(5);
  assert.deepEqual([crop.x, crop.y], [450, 150]);
});

test("small movements add up", () => {
  const crop = new Crop(400, 400);
  crop.zoomTo(0);
  for (let i = 0; i < 10; i++) crop.move(0.3, -0.3);
  assert.deepEqual([crop.x, crop.y], [147, 153]);
});

test("no way leads out of the photo", () => {
  let seed = 7;
  const random = (from, to) => from + (to - from) * ((seed = (seed * 16807) % 2147483647) / 2147483647);
  for (let round = 0; round < 200; round++) {
    const [width, height] = [Math.ceil(random(1, 3000)), Math.ceil(random(1, 3000))];
    const crop = new Crop(width, height);
    check(crop, width, height);
    for (let i = 0; i < 20; i++) {
      if (i % 2) crop.zoomTo(random(-60, 60));
      else crop.move(random(-900, 900), random(-900, 900));
      check(crop, width, height);
    }
  }
});
