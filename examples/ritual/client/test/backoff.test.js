import assert from "node:assert/strict";
import { test } from "node:test";

import { backoff } from "../backoff.js";

test("waits double, up to half a minute", () => {
  const waits = [0, 1, 2, 6, 7, 50, 2000].map((attempt) => backoff(attempt, () => 1));
  assert.deepEqual(waits, [250, 500, 1000, 16000, 30000, 30000, 30000]);
});

test("chance takes away at most half", () => {
  assert.equal(backoff(3, () => 0), 1000);
  assert.equal(backoff(3, () => 0.5), 1500);
  const many = new Set(Array.from({ length: 100 }, () => backoff(5)));
  assert.ok(many.size > 90, "a thousand pages would come back in one moment");
});
