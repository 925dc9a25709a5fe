// What the page sends up: in order, once, or with a reason why not.
import assert from "node:assert/strict";
import test from "node:test";
import { pass, Server, settled, stopClock, URL_OF_FIRENZE } from "./fake.mjs";
import { openPage } from "./window.mjs";

/** Starts a Pomona with session ID, and keeps what becomes of its updates. */
async function begun(t) {
  stopClock(t);
  const server = new Server();
  const pomona = server.pomona(t);
  const settledAs = {};
  const update = (message, path = "a") => {
    const name = message;
    pomona.update(path, message).then(() => (settledAs[name] = "taken"), (error) => (settledAs[name] = error.message));
  };
  await server.begin();
  await settled();
  return { server, pomona, update, settledAs };
}

const SUCCESS = '{"success":true}';

/** Answers the next post, and returns the messages that are in it, with its number. */
async function answer(server, body = SUCCESS, status = 200) {
  const post = await server.posts.next();
  post.respond(typeof body === "string" ? body : JSON.stringify(body), { status });
  await settled();
  return said(post);
}

const said = (post) => [post.url.slice(URL_OF_FIRENZE.length), ...post.body.map(({ message }) => message)];

test("updates of one moment travel together, and the next when those are taken", async (t) => {
  const { server, update, settledAs } = await begun(t);
  update("1");
  update("2");
  const first = await server.posts.next();
  assert.equal(first.url, URL_OF_FIRENZE + "ID/0?number=1");
  assert.deepEqual(first.body, [{ path: "a", message: "1" }, { path: "a", message: "2" }]);
  assert.deepEqual([first.init.headers, first.init.credentials], [undefined, undefined], "as for polls: Firenze needs neither");
  update("3");
  update("4");
  await settled();
  assert.equal(server.posts.count, 0);
  assert.deepEqual(settledAs, {});
  first.respond(SUCCESS);
  assert.deepEqual(await answer(server), ["ID/0?number=2", "3", "4"]);
  assert.deepEqual(settledAs, { 1: "taken", 2: "taken", 3: "taken", 4: "taken" });
  assert.equal(server.posts.count, 0);
});

test("before there is a session they wait, and they go with the newest reconnectWith", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t, { latest: true });
  const taken = pomona.update("a", "1");
  await settled();
  assert.equal(server.posts.count, 0);
  await server.begin();
  await server.push("ID/7");
  const post = await server.posts.next();
  assert.deepEqual(said(post), ["ID/0?number=1", "1"]);
  post.respond(SUCCESS);
  assert.equal(await taken, undefined);
  pomona.update("a", "2");
  assert.deepEqual(await answer(server), ["ID/7?number=2", "2"]);
});

const failures = {
  "a lost connection": (post) => post.fail(),
  "a server error": (post) => post.respond("", { status: 502 }),
  "a page of a proxy": (post) => post.respond("<html>"),
  "another kind of JSON": (post) => post.respond("null"),
  "no success": (post) => post.respond('{"success":false}'),
};
for (const [name, fail] of Object.entries(failures)) {
  test(`${name} in place of an answer: the same is sent again, with the same number`, async (t) => {
    const { server, update, settledAs } = await begun(t);
    update("1");
    update("2");
    fail(await server.posts.next());
    await settled();
    update("3");
    await pass(249);
    assert.equal(server.posts.count, 0);
    await pass(1);
    fail(await server.posts.next());
    await settled();
    await pass(500);
    assert.deepEqual(await answer(server), ["ID/0?number=1", "1", "2"]);
    assert.deepEqual(await answer(server), ["ID/0?number=2", "3"]);
    assert.deepEqual(settledAs, { 1: "taken", 2: "taken", 3: "taken" });
  });
}

test("an answer that does not come within 30 s is lost, and Retry-After is honoured", async (t) => {
  const { server, update, settledAs } = await begun(t);
  update("1");
  const post = await server.posts.next();
  await pass(15_000);
  await pass(14_999);
  assert.equal(post.aborted, false);
  await pass(1);
  assert.equal(post.aborted, true);
  await pass(250);
  (await server.posts.next()).respond("", { status: 503, headers: { "Retry-After": "7" } });
  await settled();
  await pass(7499);
  assert.equal(server.posts.count, 0);
  await pass(1);
  assert.deepEqual(await answer(server), ["ID/0?number=1", "1"]);
  assert.deepEqual(settledAs, { 1: "taken" });
});

test("what is refused is told with the reason, and its number is used again", async (t) => {
  const { server, pomona, update, settledAs } = await begun(t);
  update("1");
  update("2");
  await answer(server, { error: "this server takes no updates from its clients" }, 403);
  const reason = "this server takes no updates from its clients";
  assert.deepEqual(settledAs, { 1: reason, 2: reason });
  const refused = assert.rejects(pomona.update("a", "3"), { message: "the update was refused with status 418", status: 418 });
  assert.deepEqual(await answer(server, "<html>", 418), ["ID/0?number=1", "3"]);
  await refused;
});

test("one that is refused alone costs the others nothing", async (t) => {
  const { server, update, settledAs } = await begun(t);
  for (const message of ["1", "2", "3"]) update(message);
  assert.deepEqual(await answer(server, { error: "no", index: 1 }, 400), ["ID/0?number=1", "1", "2", "3"]);
  assert.deepEqual(settledAs, { 2: "no" });
  assert.deepEqual(await answer(server, { error: "nor that", index: 0 }, 400), ["ID/0?number=1", "1", "3"]);
  assert.deepEqual(await answer(server), ["ID/0?number=1", "3"]);
  assert.deepEqual(settledAs, { 1: "nor that", 2: "no", 3: "taken" });
});

