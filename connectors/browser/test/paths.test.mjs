// What the back-end is asked for, and when.
import assert from "node:assert/strict";
import test from "node:test";
import { events, pass, recorder, Server, settled, stopClock } from "./fake.mjs";

const nothing = () => {};

test("paths of one moment are asked for together, once there is an id", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  pomona.connect("a", nothing);
  pomona.connect("b/ä", nothing);
  pomona.connect("a", nothing);
  await settled();
  assert.equal(server.posts.count, 0);
  await server.begin("I D");
  const post = await server.accept();
  assert.equal(post.url, "/connect/I%20D");
  assert.deepEqual(post.body, ["a", "b/ä"]);
  assert.equal(post.init.headers.get("Content-Type"), "application/json");
  pomona.connect("c", nothing);
  pomona.connect("d", nothing);
  assert.deepEqual((await server.accept()).body, ["c", "d"]);
  assert.equal(server.posts.count, 0);
});

test("the last handler that goes disconnects the path, and only once", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const off1 = pomona.connect("a", nothing);
  const off2 = pomona.connect("a", nothing);
  const off3 = pomona.connect("b", nothing);
  await server.begin();
  await server.accept();
  off1();
  off1();
  await settled();
  assert.equal(server.posts.count, 0);
  off2();
  off3();
  const post = await server.accept();
  assert.equal(post.url, "/disconnect/ID");
  assert.deepEqual(post.body, ["a", "b"]);
});

test("who is disconnected hears no more", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const [one, other] = [recorder(), recorder()];
  const off = pomona.connect("a", one);
  pomona.connect("a", other);
  await server.begin();
  await server.push("ID/1", ["a", ""], ["a", "1"]);
  off();
  await server.push("ID/2", ["a", "2"]);
  assert.deepEqual([one.got, other.got], [["1"], ["1", "2"]]);
});

test("what comes and goes in one moment is not asked for", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  await server.begin();
  await settled();
  pomona.connect("a", nothing)();
  pomona.connect("b", nothing);
  assert.deepEqual((await server.accept()).body, ["b"]);
  pomona.connect("b", nothing)();
  await settled();
  assert.equal(server.posts.count, 0);
});

test("requests never overtake each other", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const off = pomona.connect("a", nothing);
  await server.begin();
  const connect = await server.posts.next();
  off();
  pomona.connect("b", nothing);
  await settled();
  assert.equal(server.posts.count, 0);
  connect.respond("");
  assert.deepEqual((await server.accept()).body, ["b"]);
  const disconnect = await server.posts.next();
  assert.deepEqual([disconnect.url, disconnect.body], ["/disconnect/ID", ["a"]]);
  pomona.connect("a", nothing);
  disconnect.respond("");
  const again = await server.accept();
  assert.deepEqual([again.url, again.body], ["/connect/ID", ["a"]]);
});

test("the URL may be written as in 2009", async (t) => {
  const server = new Server();
  server.pomona(t, { connectUrl: "/c?id=%@&again={id}" }).connect("a", nothing);
  await server.begin("A$&B");
  assert.equal((await server.accept()).url, "/c?id=A%24%26B&again=A%24%26B");
});

test("the URLs of 2009 are the default", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t, { connectUrl: undefined, disconnectUrl: undefined });
  const off = pomona.connect("a", nothing);
  await server.begin();
  assert.equal((await server.accept()).url, "/server/connect/ID");
  off();
  assert.equal((await server.accept()).url, "/server/disconnect/ID");
});

test("headers and credentials go to the back-end alone", async (t) => {
  let count = 0;
  for (const headers of [{ "X-CSRF": "t0" }, new Headers({ "X-CSRF": "t0" }), async () => ({ "X-CSRF": `t${count++}` })]) {
    const server = new Server();
    const pomona = server.pomona(t, { headers, credentials: "include" });
    pomona.connect("a", nothing);
    const poll = await server.polls.next();
    assert.deepEqual([poll.init.headers, poll.init.credentials], [undefined, undefined], "Firenze needs neither");
    poll.updates("ID/0");
    const post = await server.accept();
    assert.equal(post.init.headers.get("X-CSRF"), "t0");
    assert.equal(post.init.headers.get("Content-Type"), "application/json");
    assert.equal(post.init.credentials, "include");
    if (count === 0) continue;
    pomona.connect("b", nothing);
    assert.equal((await server.accept()).init.headers.get("X-CSRF"), "t1");
  }
});

test("a function may ask in place of a URL", async (t) => {
  const asked = [];
  const server = new Server();
  const ask = (verb, answer) => (id, paths) => (asked.push([verb, id, ...paths]), answer);
  const pomona = server.pomona(t, {
    connectUrl: ask("connect", Promise.resolve(new Response(""))),
    disconnectUrl: ask("disconnect", undefined),
  });
  const off = pomona.connect("a", nothing);
  await server.begin();
  await settled();
  off();
  await settled();
  assert.deepEqual(asked, [["connect", "ID", "a"], ["disconnect", "ID", "a"]]);
});

