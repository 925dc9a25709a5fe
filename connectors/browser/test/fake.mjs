// What the tests of Pomona share: a Firenze and a back-end whose every answer
// is written by the test, and a clock that stands still until it is told.
import { mock } from "node:test";
import { Pomona } from "../pomona.js";

export const URL_OF_FIRENZE = "http://firenze.test/comet/";

/** Lets everything run that needs no time to pass. */
export async function settled() {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
}

/** Stops the clock, and makes "at random" the longest time. */
export function stopClock(t) {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(Math, "random", () => 1);
  t.after(() => {
    mock.timers.reset();
    mock.restoreAll();
  });
}

/** Lets ms pass, and what they bring about happen. */
export async function pass(ms) {
  mock.timers.tick(ms);
  await settled();
}

/** Waits for what is made known to arrive. */
class Arrivals {
  #come = [];
  #awaited = [];

  arrive(what) {
    const waiting = this.#awaited.shift();
    if (waiting) waiting(what);
    else this.#come.push(what);
  }

  next() {
    return this.#come.length > 0 ? this.#come.shift() : new Promise((resolve) => this.#awaited.push(resolve));
  }

  get count() {
    return this.#come.length;
  }
}

/** One request that waits for the test to answer it. */
class Exchange {
  constructor(url, init, resolve, reject) {
    Object.assign(this, { url: String(url), init, method: init.method ?? "GET", resolve, fail: () => reject(new TypeError("network")) });
    init.signal?.addEventListener("abort", () => reject(init.signal.reason));
  }

  get aborted() {
    return this.init.signal.aborted;
  }

  get body() {
    return JSON.parse(this.init.body);
  }

  /** What follows Firenze's prefix in the URL. */
  get token() {
    return this.url.slice(URL_OF_FIRENZE.length);
  }

  respond(body, init) {
    this.resolve(new Response(body, init));
  }

  updates(reconnectWith, ...pairs) {
    this.respond(JSON.stringify({ updates: pairs.map(([path, message]) => ({ path, message })), reconnectWith }));
  }
}

/** The other side of a Pomona: its polls and its posts arrive here. */
export class Server {
  polls = new Arrivals();
  posts = new Arrivals();
  ends = new Arrivals();

  fetch = (url, init) => new Promise((resolve, reject) => {
    const exchange = new Exchange(url, init, resolve, reject);
    ({ GET: this.polls, POST: this.posts, DELETE: this.ends })[exchange.method].arrive(exchange);
  });

  /** Starts a Pomona that talks to this server. */
  pomona(t, options) {
    const pomona = new Pomona({ url: URL_OF_FIRENZE, transports: ["poll"], connectUrl: "/connect/{id}", disconnectUrl: "/disconnect/{id}", fetch: this.fetch, ...options });
    t.after(() => pomona.close());
    return pomona;
  }

  /** Answers the first poll, so that the session ID begins. */
  async begin(id = "ID") {
    (await this.polls.next()).updates(`${id}/0`);
  }

  /** Lets the next poll bring these updates. */
  async push(reconnectWith, ...pairs) {
    (await this.polls.next()).updates(reconnectWith, ...pairs);
    await settled();
  }

  /** Answers the next post to the back-end, and returns it. */
  async accept(status = 200) {
    const post = await this.posts.next();
    post.respond("", { status });
    await settled();
    return post;
  }
}

/** Keeps what a handler is given. */
export function recorder() {
  const got = [];
  return Object.assign((message) => got.push(message), { got });
}

/** Keeps the events that a Pomona tells of, as text. */
export function events(pomona) {
  const told = [];
  pomona.addEventListener("ready", ({ path }) => told.push(`ready ${path}`));
  for (const type of ["lost", "unreachable", "reachable"]) pomona.addEventListener(type, () => told.push(type));
  pomona.addEventListener("error", ({ paths, status }) => told.push(`error ${status} ${paths}`));
  return told;
}

/** Keeps what is reported as an error, as a browser does, which node does not. */
export function reports(t) {
  const reported = [];
  globalThis.reportError = (error) => reported.push(error);
  t.after(() => delete globalThis.reportError);
  return reported;
}

/** Something a test settles when it likes. */
export function deferred() {
  let settle;
  const promise = new Promise((resolve, reject) => (settle = { resolve, reject }));
  return Object.assign(promise, settle);
}
