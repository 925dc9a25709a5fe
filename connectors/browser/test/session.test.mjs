// How updates are fetched: the session, and what happens when requests fail.
import assert from "node:assert/strict";
import test from "node:test";
import { Pomona } from "../pomona.js";
import { events, pass, recorder, Server, settled, stopClock, URL_OF_FIRENZE } from "./fake.mjs";

test("a session begins at once, and each poll takes the last reconnectWith whole", async (t) => {
  const server = new Server();
  server.pomona(t);
  const first = await server.polls.next();
  assert.equal(first.url, URL_OF_FIRENZE);
  assert.equal(first.init.cache, "no-store");
  first.updates("ID/a/b?c=%2F");
  const second = await server.polls.next();
  assert.equal(second.url, URL_OF_FIRENZE + "ID/a/b?c=%2F");
  second.updates("ID/2");
  assert.equal((await server.polls.next()).token, "ID/2");
});

test("the prefix may be written without its slash", async (t) => {
  const server = new Server();
  server.pomona(t, { url: new URL("http://firenze.test/comet") });
  assert.equal((await server.polls.next()).url, URL_OF_FIRENZE);
});

test("the prefix is the folder of the module by default", async (t) => {
  const server = new Server();
  server.pomona(t, { url: undefined });
  assert.equal((await server.polls.next()).url, new URL("../", import.meta.url).href);
});

test("the global fetch is used by default", async (t) => {
  const server = new Server();
  t.mock.method(globalThis, "fetch", server.fetch);
  const pomona = new Pomona({ url: URL_OF_FIRENZE, transports: ["poll"] });
  t.after(() => pomona.close());
  assert.equal((await server.polls.next()).url, URL_OF_FIRENZE);
});

test("a browser's own fetch may be given: it is called as no one's method", async (t) => {
  const server = new Server();
  const owners = new Set();
  const fetch = function (...request) {
    owners.add(this);
    return server.fetch(...request);
  };
  const pomona = server.pomona(t, { fetch });
  pomona.connect("a", () => {});
  await server.begin();
  await server.accept();
  pomona.close();
  await server.ends.next();
  assert.deepEqual([...owners], [undefined]);
});

test("latest is said with every poll, as each may begin a session", async (t) => {
  const server = new Server();
  server.pomona(t, { latest: true });
  const first = await server.polls.next();
  assert.equal(first.token, "?latest");
  first.updates("ID/0");
  assert.equal((await server.polls.next()).token, "ID/0?latest");
});

test("the updates of an answer are handed out in order", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const all = recorder();
  pomona.connect("a", (message, path) => all(path + message));
  pomona.connect("b", (message, path) => all(path + message));
  await server.begin();
  await server.push("ID/1", ["a", ""], ["b", "\r\n "], ["a", "1"], ["b", "2"], ["c", "no"], ["a", "3"]);
  await server.push("ID/2", ["a", "4"], ["b", "5"]);
  assert.deepEqual(all.got, ["a1", "b2", "a3", "a4", "b5"]);
});

const failures = {
  "a lost connection": (poll) => poll.fail(),
  "a server error": (poll) => poll.respond("", { status: 502 }),
  "a refusal": (poll) => poll.respond("", { status: 403 }),
  "a page of a proxy": (poll) => poll.respond("<html>"),
  "nothing": (poll) => poll.respond(""),
  "null": (poll) => poll.respond("null"),
  "another kind of JSON": (poll) => poll.respond("[]"),
  "an empty reconnectWith": (poll) => poll.respond('{"updates":[],"reconnectWith":""}'),
  "no updates": (poll) => poll.respond('{"reconnectWith":"ID/9"}'),
  "an update without a path": (poll) => poll.respond('{"updates":[{"path":"a","message":"half"},{"message":"m"}],"reconnectWith":"ID/9"}'),
  "an update that is null": (poll) => poll.respond('{"updates":[null],"reconnectWith":"ID/9"}'),
  "a message that is no text": (poll) => poll.respond('{"updates":[{"path":"a","message":1}],"reconnectWith":"ID/9"}'),
};
for (const [name, fail] of Object.entries(failures)) {
  test(`${name} in place of an answer: the same poll is made again`, async (t) => {
    stopClock(t);
    const server = new Server();
    const pomona = server.pomona(t);
    const handler = recorder();
    pomona.connect("a", handler);
    await server.begin();
    fail(await server.polls.next());
    await settled();
    await pass(249);
    assert.equal(server.polls.count, 0);
    await pass(1);
    const again = await server.polls.next();
    assert.equal(again.token, "ID/0");
    again.updates("ID/1", ["a", "whole"]);
    await settled();
    assert.deepEqual(handler.got, ["whole"]);
  });
}

test("rests grow up to ten seconds, and shrink after a good answer", async (t) => {
  stopClock(t);
  const server = new Server();
  server.pomona(t);
  for (const longest of [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]) {
    (await server.polls.next()).fail();
    await settled();
    await pass(longest - 1);
    assert.equal(server.polls.count, 0, `earlier than ${longest}`);
    await pass(1);
    assert.equal(server.polls.count, 1, `later than ${longest}`);
  }
  await server.begin();
  (await server.polls.next()).fail();
  await settled();
  await pass(250);
  assert.equal(server.polls.count, 1);
});

