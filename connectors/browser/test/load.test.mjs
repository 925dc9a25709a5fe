// When `load` runs, and what is held back meanwhile.
import assert from "node:assert/strict";
import test from "node:test";
import { deferred, events, pass, recorder, reports, Server, settled, stopClock } from "./fake.mjs";

/** Starts a Pomona with one path whose loads the test settles one by one. */
async function loading(t, server = new Server()) {
  const pomona = server.pomona(t);
  const handler = recorder();
  const loads = [];
  const disconnect = pomona.connect("a", handler, () => {
    loads.push(deferred());
    return loads.at(-1);
  });
  await server.begin();
  await server.accept();
  return { server, pomona, handler, loads, disconnect };
}

test("load runs once the path is confirmed, and what comes meanwhile follows it", async (t) => {
  const { server, handler, loads } = await loading(t);
  assert.equal(loads.length, 0);
  await server.push("ID/1", ["a", " \n"], ["a", "1"]);
  assert.equal(loads.length, 1);
  await server.push("ID/2", ["a", "2"], ["b", "x"], ["a", "3"]);
  assert.deepEqual(handler.got, []);
  loads[0].resolve();
  await settled();
  assert.deepEqual(handler.got, ["1", "2", "3"]);
  await server.push("ID/3", ["a", "4"], ["a", ""]);
  assert.deepEqual(handler.got, ["1", "2", "3", "4"]);
  assert.equal(loads.length, 1);
});

test("a first message confirms too, as the empty one may have been replaced by it", async (t) => {
  const { server, handler, loads } = await loading(t);
  await server.push("ID/1", ["a", "1"]);
  assert.equal(loads.length, 1);
  loads[0].resolve();
  await settled();
  assert.deepEqual(handler.got, ["1"]);
});

test("load may answer at once, and connect has returned before it is called", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const got = [];
  pomona.connect("a", (message) => got.push(message));
  await server.begin();
  await server.push("ID/1", ["a", ""]);
  const off = pomona.connect("a", (message) => got.push(`second ${message}`), () => got.push(typeof off));
  await server.push("ID/2", ["a", "1"]);
  assert.deepEqual(got, ["function", "1", "second 1"]);
});

test("each handler waits for its own load alone", async (t) => {
  const { server, pomona, handler, loads } = await loading(t);
  const plain = recorder();
  pomona.connect("a", plain);
  await server.push("ID/1", ["a", ""], ["a", "1"]);
  assert.deepEqual([plain.got, handler.got], [["1"], []]);
  loads[0].resolve();
  await settled();
  const late = recorder();
  const lateLoad = deferred();
  pomona.connect("a", late, () => lateLoad);
  await server.push("ID/2", ["a", "2"]);
  assert.deepEqual([plain.got, handler.got, late.got], [["1", "2"], ["1", "2"], []]);
  lateLoad.resolve();
  await settled();
  assert.deepEqual(late.got, ["2"]);
});

test("a new session loads again, after its own confirmation", async (t) => {
  const { server, pomona, handler, loads } = await loading(t);
  const told = events(pomona);
  await server.push("ID/1", ["a", ""]);
  loads[0].resolve();
  await server.push("NEW/0");
  await server.accept();
  assert.deepEqual([told, loads.length], [["ready a", "lost"], 1]);
  await server.push("NEW/1", ["a", ""], ["a", "1"]);
  assert.deepEqual([told, loads.length, handler.got], [["ready a", "lost", "ready a"], 2, []]);
  loads[1].resolve();
  await settled();
  assert.deepEqual(handler.got, ["1"]);
});

test("a load of the old session is over before that of the new one begins", async (t) => {
  const { server, handler, loads } = await loading(t);
  await server.push("ID/1", ["a", ""], ["a", "old"]);
  await server.push("NEW/0");
  await server.push("NEW/1", ["a", ""], ["a", "new"]);
  assert.equal(loads.length, 1);
  loads[0].resolve();
  await settled();
  assert.deepEqual([loads.length, handler.got], [2, []]);
  loads[1].resolve();
  await settled();
  assert.deepEqual(handler.got, ["new"]);
});

test("a path that the back-end disconnects and connects loads again", async (t) => {
  const { server, handler, loads } = await loading(t);
  await server.push("ID/1", ["a", ""]);
  loads[0].resolve();
  await server.push("ID/2", ["a", "1"], ["::+::disconnect", "a"], ["::+::disconnect", "b"]);
  await server.push("ID/3", ["a", ""], ["a", "3"]);
  assert.deepEqual([loads.length, handler.got], [2, ["1"]]);
  loads[1].resolve();
  await settled();
  assert.deepEqual(handler.got, ["1", "3"]);
});