test("a new session is asked for all paths that are still wanted", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  pomona.connect("a", nothing);
  const off = pomona.connect("b", nothing);
  await server.begin();
  await server.accept();
  pomona.connect("c", nothing);
  await server.accept();
  await server.push("NEW/0");
  off();
  const post = await server.accept();
  assert.deepEqual([post.url, post.body], ["/connect/NEW", ["a", "b", "c"]]);
  assert.deepEqual((await server.accept()).url, "/disconnect/NEW");
});

test("a path that was given up before the new session is forgotten", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  pomona.connect("a", nothing);
  const off = pomona.connect("b", nothing);
  await server.begin();
  await server.accept();
  const poll = await server.polls.next();
  poll.updates("NEW/0");
  off();
  const disconnect = await server.accept();
  assert.deepEqual([disconnect.url, disconnect.body], ["/disconnect/ID", ["b"]]);
  const post = await server.accept();
  assert.deepEqual([post.url, post.body], ["/connect/NEW", ["a"]]);
  await settled();
  assert.equal(server.posts.count, 0);
});

test("a request of the old session does not count for the new one", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  pomona.connect("a", nothing);
  await server.begin();
  const old = await server.posts.next();
  await server.push("NEW/0");
  old.respond("");
  const post = await server.accept();
  assert.deepEqual([post.url, post.body], ["/connect/NEW", ["a"]]);
});

test("a failed request is made again, with what has changed since", async (t) => {
  stopClock(t);
  const warn = t.mock.method(console, "warn", nothing);
  const server = new Server();
  const pomona = server.pomona(t);
  const off = pomona.connect("a", nothing);
  pomona.connect("b", nothing);
  await server.begin();
  await server.accept(500);
  off();
  pomona.connect("c", nothing);
  await pass(249);
  assert.equal(server.posts.count, 0);
  await pass(1);
  const post = await server.posts.next();
  assert.deepEqual(post.body, ["b", "c"]);
  post.fail();
  await settled();
  await pass(499);
  assert.equal(server.posts.count, 0);
  await pass(1);
  await server.accept();
  assert.equal(warn.mock.callCount(), 1, "only the first of a row of failures is told");
});

test("a failed disconnect is made again, unless the path is wanted again", async (t) => {
  stopClock(t);
  t.mock.method(console, "warn", nothing);
  const server = new Server();
  const pomona = server.pomona(t);
  const offs = [pomona.connect("a", nothing), pomona.connect("b", nothing)];
  await server.begin();
  await server.accept();
  offs.forEach((off) => off());
  await server.accept(503);
  pomona.connect("b", nothing);
  await pass(250);
  const post = await server.accept();
  assert.deepEqual([post.url, post.body], ["/disconnect/ID", ["a"]]);
  assert.equal(server.posts.count, 0);
});

test("a back-end that does not answer is given up after 30 s and asked again", async (t) => {
  stopClock(t);
  t.mock.method(console, "warn", nothing);
  const server = new Server();
  let asked = 0;
  const pomona = server.pomona(t, { connectUrl: () => (asked++, new Promise(nothing)) });
  pomona.connect("a", nothing);
  await server.begin();
  await settled();
  await pass(29_999);
  await pass(250);
  assert.equal(asked, 1);
  await pass(1);
  await pass(250);
  assert.equal(asked, 2);
});

test("a refusal is told, and not repeated before the next session", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const told = events(pomona);
  pomona.connect("a", nothing);
  pomona.connect("b", nothing);
  await server.begin();
  await server.accept(403);
  assert.deepEqual(told, ["error 403 a,b"]);
  pomona.connect("c", nothing);
  assert.deepEqual((await server.accept()).body, ["c"]);
  await server.push("NEW/0");
  assert.deepEqual((await server.accept(499)).body, ["a", "b", "c"]);
  assert.deepEqual(told, ["error 403 a,b", "lost", "error 499 a,b,c"]);
});

test("a path that was refused is asked for again when it is connected anew", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const off = pomona.connect("a", nothing);
  pomona.connect("b", nothing);
  await server.begin();
  await server.accept(401);
  off();
  pomona.connect("a", nothing);
  assert.deepEqual((await server.accept()).body, ["a"]);
  assert.equal(server.posts.count, 0);
});

test("a refused disconnect is let be", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const told = events(pomona);
  const off = pomona.connect("a", nothing);
  await server.begin();
  await server.accept();
  off();
  await server.accept(404);
  assert.equal(server.posts.count, 0);
  assert.deepEqual(told, []);
  pomona.connect("a", nothing);
  assert.equal((await server.accept()).url, "/connect/ID");
});

test("what can't be connected to is refused at once", (t) => {
  const pomona = new Server().pomona(t);
  for (const path of ["", undefined, "a/*", "a*b", "**", "::connect", "a\n", "x".repeat(256)]) {
    assert.throws(() => pomona.connect(path, nothing), /path/, String(path));
  }
});

test("a thousand paths cost no warning and one request", async (t) => {
  const warned = [];
  const warn = (warning) => warned.push(warning);
  process.on("warning", warn);
  t.after(() => process.off("warning", warn));
  const server = new Server();
  const pomona = server.pomona(t);
  for (let i = 0; i < 1000; i++) pomona.connect(`path/${i}`, nothing);
  await server.begin();
  assert.equal((await server.accept()).body.length, 1000);
  pomona.close();
  await settled();
  assert.deepEqual(warned, []);
});
