// A page whose transports fail and heal at random, from a seed, while messages go
// both ways. As long as the server lives, every message arrives once and in
// order; when it is started anew, nobody is told anything that is not so.
import assert from "node:assert/strict";
import test from "node:test";
import { Pomona } from "../pomona.js";
import { events, pass, stopClock } from "./fake.mjs";
import { FAULTS, Firenze, URL_OF_FIRENZE } from "./firenze.mjs";
import { randomFrom } from "./random.mjs";
import { openPage, put } from "./window.mjs";

const KINDS = ["network", "works", "works", ...FAULTS];

/** Starts a page in a storm, and lets it go on for a while, then end. */
async function storm(t, seed, { restarts }) {
  stopClock(t);
  const { happens } = openPage(t);
  const random = randomFrom(seed);
  t.mock.method(Math, "random", random);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const firenze = new Firenze();
  put(t, "WebSocket", firenze.WebSocket);
  let calm = false;
  const fetch = async (where, init) => {
    const lossy = !calm && init?.method === "POST";
    if (lossy && random() < 0.2) throw new TypeError("the request was lost");
    const answer = await firenze.fetch(where, init);
    if (lossy && random() < 0.2) throw new TypeError("the answer was lost");
    return answer;
  };
  const pomona = new Pomona({ url: URL_OF_FIRENZE, connectUrl: firenze.connect, disconnectUrl: firenze.disconnect, fetch });
  t.after(() => pomona.close());
  const got = [];
  const used = new Set();
  const outcomes = [];
  const told = events(pomona);
  pomona.connect("a", (message) => got.push(Number(message)));
  await pass(1000);

  let published = 0;
  for (let step = 0; step < 1500; step++) {
    if (random() < 0.6) firenze.publish("a", String(++published));
    if (random() < 0.05) firenze.faults = { websocket: pick(KINDS), sse: pick(KINDS), poll: pick(KINDS) };
    if (random() < 0.02) for (const { listener } of firenze.sessions.values()) listener?.end();
    if (random() < 0.01) happens(pick(["online", "offline"]));
    if (restarts && random() < 0.005) firenze.restart();
    if (random() < 0.2) {
      const n = outcomes.push(undefined) - 1;
      pomona.update("up", String(n)).then(() => (outcomes[n] = "taken"), (error) => (outcomes[n] = error.message));
    }
    used.add(pomona.transport);
    await pass(random() * 400);
  }
  calm = true;
  firenze.faults = {};
  for (let step = 0; step < 200; step++) await pass(1000);
  return { firenze, got, used, outcomes, told, published, applied: firenze.applied.map(({ message }) => Number(message)) };
}

for (let seed = 1; seed <= 5; seed++) {
  test(`the server lives, storm ${seed}`, async (t) => {
    const { got, used, outcomes, told, published, applied } = await storm(t, seed, { restarts: false });
    assert.ok(published > 500);
    assert.deepEqual(got, Array.from({ length: published }, (_, i) => i + 1));
    assert.deepEqual(applied, outcomes.map((_, n) => n));
    assert.ok(outcomes.every((outcome) => outcome === "taken"));
    assert.ok(["websocket", "sse", "poll"].every((transport) => used.has(transport)), [...used].join());
    assert.equal(told.includes("lost"), false);
  });

  test(`the server is started anew, storm ${seed}`, async (t) => {
    const { got, outcomes, told, applied } = await storm(t, seed, { restarts: true });
    assert.ok(got.length > 300);
    assert.ok(told.includes("lost"));
    assert.deepEqual(got, [...new Set(got)].sort((a, b) => a - b), "in order, once");
    assert.deepEqual(applied, [...new Set(applied)].sort((a, b) => a - b), "in order, once");
    const taken = outcomes.flatMap((outcome, n) => (outcome === "taken" ? [n] : []));
    assert.deepEqual(taken.filter((n) => !applied.includes(n)), [], "what is said to be taken was taken");
    const other = new Set(outcomes.filter((outcome) => outcome !== "taken"));
    assert.deepEqual([...other].filter((outcome) => !/it may have been, or not/.test(outcome)), []);
  });
}
