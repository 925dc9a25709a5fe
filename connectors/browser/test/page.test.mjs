// What the page and the network around it do: it is left, shown again, offline.
import assert from "node:assert/strict";
import test from "node:test";
import { events, pass, Server, settled, stopClock, URL_OF_FIRENZE } from "./fake.mjs";
import { openPage } from "./window.mjs";

test("a page that is left ends its session, and begins anew when it is shown again", async (t) => {
  const beacons = [];
  const navigator = { sendBeacon(url) { assert.equal(this, navigator); return beacons.push(url); } };
  const { happens } = openPage(t, navigator);
  const server = new Server();
  const pomona = server.pomona(t);
  const told = events(pomona);
  let loads = 0;
  pomona.connect("a", () => {}, () => loads++);
  await server.begin();
  await server.accept();
  await server.push("ID/1", ["a", ""]);
  const poll = await server.polls.next();
  happens("pagehide", { persisted: true });
  await settled();
  assert.equal(poll.aborted, true);
  assert.deepEqual(beacons, [URL_OF_FIRENZE + "ID/1/bye"]);
  pomona.connect("b", () => {});
  await settled();
  assert.deepEqual([server.polls.count, server.posts.count, server.ends.count], [0, 0, 0]);

  happens("pageshow", { persisted: true });
  const first = await server.polls.next();
  assert.equal(first.token, "");
  pomona.connect("c", () => {});
  await settled();
  assert.equal(server.posts.count, 0, "nothing is asked for with the id of the old session");
  first.updates("NEW/0");
  assert.deepEqual((await server.accept()).body, ["a", "b", "c"]);
  await server.push("NEW/1", ["a", ""]);
  assert.deepEqual([told, loads], [["ready a", "lost", "ready a"], 2]);
});

test("a beacon that can't be sent is replaced by a DELETE", async (t) => {
  const { happens } = openPage(t, { sendBeacon: () => false });
  const server = new Server();
  server.pomona(t);
  await server.begin();
  await server.polls.next();
  happens("pagehide");
  assert.equal((await server.ends.next()).token, "ID/0");
});

test("a page that is shown for the first time begins nothing twice", async (t) => {
  const { happens } = openPage(t);
  const server = new Server();
  server.pomona(t);
  happens("pageshow", { persisted: false });
  await settled();
  assert.equal(server.polls.count, 1);
});

test("an answer that is on its way when the page is left is not taken", async (t) => {
  const { happens } = openPage(t);
  const taken = { inTime: 0, late: 0 };
  for (let moments = 0; moments < 40; moments++) {
    const server = new Server();
    const pomona = server.pomona(t);
    let left = false;
    pomona.connect("a", () => taken[left ? "late" : "inTime"]++);
    (await server.polls.next()).updates("ID/0", ["a", "1"]);
    for (let i = 0; i < moments; i++) await null;
    left = true;
    happens("pagehide");
    await settled();
    pomona.close();
  }
  assert.equal(taken.late, 0);
  assert.ok(taken.inTime > 0 && taken.inTime < 40, "some were in time, some were not");
});

test("a request that is cut off because the page is left is no failure", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  const { happens } = openPage(t);
  const server = new Server();
  server.pomona(t).connect("a", () => {});
  await server.begin();
  await server.posts.next();
  happens("pagehide");
  await settled();
  assert.equal(warn.mock.callCount(), 0);
});

test("a closed Pomona is not woken by its page", async (t) => {
  const { happens } = openPage(t);
  const server = new Server();
  const pomona = server.pomona(t);
  await server.polls.next();
  pomona.close();
  happens("pageshow", { persisted: true });
  await settled();
  assert.equal(server.polls.count, 0);
});

test("the rest of a page that is left does not go on", async (t) => {
  stopClock(t);
  const { happens } = openPage(t);
  const server = new Server();
  server.pomona(t);
  (await server.polls.next()).fail();
  await settled();
  happens("pagehide");
  await settled();
  await pass(100_000);
  assert.equal(server.polls.count, 0);
});

test("offline, rests grow up to 30 s", async (t) => {
  stopClock(t);
  openPage(t, { onLine: false });
  const server = new Server();
  server.pomona(t);
  for (const longest of [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    (await server.polls.next()).fail();
    await settled();
    await pass(longest - 1);
    assert.equal(server.polls.count, 0, `earlier than ${longest}`);
    await pass(1);
    assert.equal(server.polls.count, 1, `later than ${longest}`);
  }
});

test("being online again, or looked at again, ends a rest", async (t) => {
  stopClock(t);
  const { happens, document } = openPage(t, { onLine: false });
  const server = new Server();
  server.pomona(t);
  const fail = async () => {
    (await server.polls.next()).fail();
    await settled();
  };
  await fail();
  happens("online");
  await fail();
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
  await settled();
  assert.equal(server.polls.count, 0);
  document.visibilityState = "visible";
  document.dispatchEvent(new Event("visibilitychange"));
  await settled();
  assert.equal(server.polls.count, 1);
});

test("nothing ends a rest that the server asked for", async (t) => {
  stopClock(t);
  const { happens, document } = openPage(t);
  const server = new Server();
  server.pomona(t);
  (await server.polls.next()).respond("", { status: 503, headers: { "Retry-After": "7" } });
  await settled();
  happens("online");
  document.dispatchEvent(new Event("visibilitychange"));
  await pass(7249);
  assert.equal(server.polls.count, 0);
  await pass(1);
  assert.equal(server.polls.count, 1);
});
