// Which transport is used, and that none loses, doubles or reorders a message.
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { Pomona } from "../pomona.js";
import { events, pass, settled, stopClock } from "./fake.mjs";
import { FAULTS, Firenze, URL_OF_FIRENZE } from "./firenze.mjs";
import { openPage, put } from "./window.mjs";

/** Starts a page that listens to path "a", and a Firenze with faults. */
async function listen(t, faults = {}, options = {}) {
  stopClock(t);
  const firenze = Object.assign(new Firenze(), { faults });
  put(t, "WebSocket", firenze.WebSocket);
  const pomona = new Pomona({ url: URL_OF_FIRENZE, connectUrl: firenze.connect, disconnectUrl: firenze.disconnect, fetch: firenze.fetch, ...options });
  t.after(() => pomona.close());
  const got = [];
  const told = events(pomona);
  pomona.connect("a", (message) => got.push(Number(message)));
  await settled();
  return { firenze, pomona, got, told };
}

const upTo = (n, first = 1) => Array.from({ length: n }, (_, i) => first + i);

/** Lets messages come for a while, numbered from first on. */
async function publish(firenze, count, every, first = 1) {
  for (const n of upTo(count, first)) {
    firenze.publish("a", String(n));
    await pass(every);
  }
}

/** Lets much time pass bit by bit, so that what happens in it happens at its time. */
async function long(ms) {
  for (; ms > 5000; ms -= 5000) await pass(5000);
  await pass(ms);
}

/** Lets time pass until something is so. */
async function until(isSo) {
  for (let ms = 0; !isSo(); ms += 50) {
    assert.ok(ms < 200_000, `never came true: ${isSo}`);
    await pass(50);
  }
}

// What is in use in the end, and how often WebSocket and Server-Sent Events were
// tried until then. What stands before the transport in question is blocked.
const BLOCKED = { websocket: "refuses with 404", sse: "refuses with 404" };
const table = {
  websocket: {
    "works": ["websocket", 1, 0],
    "never opens": ["sse", 1, 1],
    "opens and stays silent": ["sse", 1, 1],
    "breaks after 3 messages": ["sse", 3, 1],
    "refuses with 404": ["sse", 1, 1],
    "refuses with 503": ["sse", 1, 1],
  },
  sse: {
    "works": ["sse", 1, 1],
    "never opens": ["poll", 1, 1],
    "opens and stays silent": ["poll", 1, 1],
    "breaks after 3 messages": ["poll", 1, 3],
    "refuses with 404": ["poll", 1, 1],
    "refuses with 503": ["poll", 1, 1],
  },
  poll: {
    "works": ["poll", 1, 1],
    "breaks after 3 messages": ["poll", 1, 1],
  },
};
for (const [transport, rows] of Object.entries(table)) {
  if (transport !== "poll") assert.deepEqual(Object.keys(rows), ["works", ...FAULTS], "the table is whole");
  for (const [fault, [used, websocket, sse]] of Object.entries(rows)) {
    test(`${transport} ${fault}: in the end it is ${used}`, async (t) => {
      const order = Object.keys(table);
      const before = Object.fromEntries(order.slice(0, order.indexOf(transport)).map((name) => [name, BLOCKED[name]]));
      const { firenze, pomona, got, told } = await listen(t, { ...before, [transport]: fault });
      await until(() => told.length > 0);
      await publish(firenze, 40, 500);
      await pass(10_000);
      assert.deepEqual(got, upTo(40));
      assert.equal(pomona.transport, used);
      assert.deepEqual([firenze.attempts.websocket, firenze.attempts.sse], [websocket, sse]);
      assert.deepEqual(told, ["ready a"]);
    });
  }
}

for (const fault of ["network", ...FAULTS.filter((fault) => !fault.startsWith("breaks"))]) {
  test(`nothing works, each ${fault}: that is told once, and so is its end; nobody is put off for it`, async (t) => {
    const { firenze, pomona, told } = await listen(t);
    await pass(20_000);
    Object.assign(firenze.faults, { websocket: fault, sse: fault, poll: fault });
    for (const socket of firenze.sockets) socket.close();
    await until(() => told.includes("unreachable"));
    assert.equal(pomona.transport, undefined);
    await pass(100_000);
    assert.deepEqual(told.slice(0, 2), ["ready a", "unreachable"]);
    assert.equal(told.filter((event) => event === "unreachable").length, 1);
    firenze.faults = {};
    await until(() => pomona.transport === "websocket");
    assert.deepEqual(told, ["ready a", "unreachable", "reachable"]);
    assert.equal(pomona.transport, "websocket");
  });
}

