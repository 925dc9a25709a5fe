// Several tabs of one browser: one session, and every tab has every message.
import assert from "node:assert/strict";
import test from "node:test";
import { pass, settled, stopClock } from "./fake.mjs";
import { Firenze, URL_OF_FIRENZE } from "./firenze.mjs";
import { randomFrom } from "./random.mjs";
import { Browser, moduleFrom } from "./tabs.mjs";

const upTo = (n, first = 1) => Array.from({ length: n }, (_, i) => first + i);

/** A Firenze with a back-end whose answers take a while. */
class Server extends Firenze {
  log = []; // what the back-end was asked for
  ended = [];
  random = () => 0;
  refuses = () => false;

  async asked(tab, verb, id, paths) {
    this.log.push([verb, ...paths].join(" "));
    await new Promise((resolve) => setTimeout(resolve, this.random()));
    if (this.refuses(tab, verb)) return new Response("", { status: 403 });
    this[verb](id, paths);
    await new Promise((resolve) => setTimeout(resolve, this.random()));
    return new Response("");
  }

  end(url) {
    const id = url.slice(URL_OF_FIRENZE.length).split("/")[0];
    this.ended.push(id);
    this.sessions.delete(id);
  }
}

/** Opens a browser, whose tabs listen to paths and keep what they hear. */
function browse(t, { module, ...options } = {}) {
  const server = new Server();
  const browser = Object.assign(new Browser(server, module), { errors: [] });
  t.after(async () => { // while the clock still stands
    for (const tab of browser.tabs) tab.pomona.close();
    await settled();
  });
  stopClock(t);
  const open = (paths = ["a"], more) => {
    const tab = browser.open({ ...options, ...more });
    tab.got = [];
    tab.told = [];
    tab.offs = paths.map((path) => listen(tab, path));
    for (const type of ["ready", "lost", "unreachable", "reachable"]) tab.pomona.addEventListener(type, () => tab.told.push(type));
    return tab;
  };
  return { server, browser, open };
}

const listen = (tab, path) => tab.pomona.connect(path, (message) => tab.got.push(path === "a" ? Number(message) : `${path} ${message}`));

async function long(ms, step = 25) {
  for (; ms > 0; ms -= step) await pass(step);
}

test("twelve tabs have one session, and hear everything", async (t) => {
  const { server, browser, open } = browse(t);
  const tabs = upTo(12).map(() => open());
  await long(2000);
  assert.equal(server.sessions.size, 1);
  for (const n of upTo(50)) {
    server.publish("a", String(n));
    await pass(10);
  }
  await long(1000);
  for (const tab of tabs) assert.deepEqual([tab.got, tab.told], [upTo(50), ["ready"]]);
  assert.deepEqual(tabs.map(({ pomona }) => pomona.transport), tabs.map(() => "websocket"));
  assert.equal(server.attempts.websocket, 1);
  assert.deepEqual(browser.errors, []);
});

for (const transport of ["websocket", "sse", "poll"]) {
  for (const end of ["leave", "kill"]) {
    test(`the leading tab ends (${end}) again and again over ${transport}: nothing is lost, doubled, reordered`, async (t) => {
      const { server, browser, open } = browse(t, { transports: [transport] });
      let n = 0;
      const publish = async (count) => {
        for (let i = 0; i < count; i++) {
          server.publish("a", String(++n));
          await pass(7);
        }
      };
      const tabs = upTo(6).map(() => open());
      await long(2000);
      while (tabs.length > 1) {
        await publish(20);
        server.publish("a", String(++n));
        tabs.shift()[end](); // the locks go in the order of the tabs
        await publish(20);
        await long(1000);
        for (const tab of tabs) assert.deepEqual([tab.got, tab.told], [upTo(n), ["ready"]]);
        assert.equal(server.sessions.size, 1);
      }
      assert.deepEqual(server.ended, []);
      tabs[0].leave();
      assert.deepEqual(server.ended, ["S1"], "the session ends with the last");
      assert.deepEqual(browser.errors, []);
    });
  }
}

