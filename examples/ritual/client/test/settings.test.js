import assert from "node:assert/strict";
import { test } from "node:test";

import { Settings, storage } from "../settings.js";

const day = 24 * 60 * 60 * 1000;

test("a value lasts 30 days from when it was set", () => {
  let now = 0;
  const settings = new Settings(storage(), () => now);
  settings.set("name", "Ann");
  now = 30 * day - 1;
  assert.equal(settings.get("name"), "Ann");
  now = 30 * day;
  assert.equal(settings.get("name"), undefined);
});

test("what is over is dropped when the page is opened, and nothing else", () => {
  let now = 0;
  const kept = storage();
  kept.setItem("another program", "stays");
  const settings = new Settings(kept, () => now);
  settings.set("old", 1);
  now = 20 * day;
  settings.set("new", { a: [1] });
  now = 31 * day;
  const later = new Settings(kept, () => now);
  assert.equal(kept.length, 2);
  assert.deepEqual(later.get("new"), { a: [1] });
});

test("clear forgets all settings, and nothing of other programs", () => {
  const kept = storage();
  kept.setItem("another program", "stays");
  const settings = new Settings(kept);
  settings.set("a", false);
  settings.set("b", "");
  assert.equal(settings.get("a"), false);
  settings.clear();
  assert.equal(settings.get("a"), undefined);
  assert.equal(kept.getItem("another program"), "stays");
});

test("what is no setting counts as none", () => {
  const kept = storage();
  kept.setItem("ritual.name", "{");
  kept.setItem("ritual.other", "7");
  const settings = new Settings(kept);
  assert.equal(settings.get("name"), undefined);
  assert.equal(settings.get("other"), undefined);
});

test("a full browser is no failure", () => {
  const kept = Object.assign(storage(), { setItem() { throw new Error("QuotaExceededError"); } });
  const settings = new Settings(kept);
  settings.set("name", "Ann");
  assert.equal(settings.get("name"), undefined);
});