test("one failure alone is not told", async (t) => {
  const { firenze, told } = await listen(t, {}, { transports: ["poll"] });
  firenze.faults.poll = "refuses with 503";
  await pass(30_000);
  assert.equal(firenze.attempts.poll, 4);
  firenze.faults = {};
  await pass(250);
  await pass(1000);
  assert.deepEqual(told, ["ready a"]);
  assert.equal(firenze.attempts.poll, 7);
});

test("back from an outage, a poll that is held does not keep that a secret", async (t) => {
  const { firenze, told } = await listen(t, {}, { transports: ["poll"] });
  firenze.faults.poll = "network";
  await until(() => told.includes("unreachable"));
  firenze.faults = {};
  await until(() => firenze.attempts.poll > 0);
  const before = firenze.attempts.poll;
  await pass(10_000);
  await pass(1000);
  await pass(0);
  assert.deepEqual(told, ["ready a", "unreachable", "reachable"]);
  assert.equal(firenze.attempts.poll, before + 3, "the poll, the same again, and the next");
});

test("what was put off is tried again after a minute, then after two, at most after an hour", async (t) => {
  const { firenze, pomona, got } = await listen(t, { websocket: "opens and stays silent" });
  await pass(5000);
  await pass(250);
  assert.equal(pomona.transport, "sse");
  let minutes = 1;
  for (const tries of upTo(9, 2)) {
    await long(minutes * 60_000 - 1);
    assert.equal(firenze.attempts.websocket, tries - 1, "too early");
    await pass(1);
    assert.equal(firenze.attempts.websocket, tries);
    await publish(firenze, 1, 0, tries);
    await pass(5000);
    await pass(250);
    assert.equal(pomona.transport, "sse");
    minutes = Math.min(60, minutes * 2);
  }
  firenze.faults = {};
  await long(minutes * 60_000);
  assert.equal(pomona.transport, "websocket");
  assert.deepEqual(got, upTo(9, 2));
});

test("one that lasts is put off for a minute again", async (t) => {
  const { firenze, pomona } = await listen(t, { websocket: "refuses with 404" });
  await pass(250);
  assert.equal(pomona.transport, "sse");
  firenze.faults = {};
  await long(75_000);
  assert.equal(pomona.transport, "websocket");
  firenze.faults = { websocket: "refuses with 404" };
  firenze.sockets.at(-1).close();
  await until(() => pomona.transport === "sse");
  const { websocket } = firenze.attempts;
  await long(60_000);
  assert.equal(firenze.attempts.websocket, websocket + 1);
});

test("the only transport is never put off", async (t) => {
  const { firenze, got, told } = await listen(t, { websocket: "breaks after 3 messages" }, { transports: ["websocket"] });
  await publish(firenze, 100, 100);
  await pass(10_000);
  assert.deepEqual(got, upTo(100));
  assert.deepEqual(firenze.attempts, { websocket: firenze.attempts.websocket, sse: 0, poll: 0 });
  assert.deepEqual(told, ["ready a"]);
});

test("the given order counts", async (t) => {
  const { pomona, firenze } = await listen(t, {}, { transports: ["sse", "websocket"] });
  assert.equal(pomona.transport, "sse");
  firenze.faults.sse = "network";
  await pass(40_000);
  assert.deepEqual(firenze.attempts, { websocket: 0, sse: 1, poll: 0 }, "comments show that it works");
});

test("where there is no WebSocket, it is not tried", async (t) => {
  put(t, "WebSocket", undefined);
  const firenze = new Firenze();
  const pomona = new Pomona({ url: URL_OF_FIRENZE, fetch: firenze.fetch });
  t.after(() => pomona.close());
  await settled();
  assert.equal(pomona.transport, "sse");
  assert.throws(() => new Pomona({ url: URL_OF_FIRENZE, transports: ["websocket"] }), /none of the transports \[websocket\] is to be had here/);
});

