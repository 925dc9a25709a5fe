// What is Node's own. What all connectors have in common is in
// connectors/conformance.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Cornelius, CorneliusError } from "../cornelius.js";

/** Starts a server that keeps the bodies and counts its connections. */
async function serve(t, answer = (_, response) => response.end('{"success":true}')) {
  const bodies = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    bodies.push(JSON.parse(body));
    answer(request, response);
  });
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const roots = new Cornelius(`http://127.0.0.1:${server.address().port}/`);
  t.after(() => {
    roots.close();
    server.closeAllConnections();
    server.close();
  });
  return { roots, bodies, connections: () => connections };
}

async function rejects(call, want) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof CorneliusError && error instanceof Error, String(error));
    assert.equal(error.name, "CorneliusError");
    for (const [key, value] of Object.entries(want)) assert.deepEqual(error[key], value, String(error));
    return true;
  });
}

test("updates are pairs or objects, from anything that can be walked", async (t) => {
  const { roots, bodies } = await serve(t);
  assert.equal(await roots.updates(new Map([["a", "1"]])), undefined);
  await roots.updates([{ path: "b", message: null, more: 1 }, ["c", new Date(0)]]);
  await roots.connect("id", new Set(["p", "q"]));
  assert.deepEqual(bodies, [
    [{ path: "a", message: "1" }],
    [{ path: "b", message: null }, { path: "c", message: "1970-01-01T00:00:00.000Z" }],
    [{ path: "::connect", message: "id->p" }, { path: "::connect", message: "id->q" }],
  ]);
});

test("what is no update or message is refused and not sent", async (t) => {
  const { roots, bodies } = await serve(t);
  for (const wrong of ["pm", ["p"], ["p", "m", "x"], { path: "p" }, {}, null, undefined, 7]) {
    await rejects(roots.updates([["p", "m"], wrong]), { status: 400, index: 1 });
  }
  const circle = [];
  circle.push(circle);
  for (const wrong of [undefined, () => {}, Symbol("x"), 1n, circle, "\ud83e", { deep: ["\ud83e"] }]) {
    await rejects(roots.update("p", wrong), { status: 400, index: 0 });
  }
  await rejects(roots.update("\ud83e", "m"), { status: 400, index: 0 });
  for (const path of ["\ud83e", null, undefined, 7]) await rejects(roots.connect("id", ["p", path]), { status: 400, index: 1 });
  for (const id of [null, undefined, 7, "\ud83e"]) await rejects(roots.connect(id, "p"), { status: 400, index: 0 });
  assert.deepEqual(bodies, []);
});

test("the text of an error names the item", async (t) => {
  const { roots } = await serve(t);
  await rejects(roots.connect("id", ["p", "::gone"]), {
    message: `item 1: '::gone' can't be connected to: a path is printable text of 1 to 255 bytes without "::" in front`,
  });
});

test("an error that has a cause names it", async () => {
  await rejects(new Cornelius("unix:/no/such/socket").update("p", "m"), { status: undefined, index: undefined });
  await assert.rejects(new Cornelius("unix:/no/such/socket").update("p", "m"), (error) => error.cause.code === "ENOENT");
});

test("many calls at once share few connections afterwards", async (t) => {
  const { roots, bodies, connections } = await serve(t);
  await Promise.all(Array.from({ length: 30 }, (_, n) => roots.update("p", String(n))));
  const before = connections();
  await Promise.all(Array.from({ length: 8 }, (_, n) => roots.update("p", String(n))));
  assert.equal(connections(), before);
  assert.equal(bodies.length, 38);
});

// In a thread of its own: answers each request, closes, and counts what it closed.
const closing = `
  const { parentPort, workerData } = require("node:worker_threads");
  const server = require("node:net").createServer((peer) => {
    peer.once("data", () => peer.end('HTTP/1.1 200 OK\\r\\nContent-Length: 16\\r\\n\\r\\n{"success":true}'));
    peer.once("finish", () => { Atomics.add(workerData, 0, 1); Atomics.notify(workerData, 0); });
    peer.on("error", () => {});
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

test("a connection that was closed while nobody looked costs no call", async (t) => {
  const closed = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(closing, { eval: true, workerData: closed });
  t.after(() => worker.terminate());
  const [port] = await once(worker, "message");
  const roots = new Cornelius(`http://127.0.0.1:${port}/`);
  for (let n = 0; n < 20; n++) {
    await roots.update("p", String(n));
    while (Atomics.load(closed, 0) <= n) Atomics.wait(closed, 0, n); // the loop does not run until it is closed
  }
  roots.close();
});

test("an address is a URL too, and a wrong one throws", () => {
  new Cornelius(new URL("http://localhost:8004/"));
  for (const wrong of ["", "localhost", "ftp://localhost/", "http://user:secret@localhost/", "http:///x", "unix:", null]) {
    assert.throws(() => new Cornelius(wrong), CorneliusError);
  }
});

test("the text of an error has no token in it", () => {
  assert.throws(() => new Cornelius(undefined, { token: "secret\n" }), (error) => error instanceof CorneliusError && !/secret/.test(error.message));
});