for (const index of [2, -1, "length", null]) {
  test(`an index that is none (${index}) refuses all`, async (t) => {
    const { server, update, settledAs } = await begun(t);
    update("1");
    update("2");
    await answer(server, { error: "no", index }, 400);
    assert.deepEqual(settledAs, { 1: "no", 2: "no" });
    assert.equal(server.posts.count, 0);
  });
}

test("a session that was over took nothing: it goes to the next, which is asked for at once", async (t) => {
  const { server, update, settledAs } = await begun(t);
  const poll = await server.polls.next();
  update("1");
  assert.deepEqual(await answer(server, { error: "over" }, 404), ["ID/0?number=1", "1"]);
  assert.equal(poll.aborted, true, "it must be over too");
  await server.begin("NEW");
  assert.deepEqual(await answer(server), ["NEW/0?number=1", "1"]);
  update("2");
  assert.deepEqual(await answer(server), ["NEW/0?number=2", "2"]);
  assert.deepEqual(settledAs, { 1: "taken", 2: "taken" });
});

const UNSURE = "the session was lost before the update was known to be taken: it may have been, or not";

test("a session that was lost after an answer was: nobody knows, and that is told", async (t) => {
  const { server, update, settledAs } = await begun(t);
  update("1");
  (await server.posts.next()).fail();
  update("2");
  await settled();
  await pass(250);
  await answer(server, { error: "over" }, 404);
  await server.polls.next();
  assert.deepEqual(settledAs, {});
  await server.begin("NEW");
  await settled();
  assert.deepEqual(settledAs, { 1: UNSURE });
  assert.deepEqual(await answer(server), ["NEW/0?number=1", "2"]);
});

test("what the old session took while the new one began counts for the old one alone", async (t) => {
  const { server, update, settledAs } = await begun(t);
  update("1");
  const post = await server.posts.next();
  await server.push("NEW/0");
  update("2");
  post.respond(SUCCESS);
  assert.deepEqual(await answer(server), ["NEW/0?number=1", "2"]);
  assert.deepEqual(settledAs, { 1: "taken", 2: "taken" });
});

test("who says 404 although the session goes on refuses", async (t) => {
  const { server, update, settledAs } = await begun(t);
  await server.polls.next();
  update("1");
  await answer(server, { error: "no such route" }, 404);
  assert.deepEqual(settledAs, {});
  await server.push("ID/0");
  assert.deepEqual(settledAs, { 1: "no such route" });
  assert.equal(server.posts.count, 0);
});

test("a page that is left while it asks for the session anew leaves updates to the next", async (t) => {
  const { happens } = openPage(t);
  const { server, update, settledAs } = await begun(t);
  await server.polls.next();
  update("1");
  await answer(server, { error: "over" }, 404);
  happens("pagehide");
  happens("pageshow", { persisted: true });
  await server.polls.next();
  await server.begin("NEW");
  assert.deepEqual(await answer(server), ["NEW/0?number=1", "1"]);
  assert.deepEqual(settledAs, { 1: "taken" });
});

test("close rejects what is not known to be taken, and what comes after it", async (t) => {
  const { server, pomona, update, settledAs } = await begun(t);
  update("1");
  const post = await server.posts.next();
  update("2");
  pomona.close();
  update("3");
  await settled();
  assert.equal(post.aborted, true);
  const closed = "this Pomona was closed before the update was known to be taken";
  assert.deepEqual(settledAs, { 1: closed, 2: closed, 3: "\"a\" can't be updated, this Pomona is closed" });
  await pass(100_000);
  assert.equal(server.posts.count, 0);
});

test("what can't be sent is refused without being sent", async (t) => {
  const { server, pomona } = await begun(t);
  await assert.rejects(pomona.update("", "m"), /a path is text/);
  await assert.rejects(pomona.update("::connect", "m"), /control path "::connect" can't be updated from a page/);
  await assert.rejects(pomona.update("a", { n: 1 }), /the message for "a" must be text; JSON.stringify/);
  await settled();
  assert.equal(server.posts.count, 0);
});

test("a thousand updates wait, and one more is refused", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const all = Array.from({ length: 1000 }, (_, i) => pomona.update("a", String(i)));
  await assert.rejects(pomona.update("a", "too many"), /1000 updates wait to be sent already/);
  await server.begin();
  const got = [];
  while (got.length < 1000) got.push(...(await answer(server)).slice(1));
  await Promise.all(all);
  assert.deepEqual(got, all.map((_, i) => String(i)));
});

test("a request holds 64 KiB, or one update that is longer", async (t) => {
  const { server, update } = await begun(t);
  const overhead = '{"path":"a","message":""},'.length;
  const sizes = [65_536 - overhead - (1 + overhead), 1, 1, 70_000, 65_536 - overhead, 1];
  sizes.forEach((size, i) => update(String(i).padEnd(size, "x")));
  const requests = [];
  while (requests.flat().length < sizes.length) requests.push((await answer(server)).slice(1).map(({ length }) => length));
  assert.deepEqual(requests, [[sizes[0], 1], [1], [70_000], [65_484 + 26], [1]]);
});
