import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import { asJSON, attempt, networkChanged, Refusal, request, retryNow, trouble } from "../net.js";

const real = globalThis.fetch;
afterEach(() => (globalThis.fetch = real));

/** Answers "x" with each of these in turn: a status, a body, or an error to throw. Other addresses answer well. */
function answers(...list) {
  globalThis.fetch = mock.fn(async (url) => {
    const next = url === "x" ? list.shift() : "";
    if (next instanceof Error) throw next;
    return typeof next === "number" ? new Response(`status ${next}`, { status: next }) : new Response(next);
  });
}

const asked = () => globalThis.fetch.mock.calls.filter(({ arguments: [url] }) => url === "x").length;

/** Ends each pause as soon as it begins. */
async function hurry(promise) {
  let done = false;
  const end = () => (done = true);
  promise.then(end, end);
  while (!done) {
    retryNow();
    await new Promise(setImmediate);
  }
  return promise;
}

test("an answer is given as it is read", async () => {
  answers('{"a":1}');
  assert.deepEqual(await request("x", { read: asJSON }), { a: 1 });
});

test("it asks until an answer comes, whole", async () => {
  answers(new TypeError("no network"), 502, 429, 408, '{"cut":', '{"a":2}');
  assert.deepEqual(await hurry(request("x", { read: asJSON })), { a: 2 });
  assert.equal(asked(), 6);
});

test("what is refused is not repeated", async () => {
  answers(new TypeError("no network"), 400);
  await assert.rejects(hurry(request("x")), (error) => error instanceof Refusal && error.status === 400 && error.message === "status 400");
  assert.equal(asked(), 2);
});

test("trouble begins with the second failure and ends when the server is reached", async () => {
  const changes = [];
  const note = () => changes.push(trouble.is);
  trouble.addEventListener("change", note);
  answers(new TypeError("no network"), "fine");
  await hurry(request("x"));
  assert.deepEqual(changes, []);
  answers(500, 500, "fine");
  await hurry(request("x"));
  assert.deepEqual(changes, [true, false]);
  answers(500, 500, 404);
  await assert.rejects(hurry(request("x")), Refusal);
  assert.deepEqual(changes, [true, false, true, false]);
  trouble.removeEventListener("change", note);
});

test("trouble ends before a long wait does", async () => {
  let reached = false;
  globalThis.fetch = async (url) => {
    if (!reached) throw new TypeError("no network");
    return url === "x" ? new Promise(() => {}) : new Response("fine");
  };
  request("x");
  for (; !trouble.is; await new Promise(setImmediate)) retryNow();
  reached = true;
  for (; trouble.is; await new Promise(setImmediate)) retryNow();
});

test("what hangs is asked anew when the network changes", async () => {
  const asked = [];
  globalThis.fetch = (url, { signal }) => new Promise((resolve, reject) => {
    asked.push(url);
    if (asked.length === 3) resolve(new Response("fine"));
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  const answers = [request("a", { read: (answer) => answer.text() }), attempt("b").catch((error) => error.name)];
  networkChanged();
  assert.deepEqual(await hurry(Promise.all(answers)), ["fine", "AbortError"]);
  assert.deepEqual(asked, ["a", "b", "a"]);
});

test("a single attempt says whether another may help", async () => {
  answers(503, 403, new TypeError("no network"));
  await assert.rejects(attempt("x"), (error) => !(error instanceof Refusal));
  await assert.rejects(attempt("x"), Refusal);
  await assert.rejects(attempt("x"), TypeError);
});

test("a long refusal is cut", () => {
  assert.equal(new Refusal(400, "x".repeat(1000)).message.length, 300);
});