test("rests are at random, from nothing on", async (t) => {
  stopClock(t);
  const server = new Server();
  server.pomona(t);
  for (const [random, ms] of [[0, 0], [0.5, 250], [0.25, 250]]) {
    t.mock.method(Math, "random", () => random);
    (await server.polls.next()).fail();
    await settled();
    await pass(ms);
    assert.equal(server.polls.count, 1);
  }
});

test("Retry-After is honoured, and a time at random added", async (t) => {
  stopClock(t);
  const server = new Server();
  server.pomona(t);
  (await server.polls.next()).respond("", { status: 503, headers: { "Retry-After": "7" } });
  await settled();
  await pass(7249);
  assert.equal(server.polls.count, 0);
  await pass(1);
  assert.equal(server.polls.count, 1);
});

test("no Retry-After is longer than five minutes", async (t) => {
  stopClock(t);
  const server = new Server();
  server.pomona(t);
  (await server.polls.next()).respond("", { status: 503, headers: { "Retry-After": "9999999999" } });
  await settled();
  await pass(300_249);
  assert.equal(server.polls.count, 0);
  await pass(1);
  assert.equal(server.polls.count, 1);
});

test("a poll without an answer is given up after 45 s and made again", async (t) => {
  stopClock(t);
  const server = new Server();
  server.pomona(t);
  await server.begin();
  const dead = await server.polls.next();
  await pass(44_999);
  assert.equal(dead.aborted, false);
  await pass(1);
  assert.equal(dead.aborted, true);
  await pass(250);
  assert.equal((await server.polls.next()).token, "ID/0");
});

test("an answer that never ends is given up too", async (t) => {
  stopClock(t);
  const server = new Server();
  server.pomona(t);
  (await server.polls.next()).respond(new ReadableStream());
  await settled();
  await pass(45_000);
  await pass(250);
  assert.equal(server.polls.count, 1);
});

test("an answer to a poll that was given up is never taken, even if fetch can't be aborted", async (t) => {
  stopClock(t);
  const answers = [];
  const fetch = () => new Promise((resolve) => answers.push((token, message) => resolve(new Response(
    JSON.stringify({ updates: [{ path: "a", message }], reconnectWith: token })))));
  const pomona = new Server().pomona(t, { fetch, connectUrl: async () => {} });
  const handler = recorder();
  pomona.connect("a", handler);
  answers[0]("ID/0", "1");
  await settled();
  await pass(45_000);
  await pass(250);
  answers[2]("ID/2", "3");
  await settled();
  answers[1]("OLD/1", "2");
  await settled();
  assert.deepEqual(handler.got, ["1", "3"]);
});

test("a timer is left neither by an answer nor by close", async (t) => {
  stopClock(t);
  let running = 0;
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  t.mock.method(globalThis, "setTimeout", (...args) => (running++, set(...args)));
  t.mock.method(globalThis, "clearTimeout", (timer) => (running--, clear(timer)));
  const server = new Server();
  const pomona = server.pomona(t);
  pomona.connect("a", () => {});
  await server.begin();
  await server.accept();
  await server.push("ID/1");
  assert.equal(running, 1, "only the one of the poll that waits");
  (await server.polls.next()).fail();
  await settled();
  assert.equal(running, 1, "only the rest");
  pomona.close();
  await settled();
  assert.equal(running, 0);
});

test("close ends the session and everything else, for good", async (t) => {
  stopClock(t);
  const server = new Server();
  const pomona = server.pomona(t);
  const handler = recorder();
  pomona.connect("a", handler);
  await server.begin();
  await server.accept();
  const poll = await server.polls.next();
  poll.updates("ID/1", ["a", "too late"]);
  pomona.close();
  pomona.close();
  const end = await server.ends.next();
  assert.equal(end.url, URL_OF_FIRENZE + "ID/0");
  assert.equal(end.init.keepalive, true);
  end.fail();
  await settled();
  await pass(100_000);
  assert.deepEqual(handler.got, []);
  assert.deepEqual([server.polls.count, server.posts.count, server.ends.count], [0, 0, 0]);
  assert.throws(() => pomona.connect("a", handler), /"a" can't be connected to, this Pomona is closed/);
});

test("close before the session began has nothing to end", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const poll = await server.polls.next();
  pomona.close();
  await settled();
  assert.equal(poll.aborted, true);
  assert.equal(server.ends.count, 0);
});

test("another id is another session: that is told, before its messages", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const told = events(pomona);
  pomona.connect("a", (message) => told.push(message));
  await server.begin();
  await server.push("ID/1", ["a", ""], ["a", "1"]);
  await server.push("NEW/0", ["a", "2"]);
  assert.deepEqual(told, ["ready a", "1", "lost", "ready a", "2"]);
});
