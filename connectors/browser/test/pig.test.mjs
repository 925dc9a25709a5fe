import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { mock } from "node:test";
import { Pig } from "../pomona.js";
import { reports } from "./fake.mjs";

// The vectors are the ones that the Go Pig passes too. An `off` is that of the
// latest `on` of its name.
const vectors = JSON.parse(readFileSync(new URL("../../../pig/testdata/vectors.json", import.meta.url)));

for (const { name, steps, want } of vectors) {
  test(`vector: ${name}`, () => {
    const pig = new Pig();
    const got = {};
    const offs = {};
    for (const step of steps) {
      if ("update" in step) {
        pig.update(undefined, ...step.update);
      } else if ("off" in step) {
        offs[step.off]();
      } else {
        const heard = (got[step.as] ??= []);
        const on = () => pig.on(step.on, (_, path, message) => heard.push([path, message]));
        if (step.error) assert.throws(on, /pattern|path/);
        else offs[step.as] = on();
      }
    }
    assert.deepEqual(got, want);
  });
}

test("the sender is handed on", () => {
  const pig = new Pig();
  const sender = {};
  const receiver = mock.fn();
  pig.on("a", receiver);
  pig.update(sender, "a", "m");
  assert.deepEqual(receiver.mock.calls[0].arguments, [sender, "a", "m"]);
  assert.equal(receiver.mock.calls[0].arguments[0], sender);
});

test("each on of one receiver has its own off", () => {
  const pig = new Pig();
  const receiver = mock.fn();
  const first = pig.on("a", receiver);
  const second = pig.on("a", receiver);
  first();
  first();
  pig.update(null, "a", "m");
  assert.equal(receiver.mock.callCount(), 1);
  second();
  pig.update(null, "a", "m");
  assert.equal(receiver.mock.callCount(), 1);
});

test("an old off does not touch who came later", () => {
  const pig = new Pig();
  const receiver = mock.fn();
  const off = pig.on("a", () => {});
  off();
  pig.on("a", receiver);
  off();
  pig.update(null, "a", "m");
  assert.equal(receiver.mock.callCount(), 1);
});

test("a receiver that throws costs nobody else the update", (t) => {
  const reported = reports(t);
  const pig = new Pig();
  const receiver = mock.fn();
  const error = new Error("mine");
  pig.on("a", receiver);
  pig.on("a", () => { throw error; });
  pig.on("a", receiver);
  pig.on("*", receiver);
  pig.update(null, "a", "m");
  assert.equal(receiver.mock.callCount(), 3);
  assert.deepEqual(reported, [error]);
});

test("where nothing takes reports, the console does", (t) => {
  const print = t.mock.method(console, "error", () => {});
  const pig = new Pig();
  const error = new Error("mine");
  pig.on("a", () => { throw error; });
  pig.update(null, "a", "m");
  assert.deepEqual(print.mock.calls.map(({ arguments: printed }) => printed), [[error]]);
});

test("one added during an update does not get that update", () => {
  const pig = new Pig();
  const late = mock.fn();
  pig.on("a", () => {
    pig.on("a", late);
    pig.on("*", late);
  });
  pig.update(null, "a", "1");
  assert.equal(late.mock.callCount(), 0);
  pig.update(null, "a", "2");
  assert.equal(late.mock.callCount(), 2);
});

test("one removed during an update is not called any more", () => {
  const pig = new Pig();
  const removed = mock.fn();
  const offs = [];
  pig.on("a", () => offs.forEach((off) => off()));
  offs.push(pig.on("a", removed), pig.on("*", removed));
  pig.update(null, "a", "m");
  assert.equal(removed.mock.callCount(), 0);
});

test("a receiver may take itself off, and update from inside of an update", () => {
  const pig = new Pig();
  const got = [];
  const off = pig.on("a", (_, path, message) => {
    off();
    pig.update(null, "a", "inner");
    got.push(message);
  });
  pig.on("a", (_, path, message) => got.push(message));
  pig.update(null, "a", "outer");
  assert.deepEqual(got, ["inner", "outer", "outer"]);
});

test("what is refused is told clearly, and not at full length", () => {
  const pig = new Pig();
  for (const [path, message] of [
    [undefined, /a path is text/],
    ["a*b", /"a\*b" has a star inside of a segment/],
    ["a/**/b", /"a\/\*\*\/b" has "\*\*" before its end/],
    ["x".repeat(256), /"x{80}"… is 256 bytes long, at most 255/],
    ["*/".repeat(32) + "*", /has 33 segments, at most 32/],
    ["::a/*", /control path "::a\/\*" can't be matched/],
    ["a\ud800", /half a letter/],
  ]) assert.throws(() => pig.on(path, () => {}), message);
});