test("what is no transport is refused", () => {
  for (const transports of [["carrier pigeon"], ["poll", "toString"]]) {
    assert.throws(() => new Pomona({ url: URL_OF_FIRENZE, transports }), /is no transport, there are websocket, sse, poll/);
  }
  assert.throws(() => new Pomona({ url: URL_OF_FIRENZE, transports: [] }), /none of the transports/);
});

test("the WebSocket has the same URL, with all that belongs to it", async (t) => {
  const { firenze } = await listen(t, {}, { latest: true, url: "https://firenze.test/comet" });
  assert.equal(firenze.sockets[0].url, "wss://firenze.test/comet/?latest");
});

test("what is given up is not listened to", async (t) => {
  const { firenze, pomona, got } = await listen(t);
  const [{ onmessage, onclose }] = firenze.sockets;
  firenze.faults.websocket = "refuses with 404";
  firenze.sockets[0].close();
  await until(() => pomona.transport === "sse");
  onmessage({ data: '{"updates":[{"path":"a","message":"13"}],"reconnectWith":"OTHER/9"}' });
  onclose({ code: 1006 });
  await publish(firenze, 3, 1000);
  assert.deepEqual(got, upTo(3));
  assert.deepEqual(firenze.confirmed, []);
});

for (const data of ["<html>", "null", "{}", '{"updates":[],"reconnectWith":""}', new Uint8Array(3)]) {
  test(`a frame that is no answer (${data}) breaks the WebSocket`, async (t) => {
    const { firenze, got } = await listen(t);
    firenze.sockets[0].onmessage({ data });
    await until(() => firenze.attempts.websocket === 2);
    assert.equal(firenze.sockets[0].closed, true);
    await publish(firenze, 3, 100);
    assert.deepEqual(got, upTo(3));
  });
}

test("what came over WebSocket is confirmed after a second, together, or at once if it is much", async (t) => {
  const { firenze } = await listen(t);
  await pass(1000);
  assert.deepEqual(firenze.confirmed, ["S1/1"], "the empty message");
  await publish(firenze, 3, 100);
  await pass(799);
  assert.equal(firenze.confirmed.length, 1);
  await pass(1);
  assert.deepEqual(firenze.confirmed, ["S1/1", "S1/4"]);
  await publish(firenze, 99, 0);
  assert.equal(firenze.confirmed.length, 2);
  await publish(firenze, 2, 0);
  assert.deepEqual(firenze.confirmed, ["S1/1", "S1/4", "S1/104"]);
  await pass(1000);
  assert.deepEqual(firenze.confirmed.at(-1), "S1/105");
  await pass(100_000);
  assert.equal(firenze.confirmed.length, 4, "silence costs nothing");
});

test("nothing is confirmed on a WebSocket that is over", async (t) => {
  const { firenze, pomona } = await listen(t);
  firenze.publish("a", "1");
  pomona.close();
  await pass(10_000);
  assert.deepEqual(firenze.confirmed, []);
});

test("a silent WebSocket is opened anew after ten minutes, not before", async (t) => {
  const { firenze, got, told } = await listen(t);
  await long(599_999);
  assert.equal(firenze.attempts.websocket, 1);
  await pass(1);
  await pass(250);
  assert.equal(firenze.attempts.websocket, 2);
  await publish(firenze, 3, 0);
  assert.deepEqual([got, told], [upTo(3), ["ready a"]]);
});

test("events without comments are opened anew after 40 s, as they must be dead", async (t) => {
  const { firenze, got } = await listen(t, {}, { transports: ["sse"] });
  await long(300_000);
  assert.equal(firenze.attempts.sse, 1);
  firenze.comments = false;
  await long(39_999);
  assert.equal(firenze.attempts.sse, 1);
  await pass(1);
  await pass(250);
  assert.equal(firenze.attempts.sse, 2);
  await publish(firenze, 3, 0);
  assert.deepEqual(got, upTo(3));
});

test("after a sleep, what had no chance to say anything is opened anew", async (t) => {
  const { firenze } = await listen(t);
  mock.timers.setTime(Date.now() + 3_600_000);
  await pass(15_000);
  await pass(250);
  assert.equal(firenze.attempts.websocket, 2);
});