test("a frozen leader is replaced, and has all when it wakes up; so has a frozen follower", async (t) => {
  const { server, open } = browse(t);
  const [first, second, third] = [open(), open(), open()];
  await long(2000);
  server.publish("a", "1");
  await pass(100);
  first.freeze();
  third.freeze();
  for (const n of upTo(40, 2)) {
    server.publish("a", String(n));
    await long(1000);
  }
  assert.deepEqual(second.got, upTo(41));
  first.thaw();
  third.thaw();
  await long(3000);
  server.publish("a", "42");
  await long(3000);
  for (const tab of [first, second, third]) assert.deepEqual([tab.got, tab.told], [upTo(42), ["ready"]]);
  second.kill();
  await long(2000);
  server.publish("a", "43");
  await long(1000);
  for (const tab of [first, third]) assert.deepEqual([tab.got, tab.told], [upTo(43), ["ready"]]);
  assert.equal(server.sessions.size, 1);
});

test("each tab asks for its own paths, and the last that wants one gives it up", async (t) => {
  const { server, open } = browse(t);
  const first = open(["a", "b"]);
  const second = open(["b", "c"]);
  await long(1000);
  assert.deepEqual(server.log, ["connect a b", "connect b c"]);
  server.publish("b", "1");
  await pass(100);
  assert.deepEqual([first.got, second.got], [["b 1"], ["b 1"]]);
  first.offs[1]();
  await long(500);
  assert.equal(server.log.length, 2);
  second.offs[0]();
  await long(500);
  assert.deepEqual(server.log.slice(2), ["disconnect b"]);
  second.kill();
  await long(500);
  assert.deepEqual(server.log.slice(3), ["disconnect c"], "for the dead");
  open(["c"]);
  await long(500);
  first.leave();
  await long(1000);
  assert.deepEqual(server.log.slice(4), ["connect c", "disconnect a"]);
});

test("a path that is given up by one tab while another asks for it is asked for again", async (t) => {
  const { server, open } = browse(t);
  const first = open(["b"]);
  const second = open(["a"]);
  await long(1000);
  let disconnect;
  const { asked } = server;
  server.asked = (...args) => args[1] === "connect" ? asked.apply(server, args) : new Promise((resolve) => (disconnect = () => resolve(asked.apply(server, args))));
  first.offs[0]();
  await long(500);
  listen(second, "b");
  await long(500);
  disconnect();
  await long(500);
  server.publish("b", "1");
  await long(500);
  assert.deepEqual(server.log.slice(2), ["connect b", "disconnect b", "connect b"]);
  assert.deepEqual(second.got, ["b 1"]);
});

test("what is refused to a tab is not heard there, though another hears it", async (t) => {
  const { server, open } = browse(t);
  const first = open(["b"]);
  await long(1000);
  const second = open(["a"]);
  server.random = () => 50;
  server.refuses = (tab) => tab === second;
  listen(second, "b");
  for (const n of upTo(40)) {
    server.publish("b", String(n));
    await pass(10);
  }
  assert.equal(first.got.length, 40);
  assert.deepEqual(second.got, []);
});

test("updates of all tabs are taken once, in the order of each, whoever leads", async (t) => {
  const { server, open } = browse(t);
  server.random = () => 30;
  let tabs = upTo(5).map((name) => Object.assign(open(), { name, said: 0, taken: 0 }));
  await long(1000);
  for (let round = 0; round < 60; round++) {
    for (const tab of tabs) {
      tab.pomona.update("up", `${tab.name} ${++tab.said}`).then(() => tab.taken++);
    }
    if (round % 20 === 19) {
      tabs[0].kill();
      tabs = tabs.slice(1);
    }
    await pass(9);
  }
  await long(5000);
  for (const { name, said, taken } of tabs) {
    assert.equal(taken, said);
    assert.deepEqual(server.applied.map(({ message }) => message).filter((text) => text.startsWith(`${name} `)), upTo(said).map((n) => `${name} ${n}`));
  }
});

test("a session that is lost is lost for all", async (t) => {
  const { server, open } = browse(t);
  const tabs = [open(), open(), open()];
  await long(1000);
  server.restart();
  await long(2000);
  server.publish("a", "1");
  await long(500);
  for (const tab of tabs) assert.deepEqual([tab.got, tab.told], [[1], ["ready", "lost", "ready"]]);
  assert.equal(server.sessions.size, 1);
});

test("what works and what does not is known to all", async (t) => {
  const { server, open } = browse(t);
  const tabs = [open(), open()];
  await long(1000);
  server.faults = { websocket: "network", sse: "network", poll: "network" };
  server.sockets[0].close();
  await long(5000);
  assert.deepEqual(tabs.map(({ pomona }) => pomona.transport), [undefined, undefined]);
  server.faults = {};
  await long(15_000);
  for (const tab of tabs) assert.deepEqual([tab.told, tab.pomona.transport], [["ready", "unreachable", "reachable"], "websocket"]);
});