test("a path given up and wanted again loads again, whatever is still under way", async (t) => {
  const { server, pomona, loads, disconnect } = await loading(t);
  await server.push("ID/1", ["a", ""]);
  loads[0].resolve();
  disconnect();
  await server.accept();
  const handler = recorder();
  let count = 0;
  pomona.connect("a", handler, () => count++);
  await server.push("ID/2", ["a", "of the old connection"]);
  await server.accept();
  assert.equal(count, 1);
  await server.push("ID/3", ["::+::disconnect", "a"], ["a", ""], ["a", "1"]);
  assert.equal(count, 2);
  assert.deepEqual(handler.got, ["of the old connection", "1"]);
});

test("a path wanted again while it is given up loads again, even if nothing tells of its end", async (t) => {
  const { server, pomona, disconnect } = await loading(t);
  await server.push("ID/1", ["a", ""]);
  disconnect();
  const given = await server.posts.next();
  let count = 0;
  pomona.connect("a", () => {}, () => count++);
  await settled();
  given.respond("");
  await server.accept();
  assert.equal(count, 1);
  await server.push("ID/2", ["a", ""]);
  assert.equal(count, 2);
});

test("a load that fails is reported and made again, with everything held back", async (t) => {
  stopClock(t);
  const reported = reports(t);
  const { server, handler, loads } = await loading(t);
  await server.push("ID/1", ["a", ""], ["a", "1"]);
  const error = new Error("no data");
  loads[0].reject(error);
  await settled();
  assert.deepEqual(reported, [error]);
  await pass(249);
  assert.equal(loads.length, 1);
  await pass(1);
  assert.equal(loads.length, 2);
  loads[1].reject(undefined);
  await settled();
  await server.push("ID/2", ["a", "2"]);
  await pass(500);
  loads[2].resolve();
  await settled();
  assert.deepEqual(handler.got, ["1", "2"]);
});

test("a load that throws is as one that rejects", async (t) => {
  stopClock(t);
  reports(t);
  const server = new Server();
  const handler = recorder();
  let count = 0;
  server.pomona(t).connect("a", handler, () => {
    if (count++ === 0) throw new Error("at once");
  });
  await server.begin();
  await server.push("ID/1", ["a", "1"]);
  assert.deepEqual(handler.got, []);
  await pass(250);
  assert.deepEqual([count, handler.got], [2, ["1"]]);
});

const many = (n, first = 0) => Array.from({ length: n }, (_, i) => ["a", String(first + i)]);

test("a thousand messages are held back", async (t) => {
  const { server, handler, loads } = await loading(t);
  await server.push("ID/1", ["a", ""]);
  await server.push("ID/2", ...many(1000));
  loads[0].resolve();
  await settled();
  assert.deepEqual(handler.got, many(1000).map(([, message]) => message));
  assert.equal(loads.length, 1);
});

test("one more, and it loads again in their place", async (t) => {
  const { server, handler, loads } = await loading(t);
  await server.push("ID/1", ["a", ""]);
  await server.push("ID/2", ...many(1001), ["a", "after"]);
  loads[0].resolve();
  await settled();
  assert.deepEqual([loads.length, handler.got], [2, []]);
  loads[1].resolve();
  await settled();
  assert.deepEqual(handler.got, ["after"]);
});

test("who is disconnected while it loads gets nothing, and loads no more", async (t) => {
  stopClock(t);
  reports(t);
  const { server, handler, loads, disconnect } = await loading(t);
  await server.push("ID/1", ["a", ""], ["a", "1"]);
  disconnect();
  await server.accept();
  loads[0].reject(new Error("no data"));
  await settled();
  await pass(100_000);
  assert.deepEqual([loads.length, handler.got], [1, []]);
});

test("close ends loads too", async (t) => {
  stopClock(t);
  reports(t);
  const { server, pomona, handler, loads } = await loading(t);
  await server.push("ID/1", ["a", ""], ["a", "1"]);
  pomona.close();
  loads[0].reject(new Error("no data"));
  await settled();
  await pass(100_000);
  assert.deepEqual([loads.length, handler.got], [1, []]);
});

test("a handler that throws costs nobody anything, held back or not", async (t) => {
  const reported = reports(t);
  const server = new Server();
  const pomona = server.pomona(t);
  const [one, other] = [recorder(), recorder()];
  const thrower = (handler) => (message) => {
    handler(message);
    throw new Error(message);
  };
  const loaded = deferred();
  pomona.connect("a", thrower(one));
  pomona.connect("a", thrower(other), () => loaded);
  await server.begin();
  await server.push("ID/1", ["a", "1"], ["a", "2"]);
  loaded.resolve();
  await settled();
  assert.deepEqual([one.got, other.got], [["1", "2"], ["1", "2"]]);
  assert.deepEqual(reported.map(({ message }) => message), ["1", "2", "1", "2"]);
});

test("a handler may disconnect itself while what was held back is handed out", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const got = [];
  const off = pomona.connect("a", (message) => {
    got.push(message);
    off();
  }, () => {});
  await server.begin();
  await server.push("ID/1", ["a", "1"], ["a", "2"]);
  assert.deepEqual(got, ["1"]);
});