test("a clock that is set back does no harm", async (t) => {
  stopClock(t);
  mock.timers.setTime(10_000_000);
  const firenze = new Firenze();
  const pomona = new Pomona({ url: URL_OF_FIRENZE, fetch: firenze.fetch, transports: ["sse"] });
  t.after(() => pomona.close());
  await settled();
  t.mock.method(Date, "now", () => 1000);
  await pass(15_000);
  await pass(250);
  assert.equal(firenze.attempts.sse, 2);
});

for (const type of ["online", "offline"]) {
  test(`${type}: whatever is open is opened anew, as the network is another`, async (t) => {
    const { happens } = openPage(t);
    for (const transports of [["websocket"], ["sse"], ["poll"]]) {
      const { firenze, got } = await listen(t, {}, { transports });
      const before = firenze.attempts[transports];
      happens(type);
      await settled();
      assert.equal(firenze.attempts[transports], before + 1);
      await publish(firenze, 3, 0);
      assert.deepEqual(got, upTo(3));
      mock.timers.reset();
    }
  });
}

test("online: what was put off is tried at once", async (t) => {
  const { happens } = openPage(t);
  const { firenze, pomona } = await listen(t, { websocket: "refuses with 404" });
  await pass(250);
  assert.equal(pomona.transport, "sse");
  firenze.faults = {};
  happens("online");
  await settled();
  assert.equal(pomona.transport, "websocket");
});

test("a page that is shown again checks a WebSocket that was silent for 20 s", async (t) => {
  const { document } = openPage(t);
  const show = async (state) => {
    document.visibilityState = state;
    document.dispatchEvent(new Event("visibilitychange"));
    await settled();
  };
  const { firenze, got } = await listen(t);
  await pass(15_000);
  firenze.publish("a", "1");
  await pass(20_000);
  await show("hidden");
  await show("visible");
  assert.equal(firenze.attempts.websocket, 1);
  await pass(1);
  await show("hidden");
  assert.equal(firenze.attempts.websocket, 1);
  await show("visible");
  assert.equal(firenze.attempts.websocket, 2);
  await publish(firenze, 3, 0, 2);
  assert.deepEqual(got, upTo(4));
});

// ---- Server-Sent Events, byte by byte

/** Answers with a stream of events that is written by the test. */
function eventStream(t, headers = { "Content-Type": "text/event-stream; charset=utf-8" }) {
  let stream;
  const body = new ReadableStream({ start: (controller) => (stream = controller) });
  const asked = [];
  const fetch = async (where, init = {}) => {
    if (init.method === "DELETE") return new Response(null, { status: 204 });
    asked.push({ where, ...init });
    return new Response(body, { headers });
  };
  const pomona = new Pomona({ url: URL_OF_FIRENZE, fetch, transports: ["sse"], connectUrl: () => {} });
  t.after(() => pomona.close());
  const got = [];
  pomona.connect("a", (message) => got.push(message));
  return { pomona, got, asked, stream: () => stream };
}

const SCRIPT = ":hello\n\nretry: 1\nevent: session\nid: S/0\ndata: {\"reconnectWith\":\"S/0\"}\n\n" +
  "id: S/1\ndata: {\"path\":\"a\",\"message\":\"größe 🦉: x\"}\n\n:\n\n" +
  "id:S/2\ndata:{\"path\":\"a\",\"message\":\"2\"}\n\nunknown\nid: S/3\n\n";

for (const [name, script] of [["LF", SCRIPT], ["CR LF", SCRIPT.replaceAll("\n", "\r\n")]]) {
  for (const size of [1, 2, 3, 7, 1000]) {
    test(`events with ${name} in pieces of ${size} bytes`, async (t) => {
      const { got, asked, stream } = eventStream(t);
      await settled();
      assert.deepEqual([asked[0].where, asked[0].headers, asked[0].cache], [URL_OF_FIRENZE, { Accept: "text/event-stream" }, "no-store"]);
      const bytes = new TextEncoder().encode(script);
      for (let i = 0; i < bytes.length; i += size) stream().enqueue(bytes.slice(i, i + size));
      for (let i = 0; i < 50; i++) await settled();
      assert.deepEqual(got, ["größe 🦉: x", "2"]);
    });
  }
}

test("what is no stream of events is not read as one", async (t) => {
  stopClock(t);
  const { pomona, asked } = eventStream(t, { "Content-Type": "application/json" });
  await settled();
  await pass(250);
  assert.equal(asked.length, 2);
  assert.equal(pomona.transport, undefined);
});