for (const [name, options] of Object.entries({ "share: false": { share: false }, "latest": { latest: true } })) {
  test(`${name}: each tab has its own session`, async (t) => {
    const { server, open } = browse(t, options);
    open();
    open();
    await long(500);
    assert.equal(server.sessions.size, 2);
  });
}

test("where locks are forbidden each tab has its own session", async (t) => {
  const { server, browser, open } = browse(t);
  browser.request = (_, { reject }) => reject(new DOMException("forbidden", "SecurityError"));
  const tabs = [open(), open()];
  await long(500);
  server.publish("a", "1");
  await long(500);
  assert.equal(server.sessions.size, 2);
  assert.deepEqual(tabs.map(({ got }) => got), [[1], [1]]);
});

test("a page that is left and shown again joins again", async (t) => {
  const { server, open } = browse(t);
  const [first, second] = [open(), open()];
  await long(1000);
  first.window.dispatchEvent(new Event("pagehide"));
  server.publish("a", "1");
  await long(1000);
  first.window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await long(1000);
  server.publish("a", "2");
  await long(500);
  assert.deepEqual([first.got, first.told], [[2], ["ready", "lost", "ready"]]);
  assert.deepEqual([second.got, second.told], [[1, 2], ["ready"]]);
  assert.equal(server.sessions.size, 1);
});

for (const others of [0, 1]) {
  test(`what is said while a page is left is sent when it is shown again, with ${others} other tabs`, async (t) => {
    const { server, open } = browse(t);
    const [first] = upTo(1 + others).map(() => open());
    await long(1000);
    const earlier = first.pomona.update("up", "1");
    await long(500);
    await earlier;
    first.window.dispatchEvent(new Event("pagehide"));
    const taken = first.pomona.update("up", "2");
    await long(1000);
    first.window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    await long(1000);
    await taken;
    assert.deepEqual(server.applied.map(({ message }) => message), ["1", "2"]);
  });

  test(`what is on its way when a page is left is rejected, with ${others} other tabs`, async (t) => {
    const { server, open } = browse(t);
    const [first] = upTo(1 + others).map(() => open());
    await long(1000);
    const { fetch } = server;
    server.fetch = (where, init) => (init.method === "POST" ? new Promise(() => {}) : fetch(where, init));
    const outcome = first.pomona.update("up", "1").then(() => "taken", (error) => error.message);
    await long(100);
    first.window.dispatchEvent(new Event("pagehide"));
    assert.match(await outcome, /it may have been, or not/);
  });
}

test("a tab that is told that it will be frozen gives way at once", async (t) => {
  const { server, open } = browse(t);
  const [first, second] = [open(), open()];
  await long(1000);
  first.document.dispatchEvent(new Event("freeze"));
  first.freeze();
  await long(500);
  server.publish("a", "1");
  await long(500);
  assert.deepEqual(second.got, [1]);
  first.thaw();
  first.document.dispatchEvent(new Event("resume"));
  await long(500);
  assert.deepEqual([first.got, first.told], [[1], ["ready"]]);
  second.kill();
  await long(1000);
  server.publish("a", "2");
  await long(500);
  assert.deepEqual([first.got, first.told], [[1, 2], ["ready"]]);
});

