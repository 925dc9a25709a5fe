import assert from "node:assert/strict";
import { test } from "node:test";

import { auditorium, queue } from "../layout.js";

const sizes = [[1200, 233], [375, 144], [640, 100], [200, 60], [60, 40], [1, 1], [0, 0]];
const counts = [0, 1, 2, 3, 5, 8, 26, 100, 999, 1000, 5000];

/** Whether two places cover each other by more than rows of an auditorium may. */
function overlap(a, b) {
  const across = Math.min(a.x + a.size, b.x + b.size) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.size, b.y + b.size) - Math.max(a.y, b.y);
  return across > 0.01 && down > a.size * 0.45;
}

for (const [name, layout] of Object.entries({ queue, auditorium })) {
  for (const [width, height] of sizes) {
    for (const count of counts) {
      test(`${name} of ${count} in ${width} x ${height}`, () => {
        const places = layout(count, width, height);
        assert.ok(places.length <= count);
        assert.ok(count === 0 || places.length > 0, "the first is always shown");
        if (width < 200 || height < 60) return; // there is no room, and yet no failure
        for (const { x, y, size } of places) {
          assert.ok(size >= 8);
          assert.ok(x >= -0.01 && x + size <= width + 0.01, `${x} + ${size} is outside of ${width}`);
          assert.ok(y >= -0.01 && y + size <= height + 0.01, `${y} + ${size} is outside of ${height}`);
        }
        places.slice(0, 200).forEach((a, i) => places.slice(i + 1, 200).forEach((b) => assert.ok(!overlap(a, b), `${JSON.stringify([a, b])}`)));
      });
    }
  }
}

test("the speaker is larger than the others, and at the left", () => {
  const [speaker, ...others] = queue(10, 1000, 200);
  assert.equal(others.length, 9);
  assert.ok(others.every(({ x, size }) => size < speaker.size && x > speaker.x + speaker.size));
});

test("an auditorium shows a thousand", () => {
  assert.equal(auditorium(1000, 1200, 233).length, 1000);
});

test("the first sits in the middle of the front row", () => {
  for (const count of [1, 3, 7]) {
    const [{ x, size }] = auditorium(count, 1200, 233);
    assert.equal(x + size / 2, 600);
  }
});

test("few people are large, many are small, and nobody smaller than needed", () => {
  const size = (count) => auditorium(count, 1200, 233)[0].size;
  assert.equal(size(5), 96);
  assert.ok(size(50) > size(200) && size(200) > size(1000));
  assert.ok(size(1000) >= 14);
});
