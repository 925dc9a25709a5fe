// A page in bad weather: requests and answers are lost, the server restarts,
// loads fail, handlers come and go, all at random from a seed. Whatever happens,
// no handler may miss a message, get one twice, or get two in the wrong order,
// unless it loads; and when the weather clears it must know the latest.
import assert from "node:assert/strict";
import test from "node:test";
import { Pomona } from "../pomona.js";
import { pass, stopClock } from "./fake.mjs";
import { randomFrom } from "./random.mjs";

const PATHS = ["a", "b", "c"];
const NEVER = new Promise(() => {});
const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Firenze, Pig and a back-end, as simple as can be. Its state is one number a path. */
class Model {
  values = Object.fromEntries(PATHS.map((path) => [path, 0]));
  sessions = new Map();
  born = 0;

  restart() {
    this.sessions.clear();
  }

  publish(path) {
    this.values[path]++;
    for (const session of this.sessions.values()) {
      if (session.paths.has(path)) session.push(path, String(this.values[path]));
    }
  }

  async poll(token) {
    const [id, number] = token.split("/");
    const session = this.sessions.get(id);
    if (!session) return this.begin();
    session.queue = session.queue.filter((update) => update.number > Number(number));
    if (session.queue.length === 0) await Promise.race([after(30_000), new Promise((wake) => (session.wake = wake))]);
    return session.answer();
  }

  begin() {
    const id = `S${++this.born}`;
    const session = {
      paths: new Set(), queue: [], sent: 0, wake() {},
      push(path, message) {
        this.queue.push({ number: ++this.sent, path, message });
        this.wake();
      },
      answer() {
        const last = this.queue.at(-1)?.number ?? this.sent;
        return { updates: this.queue.map(({ path, message }) => ({ path, message })), reconnectWith: `${id}/${last}` };
      },
    };
    this.sessions.set(id, session);
    return session.answer();
  }

  connect(id, paths) {
    const session = this.sessions.get(id);
    for (const path of session ? paths : []) {
      session.paths.add(path);
      session.push(path, "");
    }
  }

  disconnect(id, paths) {
    const session = this.sessions.get(id);
    for (const path of session ? paths : []) {
      if (session.paths.delete(path)) session.push("::+::disconnect", path);
    }
  }

  async serve(where, init) {
    const [, verb, rest] = /^http:\/\/model\/(comet|connect|disconnect)\/(.*)$/.exec(where);
    return verb === "comet" ? this.poll(rest) : this[verb](rest, JSON.parse(init.body)) ?? {};
  }
}

/** A handler that believes nothing: it checks what it is given against what it loaded. */
class Watcher {
  constructor(weather, model, pomona, path) {
    Object.assign(this, { model, path, shown: undefined, expected: undefined });
    this.stop = pomona.connect(path, (message) => this.hear(Number(message)), async () => {
      await weather.delay();
      const value = model.values[path];
      await weather.delay();
      if (weather.strikes(0.2)) throw new Error("no data");
      this.shown = value;
      this.expected = undefined;
    });
  }

  hear(value) {
    if (this.expected === undefined) assert.ok(value <= this.shown + 1, `${this.path}: ${value} after ${this.shown} was loaded`);
    else assert.equal(value, this.expected, `${this.path}: not the next`);
    this.shown = value;
    this.expected = value + 1;
  }
}

/** Puts the faults between the page and the server. */
class Weather {
  bad = true;

  constructor(random) {
    this.random = random;
  }

  strikes(chance) {
    return this.bad && this.random() < chance;
  }

  delay() {
    return after(this.random() * (this.bad ? 2000 : 10));
  }

  fetchFrom(model) {
    return async (where, init) => {
      await this.delay();
      if (this.strikes(0.1)) throw new TypeError("the request was lost");
      if (this.strikes(0.05)) return new Response("", { status: 503, headers: { "Retry-After": "1" } });
      const answer = await model.serve(String(where), init);
      if (this.strikes(0.1)) throw new TypeError("the answer was lost");
      if (this.strikes(0.03)) return NEVER;
      if (this.strikes(0.05)) return new Response("<html>sorry</html>", { status: this.random() < 0.5 ? 200 : 502 });
      await this.delay();
      return new Response(JSON.stringify(answer));
    };
  }
}

for (let seed = 1; seed <= 10; seed++) {
  test(`storm ${seed}`, async (t) => {
    stopClock(t);
    const random = randomFrom(seed);
    t.mock.method(Math, "random", random);
    t.mock.method(console, "warn", () => {});
    const wrong = [];
    globalThis.reportError = (error) => error.message === "no data" || wrong.push(error);
    t.after(() => delete globalThis.reportError);

    const model = new Model();
    const weather = new Weather(random);
    const pomona = new Pomona({
      url: "http://model/comet/",
      transports: ["poll"],
      connectUrl: "http://model/connect/{id}",
      disconnectUrl: "http://model/disconnect/{id}",
      fetch: weather.fetchFrom(model),
    });
    let lost = 0;
    pomona.addEventListener("lost", () => lost++);
    const pick = (list) => list[Math.floor(random() * list.length)];
    const watchers = PATHS.map((path) => new Watcher(weather, model, pomona, path));

    for (let step = 0; step < 2000; step++) {
      if (random() < 0.5) model.publish(pick(PATHS));
      if (random() < 0.01) model.restart();
      if (random() < 0.05) pick(watchers).stop();
      if (random() < 0.05) watchers.push(new Watcher(weather, model, pomona, pick(PATHS)));
      await pass(random() * 300);
    }
    weather.bad = false;
    const last = PATHS.map((path) => new Watcher(weather, model, pomona, path));
    for (let step = 0; step < 1000; step++) await pass(100);
    PATHS.forEach((path) => model.publish(path));
    for (let step = 0; step < 100; step++) await pass(100);

    assert.deepEqual(wrong, []);
    assert.ok(lost > 0, "no session was lost, so the weather was too good");
    assert.deepEqual(last.map(({ shown }) => shown), PATHS.map((path) => model.values[path]));
    pomona.close();
  });
}