// Tabs come, go, freeze, wake up and die at random, with messages both ways.
async function storm(t, seed, module) {
  const random = randomFrom(seed);
  const { server, browser, open } = browse(t, { module });
  t.mock.method(Math, "random", random);
  t.mock.method(console, "warn", () => {});
  browser.random = () => random() * 20;
  server.random = () => random() * 50;
  const pick = (list) => list[Math.floor(random() * list.length)];
  let published = 0;
  let born = 0;
  const said = new Map(); // tab -> how many
  const outcomes = [];
  const undecided = new Set();
  const spawn = () => said.set(Object.assign(open(), { name: ++born }), 0);
  const steps = [
    [0.5, () => server.publish("a", String(++published))],
    [0.02, spawn],
    [0.01, () => pick(browser.tabs)?.leave()],
    [0.01, () => pick(browser.tabs)?.kill()],
    [0.01, () => pick(browser.tabs)?.freeze()],
    [0.03, () => browser.tabs.find(({ frozen }) => frozen)?.thaw()],
    [0.02, () => pick([...server.sessions.values()])?.listener?.end()],
    [0.2, () => {
      const tab = pick(browser.tabs.filter(({ frozen }) => !frozen));
      if (!tab) return;
      const n = said.get(tab) + 1;
      said.set(tab, n);
      const text = `${tab.name} ${n}`;
      undecided.add(text);
      tab.pomona.update("up", text).then(() => outcomes.push(text), () => {}).then(() => undecided.delete(text));
    }],
  ];
  spawn();
  spawn();
  for (let step = 0; step < 600; step++) {
    for (const [chance, happen] of steps) if (random() < chance) happen();
    if (browser.tabs.length === 0) spawn();
    await pass(random() * 100);
  }
  browser.random = () => 0;
  for (const tab of browser.tabs) tab.thaw();
  await long(60_000, 200);
  server.publish("a", String(++published));
  await long(2000);
  return { server, browser, published, outcomes, undecided };
}

function judge({ server, browser, published, outcomes, undecided }) {
  const live = browser.tabs;
  assert.ok(live.length > 0);
  assert.equal(server.sessions.size > 0, true);
  for (const { got, told, name } of live) {
    const runs = told.filter((type) => type === "lost").length + 1;
    const gaps = got.filter((n, i) => i > 0 && n !== got[i - 1] + 1).length;
    assert.ok(gaps < runs, `tab ${name} has ${gaps} gaps, and was told of ${runs - 1}: ${got}`);
    assert.deepEqual(got, [...new Set(got)].sort((a, b) => a - b), `tab ${name}: in order, once`);
    assert.equal(got.at(-1), published);
  }
  const applied = server.applied.map(({ message }) => message);
  assert.equal(new Set(applied).size, applied.length, "no update is taken twice");
  assert.deepEqual(outcomes.filter((text) => !applied.includes(text)), [], "what is said to be taken was");
  const orderOf = (name) => applied.filter((text) => text.startsWith(`${name} `)).map((text) => Number(text.split(" ")[1]));
  for (const { name } of live) assert.deepEqual(orderOf(name), [...orderOf(name)].sort((a, b) => a - b), "in order");
  for (const { name } of live) assert.deepEqual([...undecided].filter((text) => text.startsWith(`${name} `)), [], "every promise is settled");
  assert.deepEqual(browser.errors, []);
}

for (let seed = 1; seed <= (process.env.ROOTS_FULL ? 200 : 12); seed++) {
  test(`tabs in a storm ${seed}`, async (t) => judge(await storm(t, seed)));
}

// Each rule of Group that is broken is found by some storm, which is tried first
// if it is known.
const mutants = {
  "what is brought twice is taken twice": ["updates.slice(this.#count - first)", "updates"],
  "messages are not numbered": ["goesOn && last < this.#count", "false"],
  "who led before brings another session": ["if (!goesOn && !byLeader) return;", "", 12],
  "who led before does not give way": ["else this.#giveWay();", "", 55],
  "what is heard while a tab joins is lost": ["for (const said of this.#aside) this.#take(said);", "", 9],
  "a request of another leader is not made again": ["this.#outbox.begin(this.#reign.signal, this.#id, this.#posting)", "this.#outbox.begin(this.#reign.signal, this.#id)"],
  "what was said to another leader is taken": ["what.claim === this.#claim && ", "", 2],
  "what another leader had is not said again": ["pending.said = includes(onItsWay, { tab: this.#group.tab, n })", "pending.said = true"],
  "what is on its way is said again": ["pending.said = includes(onItsWay, { tab: this.#group.tab, n })", "pending.said = false", 46],
};
for (const [name, [right, wrong, known = 1]] of Object.entries(mutants)) {
  test(`a broken group is found: ${name}`, async (t) => {
    const module = moduleFrom((text) => {
      assert.equal(text.split(right).length, 2, `${right} is there once`);
      return text.replace(right, wrong);
    });
    for (const seed of [known, ...upTo(100)]) {
      let found;
      await t.test(`storm ${seed}`, async (t) => {
        const outcome = await storm(t, seed, module).catch((error) => (found = error));
        try {
          if (!found) judge(outcome);
        } catch (error) {
          found = error;
        }
      });
      if (found) return;
    }
    assert.fail("nobody noticed");
  });
}
