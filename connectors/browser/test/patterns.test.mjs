// Patterns, and signals that end things.
import assert from "node:assert/strict";
import test from "node:test";
import { deferred, events, recorder, Server, settled } from "./fake.mjs";

const MATCH = { matchUrl: "/match/{id}", unmatchUrl: "/unmatch/{id}" };

test("patterns are asked for at a URL of their own, bundled", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t, { ...MATCH, headers: { "X-CSRF": "t0" }, credentials: "include" });
  const offs = ["a", "a/*", "b/**", "b"].map((path) => pomona.connect(path, () => {}));
  await server.begin();
  const paths = await server.accept();
  assert.deepEqual([paths.url, paths.body], ["/connect/ID", ["a", "b"]]);
  const patterns = await server.accept();
  assert.deepEqual([patterns.url, patterns.body], ["/match/ID", ["a/*", "b/**"]]);
  assert.deepEqual([patterns.init.headers.get("X-CSRF"), patterns.init.credentials], ["t0", "include"]);
  offs.forEach((off) => off());
  assert.deepEqual([(await server.accept()).body, (await server.accept()).body], [["a", "b"], ["a/*", "b/**"]]);
  assert.equal(server.posts.count, 0);
});

test("the last handler of a pattern unmatches it", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t, MATCH);
  const offs = [pomona.connect("a/*", () => {}), pomona.connect("a/*", () => {})];
  await server.begin();
  await server.accept();
  offs[0]();
  await settled();
  assert.equal(server.posts.count, 0);
  offs[1]();
  const post = await server.accept();
  assert.deepEqual([post.url, post.body], ["/unmatch/ID", ["a/*"]]);
});

test("without an unmatchUrl nobody is told", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t, { matchUrl: "/match/{id}" });
  const off = pomona.connect("a/*", () => {});
  await server.begin();
  await server.accept();
  off();
  await settled();
  assert.equal(server.posts.count, 0);
});

test("what can't be matched is refused at once", (t) => {
  const pomona = new Server().pomona(t, MATCH);
  for (const [pattern, message] of [["a*b", /star inside/], ["**/a", /before its end/], ["::*", /control path "::\*"/], ["*/".repeat(32) + "*", /33 segments/]]) {
    assert.throws(() => pomona.connect(pattern, () => {}), message);
  }
  assert.throws(() => new Server().pomona(t).connect("a/*", () => {}), /"a\/\*" is a pattern, not a path, and without a matchUrl nobody can be asked/);
});

test("a handler of a pattern hears every path that fits, once it is confirmed, after its load", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t, MATCH);
  const told = events(pomona);
  const load = deferred();
  const heard = [];
  pomona.connect("a/*", (message, path) => heard.push(`${path} ${message}`), () => load);
  const all = recorder();
  pomona.connect("**", all);
  await server.begin();
  await server.accept();
  await server.push("ID/1", ["a/*", ""], ["a/1", "x"], ["b/1", "no"], ["a/b/c", "no"]);
  assert.deepEqual([told, heard, all.got], [["ready a/*"], [], []]);
  await server.push("ID/2", ["**", ""], ["a/2", "y"]);
  load.resolve();
  await settled();
  assert.deepEqual([told, heard, all.got], [["ready a/*", "ready **"], ["a/1 x", "a/2 y"], ["y"]]);
});

test("a message that came for a pattern does not tell that its path is connected", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t, MATCH);
  const told = events(pomona);
  const [one, pattern] = [recorder(), recorder()];
  const off = pomona.connect("a/*", pattern);
  await server.begin();
  await server.accept();
  await server.push("ID/1", ["a/*", ""]);
  pomona.connect("a/1", one);
  await server.accept();
  await server.push("ID/2", ["a/1", "x"]);
  assert.deepEqual([told, one.got, pattern.got], [["ready a/*"], [], ["x"]]);
  await server.push("ID/3", ["a/1", ""], ["a/1", "y"]);
  assert.deepEqual([told, one.got, pattern.got], [["ready a/*", "ready a/1"], ["y"], ["x", "y"]]);
  off();
  await server.accept();
  await server.push("ID/4", ["a/1", "z"]);
  assert.deepEqual([one.got, pattern.got], [["y", "z"], ["x", "y"]]);
});

test("a new session is asked for patterns too, and a refusal is told", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t, MATCH);
  const told = events(pomona);
  pomona.connect("a/*", () => {});
  await server.begin();
  await server.accept();
  await server.push("NEW/0");
  const post = await server.accept(403);
  assert.deepEqual([post.url, post.body], ["/match/NEW", ["a/*"]]);
  assert.deepEqual(told, ["lost", "error 403 a/*"]);
});

test("a signal ends a connection, once", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  const end = new AbortController();
  const handler = recorder();
  const off = pomona.connect("a", handler, undefined, { signal: end.signal });
  await server.begin();
  await server.accept();
  await server.push("ID/1", ["a", ""], ["a", "1"]);
  end.abort();
  off();
  assert.equal((await server.accept()).url, "/disconnect/ID");
  await server.push("ID/2", ["a", "2"]);
  assert.deepEqual(handler.got, ["1"]);
  assert.equal(server.posts.count, 0);
});

test("a signal that was aborted before connects nothing", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t);
  pomona.connect("a", () => {}, undefined, { signal: AbortSignal.abort() })();
  await server.begin();
  await settled();
  assert.equal(server.posts.count, 0);
});

test("a signal closes the whole Pomona", async (t) => {
  const server = new Server();
  const end = new AbortController();
  const pomona = server.pomona(t, { signal: end.signal });
  await server.begin();
  const poll = await server.polls.next();
  end.abort();
  await settled();
  assert.equal(poll.aborted, true);
  assert.equal((await server.ends.next()).token, "ID/0");
  assert.throws(() => pomona.connect("a", () => {}), /this Pomona is closed/);
});

test("one whose signal was aborted before begins nothing", async (t) => {
  const server = new Server();
  const pomona = server.pomona(t, { signal: AbortSignal.abort() });
  await settled();
  assert.equal(server.polls.count, 0);
  assert.throws(() => pomona.connect("a", () => {}), /this Pomona is closed/);
  await assert.rejects(pomona.update("a", "m"), /this Pomona is closed/);
  pomona.close();
});
